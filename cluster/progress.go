package cluster

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
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
		// expelled are the last items that were removed by no operation on them,
		// the oldest first.
		expelled []fsm.Expelled
	}
}

// expelledKept is how many of them are remembered.
const expelledKept = 4096

// now returns the present state. It never waits.
func (p *progress) now() fsm.State { return *p.state.Load() }

// publish is called by the state machine after each batch of entries.
func (p *progress) publish(state fsm.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Store(&state)
	p.mu.expelled = append(p.mu.expelled, state.Expelled...)
	if surplus := len(p.mu.expelled) - expelledKept; surplus > 0 {
		p.mu.expelled = slices.Delete(p.mu.expelled, 0, surplus)
	}
	p.mu.changed.fire()
}

// expelledAt returns the items on the way to a path or beneath it that were
// removed by no operation on them, after one revision and up to another.
func (p *progress) expelledAt(path tree.Path, after, upTo uint64) []fsm.Expelled {
	p.mu.Lock()
	defer p.mu.Unlock()
	// The apply goroutine waits for the lock: only the last ones are looked at.
	first, _ := slices.BinarySearchFunc(p.mu.expelled, after+1, func(gone fsm.Expelled, revision uint64) int {
		return cmp.Compare(gone.Revision, revision)
	})
	var found []fsm.Expelled
	for _, gone := range p.mu.expelled[first:] {
		if gone.Revision > upTo {
			break
		}
		if gone.Path.HasPrefix(path) || path.HasPrefix(gone.Path) {
			found = append(found, gone)
		}
	}
	return found
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
