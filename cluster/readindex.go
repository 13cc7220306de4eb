package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

// A linearizable read asks: up to which entry must I have applied? (Raft
// thesis, 6.4.) The answer takes these steps, in this order, on the leader:
//
//  1. The leader has applied a barrier of its own term T (leadership.prepare).
//  2. It notes its commit index.
//  3. It asks the voters for their present term, and needs a majority, itself
//     included, whose term is not above T. A voter stores a new term before it
//     votes in it, so no other leader was elected before these answers were
//     given, and none has acknowledged a write that the noted index lacks.
//     An answer counts only if it was asked for after step 2. The engine's
//     VerifyLeader has no such rule: a reply to an older heartbeat can confirm
//     a leader that has been replaced.
//  4. It waits until it has applied the noted index.
//
// The reader, on any node, then waits until it has applied the same entry.

// errNotLeading is the answer of a node that does not lead, or not yet.
var errNotLeading = errors.New("this node does not lead, or has not applied its first entry as leader")

// readIndexes answers that question for all readers that wait on this node
// with one round. A reader takes part only in a round that begins after it
// came, since an older round proves nothing about what was acknowledged since.
type readIndexes struct {
	// ask makes one round. It waits until it has an answer, or ctx ends.
	ask func(ctx context.Context) (uint64, error)
	// start runs a function on a goroutine of the node, whose context it gets.
	start func(func(ctx context.Context)) bool
	// confirmed is the newest confirmation, nil before the first.
	confirmed atomic.Pointer[confirmation]

	mu struct {
		sync.Mutex
		// waiting are the readers for the next round.
		waiting []chan indexAnswer
		// asking says that a round is under way.
		asking bool
	}
}

// confirmation says that whoever has applied the index has everything that was
// acknowledged before a time, by this process's monotonic clock.
type confirmation struct {
	at    time.Time
	index uint64
}

type indexAnswer struct {
	index uint64
	err   error
}

// await returns the index of a round that began after the call.
func (r *readIndexes) await(ctx context.Context) (uint64, error) {
	reader := make(chan indexAnswer, 1)
	r.join(reader)
	select {
	case answer := <-reader:
		return answer.index, answer.err
	case <-ctx.Done():
		r.leave(reader)
		return 0, context.Cause(ctx)
	}
}

// leave takes a reader that has given up out of the next round.
func (r *readIndexes) leave(reader chan indexAnswer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.waiting = slices.DeleteFunc(r.mu.waiting, func(other chan indexAnswer) bool { return other == reader })
}

// join puts a reader into the next round, and starts it if none is under way.
func (r *readIndexes) join(reader chan indexAnswer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.waiting = append(r.mu.waiting, reader)
	if r.mu.asking {
		return
	}
	r.mu.asking = r.start(r.rounds)
	if !r.mu.asking {
		r.answerAll(r.takeLocked(), indexAnswer{err: ErrClosed})
	}
}

// rounds makes rounds as long as there are readers.
func (r *readIndexes) rounds(ctx context.Context) {
	for {
		r.mu.Lock()
		readers := r.takeLocked()
		r.mu.asking = len(readers) > 0
		r.mu.Unlock()
		if len(readers) == 0 {
			return
		}
		began := time.Now()
		index, err := r.ask(ctx)
		if err == nil {
			r.confirmed.Store(&confirmation{at: began, index: index})
		}
		r.answerAll(readers, indexAnswer{index: index, err: err})
	}
}

func (r *readIndexes) takeLocked() []chan indexAnswer {
	readers := r.mu.waiting
	r.mu.waiting = nil
	return readers
}

// answerAll hands an answer to readers that were taken. Each has room for it.
func (r *readIndexes) answerAll(readers []chan indexAnswer, answer indexAnswer) {
	for _, reader := range readers {
		reader <- answer
	}
}

// askReadIndex makes attempts until one gives an answer or ctx ends.
func (n *Node) askReadIndex(ctx context.Context) (uint64, error) {
	for attempt := 0; ; attempt++ {
		leader, err := n.leadership.await(ctx)
		if err != nil {
			return 0, err
		}
		index, err := n.readIndexFrom(ctx, leader)
		if err == nil {
			return index, nil
		}
		n.pause(ctx, attempt)
	}
}

// readIndexFrom makes one attempt with the node that seems to lead.
func (n *Node) readIndexFrom(ctx context.Context, leader string) (uint64, error) {
	if leader == n.cfg.ID {
		return n.confirm(ctx)
	}
	ctx, cancel := n.leadership.whileLeads(ctx, leader)
	defer cancel()
	response, err := n.transport.Call(ctx, leader, kindReadIndex, nil)
	if err != nil {
		return 0, err
	}
	var index uint64
	err = decodeNumbers(response, &index)
	return index, err
}

// serveReadIndex lets another node's readers take part in this one's rounds.
func (n *Node) serveReadIndex(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	if _, own, _ := n.leadership.current(); own.term == 0 {
		return nil, errNotLeading
	}
	index, err := n.readIndex.await(ctx)
	return encodeNumbers(index), err
}

// confirm takes the steps above on the leader.
func (n *Node) confirm(ctx context.Context) (uint64, error) {
	_, own, _ := n.leadership.current()
	if own.term == 0 {
		return 0, errNotLeading
	}
	commit := n.raft.CommitIndex()
	ctx, cancel := context.WithTimeoutCause(ctx, n.cfg.ElectionTimeout, errNoMajority)
	defer cancel()
	if err := n.askTerms(ctx, own.term); err != nil {
		return 0, err
	}
	// The state machine sees all entries but the engine's own, and of those
	// the barrier is the last of this term.
	state, err := n.progress.await(ctx, func(s fsm.State) bool { return max(s.Index, own.barrier) >= commit })
	return state.Index, err
}

var errNoMajority = errors.New("no majority of the voters has confirmed the leader in time")

// askTerms asks all voters, this node among them, for their present term, and
// returns nil as soon as a majority is at most in the given term.
func (n *Node) askTerms(ctx context.Context, term uint64) error {
	voters, err := n.voters()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan error, len(voters))
	for _, voter := range voters {
		asked := n.start(func(context.Context) { answers <- n.askTerm(ctx, voter, term) })
		if !asked {
			return ErrClosed
		}
	}
	return majority(answers, len(voters))
}

// majority returns nil when more than half of n answers are nil, and the last
// error when that cannot be any more.
func majority(answers <-chan error, n int) error {
	for agreed, refused := 0, 0; ; {
		err := <-answers
		if err == nil {
			agreed++
		} else {
			refused++
		}
		switch {
		case agreed > n/2:
			return nil
		case refused >= n-n/2:
			return err
		}
	}
}

// askTerm returns nil when the voter's present term is at most term.
func (n *Node) askTerm(ctx context.Context, voter string, term uint64) error {
	present := n.raft.CurrentTerm()
	if voter != n.cfg.ID {
		response, err := n.transport.Call(ctx, voter, kindTerm, nil)
		if err != nil {
			return err
		}
		if err := decodeNumbers(response, &present); err != nil {
			return err
		}
	}
	if present > term {
		return fmt.Errorf("member %s is in term %d, after %d", voter, present, term)
	}
	return nil
}

// serveTerm tells this node's present term, which the engine has stored before
// it shows it.
func (n *Node) serveTerm(context.Context, string, []byte) ([]byte, error) {
	return encodeNumbers(n.raft.CurrentTerm()), nil
}

// voters returns the ids of all voters of the latest configuration.
func (n *Node) voters() ([]string, error) {
	configuration := n.raft.GetConfiguration()
	if err := configuration.Error(); err != nil {
		return nil, err
	}
	var voters []string
	for _, server := range configuration.Configuration().Servers {
		if server.Suffrage == raft.Voter {
			voters = append(voters, string(server.ID))
		}
	}
	return voters, nil
}
