package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// leadership is what this node knows of who leads. It is level-triggered:
// whoever waits looks at the present value, and no transition can be missed.
type leadership struct {
	raft *raft.Raft
	// elected is the engine's notification channel. It blocks the engine's
	// main loop when nobody reads it, so run reads it until the end.
	elected <-chan bool
	// observed wakes run when the engine has seen another leader.
	observed chan raft.Observation
	log      hclog.Logger

	mu struct {
		sync.Mutex
		leader string
		// tenure ends, by endTenure, when there is another leader or none.
		tenure    context.Context
		endTenure context.CancelFunc
		// reign is this node's own leadership, once it is ready: zero else.
		reign reign
		// changed is about leader and reign.
		changed signal
	}
}

// reign is a leadership of this node that is ready: a barrier of its own term
// has been applied here, so that everything committed before it is, too
// ("elected" alone does not say that).
type reign struct {
	term uint64
	// barrier is the index of that barrier: no entry of the engine's own
	// that the state machine does not see comes after it in this term.
	barrier uint64
}

func newLeadership(engine *raft.Raft, elected <-chan bool, log hclog.Logger) *leadership {
	l := &leadership{raft: engine, elected: elected, observed: make(chan raft.Observation, 1), log: log}
	l.mu.tenure, l.mu.endTenure = context.WithCancel(context.Background())
	return l
}

// run follows the engine until ctx ends. The barrier of a new term is waited
// for on a goroutine of its own, since it may take as long as a majority is
// missing; it ends with the leadership or the engine.
func (l *leadership) run(ctx context.Context, spawn func(func())) {
	observer := raft.NewObserver(l.observed, false, func(o *raft.Observation) bool {
		_, ok := o.Data.(raft.LeaderObservation)
		return ok
	})
	l.raft.RegisterObserver(observer)
	defer l.raft.DeregisterObserver(observer)
	alone := time.NewTimer(leaderlessAfter)
	defer alone.Stop()
	for {
		if l.refresh() {
			alone.Reset(leaderlessAfter)
		}
		select {
		case <-alone.C:
			if leader, _, _ := l.current(); leader == "" {
				l.log.Warn("no leader: a majority of the members is needed, this one included")
			}
		case won := <-l.elected:
			l.endReign()
			if won {
				spawn(l.prepare)
			}
		case <-l.observed:
		case <-ctx.Done():
			return
		}
	}
}

// leaderlessAfter is some elections long: without a leader for so long, a
// majority is missing, and that is said.
const leaderlessAfter = 5 * time.Second

// refresh takes over the engine's present leader, and reports whether it is
// another.
func (l *leadership) refresh() bool {
	_, id := l.raft.LeaderWithID()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.leader == string(id) {
		return false
	}
	l.mu.leader = string(id)
	l.mu.endTenure()
	l.mu.tenure, l.mu.endTenure = context.WithCancel(context.Background())
	l.mu.changed.fire()
	if id != "" {
		l.log.Info("leader is known", "leader", string(id))
	}
	return true
}

// prepare makes a won election a reign, unless it is lost before. That the
// term is the same before and after the barrier, and this node leads, says
// that the barrier is of this term.
func (l *leadership) prepare() {
	term := l.raft.CurrentTerm()
	barrier := l.raft.Barrier(0)
	if barrier.Error() != nil || l.raft.State() != raft.Leader || l.raft.CurrentTerm() != term {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if term > l.mu.reign.term {
		l.mu.reign = reign{term: term, barrier: barrier.(raft.IndexFuture).Index()}
		l.mu.changed.fire()
	}
}

func (l *leadership) endReign() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.reign != (reign{}) {
		l.mu.reign = reign{}
		l.mu.changed.fire()
	}
}

// current returns the leader's id, empty if none is known, this node's own
// reign, and a channel that is closed when either changes.
func (l *leadership) current() (leader string, own reign, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.leader, l.mu.reign, l.mu.changed.wait()
}

// await returns the leader's id as soon as one is known. It waits until ctx
// ends, and then returns its cause.
func (l *leadership) await(ctx context.Context) (leader string, err error) {
	err = l.awaitChange(ctx, func(id string) bool {
		leader = id
		return id != ""
	})
	return leader, err
}

// awaitOther waits until another member than self is known as the leader.
func (l *leadership) awaitOther(ctx context.Context, self string) error {
	return l.awaitChange(ctx, func(id string) bool { return id != "" && id != self })
}

// awaitChange waits until done is true of the leader. A context that has ended
// counts before a leader that is there: callers repeat what they do by it.
func (l *leadership) awaitChange(ctx context.Context, done func(leader string) bool) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		leader, _, changed := l.current()
		if done(leader) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// errLeaderChanged ends a request to a leader that is no longer known as such.
var errLeaderChanged = errors.New("the leader has changed")

// whileLeads returns a context that ends with ctx, or as soon as the node with
// this id is not known as the leader any more: a request to a leader that was
// cut off, or stands still, would else wait for it.
func (l *leadership) whileLeads(ctx context.Context, id string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.leader != id {
		cancel(errLeaderChanged)
	}
	stop := context.AfterFunc(l.mu.tenure, func() { cancel(errLeaderChanged) })
	return ctx, func() { stop(); cancel(nil) }
}
