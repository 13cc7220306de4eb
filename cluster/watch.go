package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Event is one result of a watched query.
type Event struct {
	// Revision is that of a tree for which the query gives the result. It rises
	// with each event of a watch that tells a change, and never falls: a mark of
	// progress may repeat it, and so may the event that ends what Since has asked
	// for.
	Revision uint64
	// Value is the whole result, if Exists: else there is nothing. With OnlyChanges
	// it is null.
	Value  tree.Value
	Exists bool
	// Reasons say what has changed the result since the event before, marks of
	// progress aside. There are none in a first event, and where Reset is set.
	Reasons Reasons
	// Expelled are the items that were removed by no operation on them since the
	// event before, as far as they stood at the query's path, beneath or above it,
	// and went with a change that can concern the query: in the order of their ends.
	// Of more than 4,096 only the last ones are named. What an installed snapshot
	// has brought, and what went before a restart, the node has not seen.
	Expelled []Expelled
	// Synced is set once in each watch: in the event up to which everything has
	// been told that was so when the watch began. That is the first event, also
	// when there is nothing, or with Since the one that ends what was missed.
	Synced bool
	// Reset says that changes may have been missed: more than the node remembers.
	// The result is the present one.
	Reset bool
	// Progress marks an event that Progress has asked for: there was no change up
	// to Revision.
	Progress bool

	result, before *tree.Result
	// begins says that all that is there is a change: in the first event of a View.
	begins bool
}

// Changes returns in what the result differs from that of the event before in
// this watch, or with Since from that of the revision given, as
// tree.Result.Deltas tells it. A first event without Since has none.
func (e Event) Changes() []tree.Delta {
	if e.before == nil && !e.begins {
		return nil
	}
	return e.result.Deltas(e.before)
}

// value is Value also with OnlyChanges.
func (e Event) value() tree.Value {
	value, _ := e.result.Value()
	return value
}

// Reasons say what has made a change: writes, transactions, leases that were
// over, sessions that have ended, and items that were kept by something that went.
type Reasons = fsm.Reasons

// WatchOption changes how a watch delivers.
type WatchOption func(*watchOptions)

// watchOptions are how a watch delivers.
type watchOptions struct {
	every, endWhenSlow bool
	onlyChanges        bool
	resume             bool
	since              uint64
	progress           time.Duration
}

// EveryChange lets a watch yield each change of the result by itself, in order,
// with its own revision: none is passed over, also when several were applied at
// once. A reader may be behind by as many changes as the node remembers, 8,192 of
// the whole tree or 32 MiB of memory; when it falls further behind, or a snapshot of
// another member is installed here, it gets an event with Reset set.
func EveryChange() WatchOption { return func(o *watchOptions) { o.every = true } }

// EndWhenSlow is EveryChange for a reader that must not miss anything: instead of
// an event with Reset set the watch ends with ErrSlow.
func EndWhenSlow() WatchOption {
	return func(o *watchOptions) { o.every, o.endWhenSlow = true, true }
}

// Since lets a watch go on from a revision: from the last one that was seen, on
// this node or another. It first waits until this node has that revision. With
// EveryChange it then yields each change after it; without, the present result as
// one step, which may be none. If the node does not remember all changes since, the
// first event has Reset set.
func Since(revision uint64) WatchOption {
	return func(o *watchOptions) { o.resume, o.since = true, revision }
}

// Progress asks for an event with Progress set whenever there was no other one for
// so long: it tells up to which revision nothing has changed. Less than a
// millisecond is taken as one.
func Progress(every time.Duration) WatchOption {
	return func(o *watchOptions) { o.progress = max(every, time.Millisecond) }
}

// OnlyChanges leaves out the value of each event: for results that are so large that
// a copy of their list for each change is too much. Event.Changes takes time for
// what has changed alone.
func OnlyChanges() WatchOption { return func(o *watchOptions) { o.onlyChanges = true } }

// Watch yields the present result of the query at once, and then each new
// result: exactly when the result has changed, never for a write beside it,
// never twice. A reader that is slow is not queued for: it gets the latest
// result when it comes back, and misses those between. Options choose otherwise.
//
// What changes is evaluated on a goroutine of the node, once for all watches of a
// query, and costs time for what has changed (tree.Result); the value is made out
// of the last one on the loop's own goroutine. The loop waits between events until
// ctx ends or the node is closed, and then yields one last time: the zero event
// with an error, which matches the context's cause, ErrClosed, ErrSlow, or
// ErrTooLarge when the query comes to look at more than tree.MaxAfreshWork items.
//
// tree.Subtree(path) is the query for all that stands at a path.
func (n *Node) Watch(ctx context.Context, query tree.Query, options ...WatchOption) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		w := &watch{node: n, query: query, yield: yield}
		for _, option := range options {
			option(&w.options)
		}
		if err := w.run(ctx); err != nil && err != errStopped {
			yield(Event{}, &Error{Operation: "watch", Path: query.Path(), Err: err})
		}
	}
}

// errStopped says that the reader of a watch wants no more.
var errStopped = errors.New("the reader has stopped")

// watch is one loop over the results of a query.
type watch struct {
	node    *Node
	query   tree.Query
	options watchOptions
	yield   func(Event, error) bool
	reader  *reader
	// result is the last one, of the tree with the revision.
	result   *shown
	revision uint64
	// told is the result of the last event, which toldAt was yielded, and untold what
	// has come that no event has told of yet.
	told   *shown
	toldAt time.Time
	untold causes
}

// run yields events until the watch ends, which is errStopped when the reader
// wants no more.
func (w *watch) run(ctx context.Context) error {
	if w.options.resume {
		reached := func(s fsm.State) bool { return s.Tree.Revision() >= w.options.since }
		if _, err := w.node.progress.await(ctx, reached); err != nil {
			return fmt.Errorf("revision %d is not reached: %w", w.options.since, err)
		}
	}
	w.reader = w.node.hub.join(w.query, w.options.every)
	defer w.node.hub.leave(w.reader)
	if err := w.begin(ctx); err != nil {
		return err
	}
	for {
		due, err := w.await(ctx)
		if err != nil {
			return err
		}
		before := w.toldAt
		if err := w.look(ctx); err != nil {
			return err
		}
		if due && w.toldAt == before {
			if err := w.tell(Event{Progress: true}, w.result, w.revision); err != nil {
				return err
			}
		}
	}
}

// begin yields the first events, up to the one that is Synced.
func (w *watch) begin(ctx context.Context) error {
	result, present, _ := w.node.hub.take(w.reader)
	first := Event{Synced: true}
	if w.options.resume {
		old, segments, known := w.resultAt(w.options.since)
		switch {
		case !known && w.options.endWhenSlow:
			return ErrSlow
		case !known:
			first.Reset = true
		case w.options.every:
			w.result, w.told = newShown(old), newShown(old)
			if err := w.eachIn(ctx, segments, w.options.since, present); err != nil {
				return err
			}
			return w.tell(first, w.result, w.revision)
		default:
			w.told = newShown(old)
		}
	}
	return w.tell(first, result, present.Revision())
}

// await waits for news, or until a mark of progress is due, which it reports.
func (w *watch) await(ctx context.Context) (due bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx) // also while changes keep coming
	}
	var silent <-chan time.Time
	if w.options.progress > 0 {
		timer := time.NewTimer(time.Until(w.toldAt.Add(w.options.progress)))
		defer timer.Stop()
		silent = timer.C
	}
	select {
	case <-w.reader.wake:
		return false, nil
	case <-silent:
		return true, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case <-w.node.life.ctx.Done():
		return false, context.Cause(w.node.life.ctx)
	}
}

// look yields what has come since the last call.
func (w *watch) look(ctx context.Context) error {
	if w.options.every {
		return w.each(ctx)
	}
	return w.latest()
}

// latest yields the present result if it is another one.
func (w *watch) latest() error {
	result, present, news := w.node.hub.take(w.reader)
	w.untold.add(news.causes)
	if result.Load().Equal(w.result.Load()) {
		w.pass(result, present.Revision())
		return nil
	}
	return w.tell(Event{Reasons: w.untold.reasons}, result, present.Revision())
}

// pass goes on to a result that is equal to the last one. It takes the place of the
// one that was told, so that nothing old is kept, unless it has other items that
// give the same.
func (w *watch) pass(result *shown, revision uint64) {
	w.revision = revision
	if result.Load() == w.result.Load() {
		return
	}
	if w.result = result; len(result.Load().Deltas(w.told.Load())) == 0 {
		w.told = result
	}
}

// tell completes an event and yields it.
func (w *watch) tell(e Event, result *shown, revision uint64) error {
	e.result, e.Revision = result.Load(), revision
	if err := e.result.Err(); err != nil {
		return err
	}
	if w.told != nil {
		e.before = w.told.Load()
	}
	e.Exists = e.result.Exists()
	if !w.options.onlyChanges {
		e.Value = e.value()
	}
	e.Expelled, w.untold.expelled = w.untold.expelled, nil
	if !e.Progress {
		w.untold.reasons = 0
	}
	w.result, w.revision, w.told = result, revision, result
	if !w.yield(e, nil) {
		return errStopped
	}
	w.toldAt = time.Now()
	return nil
}
