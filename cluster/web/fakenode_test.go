package web_test

import (
	"cmp"
	"context"
	"iter"
	"sync"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// fakeNode is a cluster of one without consensus: a real tree, changed under a
// mutex, and faults on demand. It implements web.Node.
type fakeNode struct {
	mu struct {
		sync.Mutex
		tree *tree.Tree
		// behind is what a local read sees while the node lags, else nil.
		behind *tree.Tree
		// changed is closed at the next change or fault.
		changed chan struct{}
		// fault is what every call that can fail returns, if not nil.
		fault   error
		status  cluster.Status
		members []cluster.Member
		// done is closed by stop, and not replaced.
		done chan struct{}
		// watching counts the watches that have not ended.
		watching int
	}
}

// newFakeNode returns a ready node with an empty tree.
func newFakeNode() *fakeNode {
	n := &fakeNode{}
	n.mu.tree = tree.New()
	n.mu.changed, n.mu.done = make(chan struct{}), make(chan struct{})
	n.mu.status = cluster.Status{
		ID: "a", Cluster: "test", Role: cluster.RoleLeader, Leader: "a", Term: 2, Ready: true,
		CommitIndex: 8, AppliedIndex: 7, SnapshotIndex: 4,
	}
	n.mu.members = []cluster.Member{{ID: "a", Address: "host:7001", Voter: true, Leader: true, Self: true}, {ID: "b"}}
	return n
}

// populated returns a fake node after the three writes of populate.
func populated(t testing.TB) *fakeNode {
	n := newFakeNode()
	populate(t, n)
	return n
}

// fail makes every call end with err, those that wait now included.
func (n *fakeNode) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.fault = err
	n.wakeLocked()
}

// lag makes local reads see the present tree until catchUp.
func (n *fakeNode) lag() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.behind = n.mu.tree
}

func (n *fakeNode) catchUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.behind = nil
	n.wakeLocked()
}

// stop is what Close does to a node; err is its reason to stop by itself.
func (n *fakeNode) stop(err error) {
	n.setStatus(func(s *cluster.Status) { s.Role, s.Err = cluster.RoleStopped, err })
	close(n.mu.done)
	n.fail(cluster.ErrClosed)
}

func (n *fakeNode) Done() <-chan struct{} { return n.mu.done }

func (n *fakeNode) Err() error { return n.Status().Err }

func (n *fakeNode) setStatus(change func(*cluster.Status)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.mu.status)
}

func (n *fakeNode) wakeLocked() {
	close(n.mu.changed)
	n.mu.changed = make(chan struct{})
}

func (n *fakeNode) watching() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mu.watching
}

func (n *fakeNode) Status() cluster.Status {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.mu.status
	s.Revision, s.Digest, s.Items = n.mu.tree.Revision(), n.mu.tree.Digest(), n.mu.tree.Len()
	return s
}

func (n *fakeNode) Members() []cluster.Member { return n.mu.members }

// Decide makes the transaction on the tree, and publishes it if it is made.
func (n *fakeNode) Decide(_ context.Context, transaction cluster.Transaction) (cluster.Result, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.mu.fault != nil {
		return cluster.Result{}, n.mu.fault
	}
	next, result, err := transaction.Try(n.mu.tree)
	if err != nil {
		return result, err
	}
	n.mu.tree = next
	n.wakeLocked()
	return result, nil
}

// doubtedWrite is the write whose outcome the fake node knows.
var doubtedWrite = cluster.WriteID{Session: 2048, Sequence: 17}

func (n *fakeNode) Outcome(_ context.Context, id cluster.WriteID) (cluster.Result, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.mu.fault != nil:
		return cluster.Result{}, n.mu.fault
	case id == doubtedWrite:
		_, result, err := cluster.Transaction{Then: []cluster.Op{cluster.Delete(tree.Path{"none"}), cluster.Add(tree.Path{"n"}, 5)}}.Try(tree.New())
		return result, err
	case id.Session == doubtedWrite.Session:
		return cluster.Result{}, &cluster.Error{Operation: "write", Revision: 3, Err: cluster.ErrGivenUp}
	}
	return cluster.Result{}, &cluster.Error{Operation: "write", Err: &cluster.UnknownOutcome{ID: id, Err: fsm.ErrUnknownSession}}
}

func (n *fakeNode) Read(context.Context) (*tree.Tree, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mu.tree, n.mu.fault
}

func (n *fakeNode) ReadAt(ctx context.Context, revision uint64) (*tree.Tree, error) {
	for {
		t, changed, err := n.next()
		if err != nil || t.Revision() >= revision {
			return t, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// next returns the local tree and a channel that is closed at the next one.
func (n *fakeNode) next() (*tree.Tree, <-chan struct{}, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return cmp.Or(n.mu.behind, n.mu.tree), n.mu.changed, n.mu.fault
}

func (n *fakeNode) Watch(ctx context.Context, query tree.Query, options ...cluster.WatchOption) iter.Seq2[cluster.Event, error] {
	return func(yield func(cluster.Event, error) bool) {
		n.countWatch(1)
		defer n.countWatch(-1)
		var last cluster.Event
		for first := true; ; first = false {
			t, changed, err := n.next()
			if err != nil {
				yield(cluster.Event{}, err)
				return
			}
			value, exists := query.Eval(t)
			if first || exists != last.Exists || !value.Equal(last.Value) {
				last = cluster.Event{Revision: t.Revision(), Value: value, Exists: exists, Synced: first}
				if !first {
					last.Reasons = cluster.Reasons(0).With(cluster.ReasonWrite)
				}
				if !yield(last, nil) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(cluster.Event{}, context.Cause(ctx))
				return
			}
		}
	}
}

func (n *fakeNode) countWatch(d int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.watching += d
}
