package cluster

import (
	"sync"

	"example.com/gstate/tree"
)

// View is a value of the service's own that is computed from the result of a query
// and brought up to date from what has changed in it: a count, a sum, a lookup
// table. It is local to this instance: nothing of it is in the log, and it is made
// anew at each start. It may be used by any number of goroutines.
type View[S any] struct {
	node   *Node
	reduce func(S, Event) S
	reader *reader

	mu struct {
		sync.Mutex
		state S
		// result is the one that the state is of, or a later one that does not
		// differ from it anywhere.
		result   *shown
		revision uint64
		// untold is what has come since.
		untold causes
	}
}

// NewView returns the view of a query on this node. reduce is given the state so
// far, at first the zero S, and an event with what has changed (Event.Changes): at first
// all that is there, as if it had just come, the children of a map one by one. It
// returns the new state. Get has given the old one to its callers, so what it refers
// to, such as a map, must be copied to be changed, unless no caller keeps it.
//
// reduce runs within Get, on the goroutine of its caller, and only when the result
// has changed: as one step, however many changes there were. It must not call the
// view. If it panics the state stays as it was, and the next Get calls it with the
// same step. So the state stays, too, with its revision, while the query looks at
// more than tree.MaxAfreshWork items and has no result.
func NewView[S any](node *Node, query tree.Query, reduce func(state S, e Event) S) *View[S] {
	return &View[S]{node: node, reduce: reduce, reader: node.hub.join(query, false)}
}

// Get returns the state for this node's present tree, and the tree's revision: it
// reflects all writes that have returned on this node. It never waits but for
// another Get, and takes time for what has changed since that. After Close it stays
// as it was.
func (v *View[S]) Get() (state S, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.reader == nil {
		return v.mu.state, v.mu.revision
	}
	result, present, news := v.node.hub.take(v.reader)
	v.mu.untold.add(news.causes)
	if result.Load().Err() != nil {
		return v.mu.state, v.mu.revision
	}
	switch {
	case v.mu.result == nil || !result.Load().Equal(v.mu.result.Load()):
		v.mu.state = v.reduce(v.mu.state, v.event(result.Load(), present.Revision()))
		v.mu.result, v.mu.untold = result, causes{}
	case len(result.Load().Deltas(v.mu.result.Load())) == 0:
		v.mu.result = result // so that no old tree is kept
	}
	v.mu.revision = present.Revision()
	return v.mu.state, v.mu.revision
}

// event returns the step to a result.
func (v *View[S]) event(result *tree.Result, revision uint64) Event {
	e := Event{Revision: revision, result: result, begins: v.mu.result == nil}
	e.Value, e.Exists = result.Value()
	if !e.begins {
		e.before = v.mu.result.Load()
		e.Reasons, e.Expelled = v.mu.untold.reasons, v.mu.untold.expelled
	}
	return e
}

// Close ends the view: nothing is kept up to date for it any more. Further calls do
// nothing.
func (v *View[S]) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.reader != nil {
		v.node.hub.leave(v.reader)
		v.reader = nil
	}
}
