package cluster

import (
	"context"
	"sync"
	"sync/atomic"

	"example.com/gstate/fsm"
)

// progress is how the apply goroutine tells everybody else of a new state,
// without ever waiting for them. All that a node shows of its state comes from
// here, so that no two ways of looking at it differ.
type progress struct {
	// state is stored under mu, before changed fires, and read without it.
	state atomic.Pointer[fsm.State]

	mu struct {
		sync.Mutex
		changed signal
		// err is why there will be no more states.
		err error
		// history has the last changes.
		history history
	}
}

// now returns the present state. It never waits.
func (p *progress) now() fsm.State { return *p.state.Load() }

// publish is called by the state machine after each batch of entries.
func (p *progress) publish(state fsm.State) {
	bytes := memoryOf(state.Changes)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Store(&state)
	p.mu.history.add(state, bytes)
	p.mu.changed.fire()
}

// since returns the present state, with segments that have all changes from a
// revision to it; known is false when some of them are not remembered.
func (p *progress) since(revision uint64) (state fsm.State, segments []segment, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	segments, known = p.mu.history.since(revision)
	return p.now(), segments, known
}

// close ends all waits, now and later, with err.
func (p *progress) close(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.err == nil {
		p.mu.err = err
		p.mu.changed.fire()
	}
}

// next returns the present state and a channel that is closed when there is
// another, or the reason why there will be none.
func (p *progress) next() (fsm.State, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now(), p.mu.changed.wait(), p.mu.err
}

// await returns the first state for which done is true. It waits until ctx
// ends, whose cause it then returns, or until progress is closed.
func (p *progress) await(ctx context.Context, done func(fsm.State) bool) (fsm.State, error) {
	for {
		state, changed, err := p.next()
		if done(state) {
			return state, nil
		}
		if err != nil {
			return state, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return state, context.Cause(ctx)
		}
	}
}

// awaitIndex waits until the entry with this index is applied here.
func (p *progress) awaitIndex(ctx context.Context, index uint64) (fsm.State, error) {
	return p.await(ctx, func(s fsm.State) bool { return s.Index >= index })
}
