package cluster

import (
	"context"
	"iter"
	"slices"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// A watch of every change makes the writes that concern its query again, one
// change after the other, from a tree that the node remembers: so it sees every
// state that the query can have had, also within what was applied at once.

// each yields the changes that have come since the last call.
func (w *watch) each(ctx context.Context) error {
	_, present, news := w.node.hub.take(w.reader)
	after := max(w.revision, news.quiet)
	_, segments, known := w.node.progress.since(after)
	if !known {
		w.untold.add(news.causes)
		return w.reset()
	}
	return w.eachIn(ctx, segments, after, present)
}

// eachIn yields those of the changes in segments that are after a revision, up to
// that of a tree.
func (w *watch) eachIn(ctx context.Context, segments []segment, after uint64, present *tree.Tree) error {
	if len(segments) == 0 {
		w.revision = after
		return nil
	}
	redo := newRedo(segments, present, w.result.Load())
	for change := range changesUpTo(segments, present.Revision()) {
		if change.Revision <= after {
			redo.make(change)
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := w.change(redo, change); err != nil {
			return err
		}
	}
	w.revision = present.Revision()
	return nil
}

// change yields one change, if it is one of the result.
func (w *watch) change(redo *redo, change fsm.Change) error {
	next, concerned := redo.next(w.result.Load(), change)
	if concerned {
		w.untold.add(causes{expelled: expelledAt(w.query.Path(), change.Expelled)})
	}
	if next.Equal(w.result.Load()) {
		w.pass(newShown(next), change.Revision)
		return nil
	}
	return w.tell(Event{Reasons: change.Reasons}, newShown(next), change.Revision)
}

// reset yields the present result, since changes may have been missed.
func (w *watch) reset() error {
	if w.options.endWhenSlow {
		return ErrSlow
	}
	result, present, news := w.node.hub.take(w.reader)
	w.untold.add(news.causes)
	return w.tell(Event{Reset: true}, result, present.Revision())
}

// resultAt returns the result for an earlier revision, with segments that have all
// changes since; it is false when the node does not remember them.
func (w *watch) resultAt(revision uint64) (*tree.Result, []segment, bool) {
	state, segments, known := w.node.progress.since(revision)
	if !known || len(segments) == 0 {
		return w.query.Result(state.Tree), nil, known
	}
	redo := newRedo(segments, state.Tree, nil)
	redo.makeAll(revision)
	return w.query.Result(redo.edit.Tree()), segments, true
}

// redo makes the writes again that can concern one result: for its query, the draft
// is the tree of the last change that was made. All writes are made where the query
// goes through links, as what these will lead to is not known before.
type redo struct {
	segments []segment
	present  *tree.Tree // that of the last change to be made
	all      bool
	matcher  tree.Matcher[struct{}]
	edit     *tree.Edit
}

// newRedo returns a redo that begins where the segments do, for the writes that
// concern the result, or for all if that is nil.
func newRedo(segments []segment, present *tree.Tree, result *tree.Result) *redo {
	r := &redo{segments: segments, present: present, edit: segments[0].before.Edit(), all: result == nil || result.Follows()}
	if !r.all {
		r.matcher.Add(result, struct{}{})
	}
	return r
}

// concerns reports whether a write is one of those to be made.
func (r *redo) concerns(write tree.Write) bool {
	concerned := r.all
	r.matcher.Concerned(write, func(struct{}) { concerned = true })
	return concerned
}

// make makes the writes of the next change, and reports whether there are any.
func (r *redo) make(change fsm.Change) (concerned bool) {
	for _, write := range change.Writes {
		if r.concerns(write) {
			r.edit.Redo(write)
			concerned = true
		}
	}
	return concerned
}

// makeAll makes all writes up to a revision.
func (r *redo) makeAll(revision uint64) {
	for change := range changesUpTo(r.segments, revision) {
		r.make(change)
	}
}

// next makes a change and returns the result after it, which was result before, and
// whether the change can concern it. With the first link that it meets it begins anew
// and makes all writes. After the last change it is the present tree's, so that nothing
// old is kept.
func (r *redo) next(result *tree.Result, change fsm.Change) (next *tree.Result, concerned bool) {
	before := r.edit.Tree()
	if change.Revision == r.present.Revision() {
		return result.Next(before, r.present), slices.ContainsFunc(change.Writes, r.concerns)
	}
	concerned = r.make(change)
	next = result.Next(before, r.edit.Tree())
	if next.Follows() && !r.all {
		*r = *newRedo(r.segments, r.present, nil)
		r.makeAll(change.Revision)
		next = result.Next(before, r.edit.Tree())
	}
	return next, concerned
}

// changesUpTo returns an iterator over all changes up to a revision.
func changesUpTo(segments []segment, revision uint64) iter.Seq[fsm.Change] {
	return func(yield func(fsm.Change) bool) {
		for _, s := range segments {
			for _, change := range s.changes {
				if change.Revision > revision || !yield(change) {
					return
				}
			}
		}
	}
}
