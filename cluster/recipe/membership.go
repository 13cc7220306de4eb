package recipe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Membership is the entry of this instance in a directory. It is refreshed, and
// made again after the instance was cut off for long, until Leave, or until
// another one joins under the same name.
type Membership struct {
	directory *Members
	path      tree.Path
	// owner tells this entry from another one under the same name.
	owner string
	// data is in the channel while nobody changes it.
	data   chan tree.Value
	ctx    context.Context
	cancel context.CancelCauseFunc
	// kept is closed when the entry is not refreshed any more.
	kept chan struct{}
}

// Join registers this instance and returns when that is done or ctx ends. Its
// entry takes the place of one that stands under the name, such as that of an
// earlier run; if that one still runs, it ends with ErrReplaced.
func (m *Members) Join(ctx context.Context, name string, data any) (*Membership, error) {
	path := m.path.Child(name)
	value, err := tree.ValueOf(data)
	if err == nil {
		err = path.Validate()
	}
	if err != nil {
		return nil, wrap("join", path, err)
	}
	s := &Membership{
		directory: m, path: path, owner: rand.Text(),
		data: make(chan tree.Value, 1), kept: make(chan struct{}),
	}
	ops := append([]cluster.Op{cluster.Delete(path)}, s.entry(value)...)
	_, err = m.node.Apply(ctx, ops...)
	for passing(ctx, m.ttl, err) {
		_, err = m.node.Apply(ctx, ops...)
	}
	if unknown, ok := errors.AsType[*cluster.UnknownOutcome](err); ok {
		go withdrawUnknown(m.node, path, m.ttl, unknown.ID)
	}
	if err != nil {
		return nil, wrap("join", path, err)
	}
	s.data <- value
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	go s.keep()
	return s, nil
}

// entry returns the operations that make the entry.
func (s *Membership) entry(data tree.Value) []cluster.Op {
	return leased(s.path, map[string]any{"owner": s.owner, "data": data}, s.directory.ttl)
}

// own is the condition that the entry is there, and is this one.
func (s *Membership) own() cluster.Condition {
	return cluster.Equals(s.path.Child("owner"), s.owner)
}

// Context returns a context that ends when the entry is not refreshed any more:
// with Leave, or with the cause ErrReplaced, or with that of a closed node.
func (s *Membership) Context() context.Context { return s.ctx }

// Update changes the data. When the entry has been taken out meanwhile, it
// comes back with the new data. ErrReplaced says that it is another's; after
// any other error the next refresh brings the data.
func (s *Membership) Update(ctx context.Context, data any) error {
	value, err := tree.ValueOf(data)
	if err != nil {
		return wrap("update", s.path, err)
	}
	return wrap("update", s.path, s.write(ctx, &value))
}

// write refreshes the entry, with new data unless nil. Data that is there
// already is no change.
func (s *Membership) write(ctx context.Context, data *tree.Value) error {
	var last tree.Value
	select {
	case last = <-s.data:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { s.data <- last }()
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	if data != nil {
		last = *data
	}
	_, err := s.directory.node.Apply(ctx, cluster.Replace(s.path.Child("data"), last),
		cluster.Expire(s.path, s.directory.ttl).If(s.own()))
	if errors.Is(err, cluster.ErrNotFound) {
		_, err = s.directory.node.Apply(ctx, s.entry(last)...)
	}
	if errors.Is(err, cluster.ErrConflict) || errors.Is(err, cluster.ErrExists) {
		err = fmt.Errorf("%w: %w", ErrReplaced, err)
		s.cancel(err)
	}
	return err
}

// keep refreshes the entry until it is left or replaced, or the node is closed.
func (s *Membership) keep() {
	defer close(s.kept)
	timer := time.NewTimer(s.directory.ttl / RefreshesPerTTL)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.directory.node.Done():
			s.cancel(cluster.ErrClosed)
		case <-s.ctx.Done():
			return
		}
		pause := s.directory.ttl / RefreshesPerTTL
		if err := s.write(s.ctx, nil); err != nil {
			pause = s.directory.ttl / RetriesPerTTL
		}
		timer.Reset(pause)
	}
}

// Leave takes the entry out, and waits for that until ctx ends; else its lease
// does it. It may be called again. An entry that is another's stays.
func (s *Membership) Leave(ctx context.Context) error {
	s.cancel(nil)
	<-s.kept
	_, err := s.directory.node.Apply(ctx, cluster.Remove(s.path).If(s.own()))
	if refused(err) {
		return nil
	}
	return wrap("leave", s.path, err)
}
