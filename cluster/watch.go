package cluster

import (
	"context"
	"iter"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Event is one result of a watched query.
type Event struct {
	// Revision is that of the tree the result was taken from. It rises with
	// each event of a watch.
	Revision uint64
	// Value is the whole result, if Exists: else there is nothing.
	Value  tree.Value
	Exists bool
	// Expelled are the items that were removed by no operation on them since the
	// event before, as far as they stood at the query's path, beneath or above it,
	// in the order of their ends. A node remembers the last 4,096 of all; what an
	// installed snapshot has brought, and what went before a restart, it has not
	// seen.
	Expelled []Expelled
}

// Watch yields the present result of the query at once, and then each new
// result: exactly when the result has changed, never for a write beside it,
// never twice. A reader that is slow is not queued for: it gets the latest
// result when it comes back, and misses those between.
//
// The loop's own goroutine does the work. It waits between events until ctx
// ends or the node is closed, and then yields one last time: the zero event
// with an error, which matches the context's cause or ErrClosed.
//
// tree.Subtree(path) is the query for all that stands at a path.
func (n *Node) Watch(ctx context.Context, query tree.Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		state, _, _ := n.progress.next()
		last := evaluate(query, state.Tree)
		for yield(last, nil) {
			seen := last.Revision
			next, err := n.nextEvent(ctx, query, last, state)
			if err != nil {
				yield(Event{}, &Error{Operation: "watch", Path: query.Path(), Err: err})
				return
			}
			last, state = next.event, next.state
			last.Expelled = n.progress.expelledAt(query.Path(), seen, last.Revision)
		}
	}
}

// watched is an event with the state it was taken from.
type watched struct {
	event Event
	state fsm.State
}

// nextEvent waits for a result that differs from the last one. The tree that
// the last look was taken at tells cheaply that nothing can have changed.
func (n *Node) nextEvent(ctx context.Context, query tree.Query, last Event, seen fsm.State) (watched, error) {
	if ctx.Err() != nil {
		return watched{}, context.Cause(ctx) // also while changes keep coming
	}
	var next watched
	_, err := n.progress.await(ctx, func(state fsm.State) bool {
		if query.Same(seen.Tree, state.Tree) {
			return false
		}
		seen = state
		next = watched{event: evaluate(query, state.Tree), state: state}
		return !next.event.sameResult(last)
	})
	return next, err
}

func evaluate(query tree.Query, t *tree.Tree) Event {
	value, exists := query.Eval(t)
	return Event{Revision: t.Revision(), Value: value, Exists: exists}
}

// sameResult reports whether both events have one result.
func (e Event) sameResult(other Event) bool {
	return e.Exists == other.Exists && e.Value.Equal(other.Value)
}
