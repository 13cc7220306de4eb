package recipe

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

const (
	// storeChanges and storeWithin bound what a crash lets happen again.
	storeChanges = 64
	storeWithin  = time.Second
	// storeRevisions bounds how far the cursor is behind the tree while nothing
	// concerns the reaction: nodes remember eight times as many changes.
	storeRevisions = 1024
	// markEvery is how soon it is known that nothing concerns the reaction.
	markEvery = storeWithin / 10

	// A change that has failed is handed again after a pause that doubles.
	retryFirst = 100 * time.Millisecond
	retryMost  = 10 * time.Second
)

// shift is the time for which this instance runs a reaction.
type shift struct {
	*Reaction
	leads *Leadership
	react func(ctx context.Context, change Change) error
	// resumed says that it goes on from a cursor.
	resumed bool
	// done is the revision up to which everything is handled, stored is the cursor.
	done, stored uint64
	// handled is how many changes are handled and not stored, from that time on.
	handled int
	since   time.Time
}

// run handles changes until ctx or the leadership ends. It never returns nil.
func (s *shift) run(ctx context.Context) error {
	defer s.leave(ctx) // also when the goroutine exits in the function
	work, stop := both(s.leads.lease.ctx, ctx)
	defer stop()
	work = heldContext{work, s.leads.lease}
	options, err := s.resume()
	if err != nil {
		return err
	}
	for event, failed := range s.node.Watch(work, s.query, options...) {
		if err = failed; err == nil {
			err = s.take(work, event)
		}
		if err != nil {
			break
		}
	}
	if work.Err() != nil {
		return context.Cause(work)
	}
	return err
}

// resume reads the cursor. Since this instance has seen all before it leave the
// line, its tree has all that they could write. A cursor that is ahead of the tree
// came with data of another cluster, and is taken for none.
func (s *shift) resume() ([]cluster.WatchOption, error) {
	options := []cluster.WatchOption{cluster.EveryChange(), cluster.Progress(markEvery)}
	now := s.node.Tree()
	item, ok := now.Get(s.cursor)
	if !ok {
		return options, nil
	}
	if kind := item.Value().Kind(); kind != tree.Int {
		return nil, fmt.Errorf("%w: the cursor is %v", cluster.ErrWrongKind, kind)
	}
	cursor := uint64(item.Value().Int())
	if cursor > now.Revision() {
		return options, nil
	}
	s.resumed, s.done, s.stored = true, cursor, cursor
	return append(options, cluster.Since(cursor)), nil
}

// take handles an event, unless it only says that nothing has changed, and stores
// the cursor when it is time.
func (s *shift) take(ctx context.Context, event cluster.Event) error {
	whole := event.Reset || event.Synced && !s.resumed
	if whole || !event.Synced && !event.Progress {
		if s.handled == 0 {
			s.since = time.Now()
		}
		if err := s.handle(ctx, Change{event, s.leads}); err != nil {
			return err
		}
		s.handled++
	}
	s.done = event.Revision
	late := s.handled > 0 && time.Since(s.since) >= storeWithin
	if whole || late || s.handled >= storeChanges || s.done-s.stored >= storeRevisions {
		return s.store(ctx)
	}
	return nil
}

// handle runs the function until it succeeds.
func (s *shift) handle(ctx context.Context, change Change) error {
	for pause := retryFirst; ctx.Err() == nil; pause = min(2*pause, retryMost) {
		err := s.attempt(ctx, change)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			s.failed(change, err)
			wait(ctx, pause)
		}
	}
	return context.Cause(ctx)
}

// attempt runs the function once, and makes an error of a panic.
func (s *shift) attempt(ctx context.Context, change Change) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return s.react(ctx, change)
}

// store moves the cursor, unless another instance has taken over.
func (s *shift) store(ctx context.Context) error {
	move := s.move().If(s.leads.Condition())
	_, err := s.node.Apply(ctx, move)
	for passing(ctx, s.leads.lease.ttl, err) {
		_, err = s.node.Apply(ctx, move)
	}
	if refused(err) {
		s.leads.lease.lose(err)
	}
	if err == nil {
		s.stored, s.handled = s.done, 0
	}
	return err
}

func (s *shift) move() cluster.Op { return cluster.Set(s.cursor, s.done) }

// leave lets the next instance go on, from here: the cursor goes with the write
// that ends the leadership.
func (s *shift) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resignTime)
	defer cancel()
	var ops []cluster.Op
	if s.done > s.stored {
		ops = append(ops, s.move())
	}
	_ = s.leads.lease.end(ctx, "resign", ops...)
}
