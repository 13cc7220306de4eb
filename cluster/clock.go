package cluster

import (
	"context"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

const (
	// tickPause is the least time between two ticks of the replicated clock:
	// leases that are granted meanwhile begin together, with one entry of the
	// log.
	tickPause = 50 * time.Millisecond
	// tickPauseMax is the greatest one while any lease waits: the time since
	// its last tick is lost with a leader.
	tickPauseMax = time.Second
	// tickMost is the most that a tick counts while a lease runs. What is beyond is
	// time in which this node stood still or could store nothing, so that nobody
	// could refresh a lease; or its clock has leapt.
	tickMost = 2 * tickPauseMax
	// tickPauseIdle is the time between two ticks while none does: sessions of
	// instances that are gone end in a day or two. An entry more often would
	// cost an idle cluster a snapshot each time, by its age.
	tickPauseIdle = 24 * time.Hour
)

// keepTime moves the replicated clock on while this node leads: each second
// while some lease waits for it, and daily else. It counts from the moment at
// which the node began to lead, on the monotonic clock: the time in which
// nobody did, or the leader did not get on, is given to those who could not
// refresh their leases.
//
// The own reign may be there for a while when another leads: the engine ends it
// when its disk has written what that one has sent.
func (n *Node) keepTime(ctx context.Context) {
	for ctx.Err() == nil {
		leader, own, changed := n.leadership.current()
		if own.term > 0 && leader == n.cfg.ID {
			n.tickWhileLeading(ctx, changed)
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// tickWhileLeading proposes ticks until leadership changes or ctx ends.
func (n *Node) tickWhileLeading(ctx context.Context, changed <-chan struct{}) {
	ctx, cancel := n.leadership.whileLeads(ctx, n.cfg.ID)
	defer cancel()
	for last := time.Now(); ; {
		state, news, err := n.progress.next()
		if err != nil {
			return
		}
		due, stop := tickDue(state, last)
		select {
		case <-due:
			last = n.tick(ctx, state, last)
		case <-news:
		case <-changed:
			err = errLeaderChanged
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		stop()
		if err != nil {
			return
		}
	}
}

// tick proposes the time since last, and returns the moment up to which that
// is: whether or not it is counted, it is not counted again. It returns when
// the tick is applied here, so that the next one is measured after that, on
// which the beginning of leases depends (fsm/lease.go).
func (n *Node) tick(ctx context.Context, state fsm.State, last time.Time) time.Time {
	if ctx.Err() != nil {
		return last // this node does not lead any more
	}
	elapsed := time.Since(last).Truncate(time.Millisecond)
	counted := elapsed
	if state.LeaseRuns() {
		counted = min(counted, tickMost)
	}
	_, _ = n.proposer.propose(ctx, [][]byte{fsm.EncodeTick(uint64(counted.Milliseconds()))})
	return last.Add(elapsed)
}

// tickDue returns a channel on which the time of the next tick comes. last is
// when the clock was moved on.
func tickDue(state fsm.State, last time.Time) (due <-chan time.Time, stop func()) {
	pause := tickPauseIdle
	if wait, needed := state.NextTick(); needed {
		milliseconds := min(wait, uint64(tickPauseMax.Milliseconds()))
		pause = max(tickPause, time.Duration(milliseconds)*time.Millisecond)
	}
	timer := time.NewTimer(time.Until(last.Add(pause)))
	return timer.C, func() { timer.Stop() }
}

// Lease returns how long the item at the path may still live, on the replicated
// clock and as far as this node knows; it is false when the item has no lease.
// The item itself lives a little longer: see Expire. It never waits.
func (n *Node) Lease(path tree.Path) (left time.Duration, ok bool) {
	milliseconds, ok := n.progress.now().Lease(path)
	return time.Duration(milliseconds) * time.Millisecond, ok
}
