package cluster

import (
	"context"
	"iter"
	"slices"

	"example.com/gstate/tree"
)

// Ref is one value at a path, as a T: anything that encoding/json reads and
// writes, or a tree.Value. It holds nothing, so that it can be made anew at any
// place, and may be used by any number of goroutines.
//
// An item is read as tree.Value.Decode does: what T has no field for is passed
// over, since an instance of a newer release may have written it, and fields that
// are missing stay zero. What is no T is an error that wraps ErrWrongKind, and so
// is a null, unless T is a pointer, a map, a slice, an interface or has an
// UnmarshalJSON of its own.
//
// The methods that write take further conditions, wait until ctx ends, and return
// and fail as Node.Apply does.
type Ref[T any] struct {
	node *Node
	path tree.Path
}

// NewRef returns the handle for the value at a path, at which nothing need stand.
// The root can be read but not written.
func NewRef[T any](node *Node, path tree.Path) Ref[T] {
	return Ref[T]{node: node, path: slices.Clone(path)}
}

// Path returns the path, for conditions and operations. The caller owns it.
func (r Ref[T]) Path() tree.Path { return slices.Clone(r.path) }

// Get returns the value as this node has it. It never waits.
func (r Ref[T]) Get() (Entry[T], error) { return r.GetFrom(r.node.Tree()) }

// GetFrom is Get from a tree of the caller's: one of Node.Read for a linearizable
// read, or one from which several values are read as of one moment.
func (r Ref[T]) GetFrom(t *tree.Tree) (Entry[T], error) {
	item, _ := t.Get(r.path)
	return newEntry[T](t, r.Path(), item)
}

// GetIn returns the value as a transaction sees it; it is false when nothing
// stands there. All of it counts as read.
func (r Ref[T]) GetIn(tx *Tx) (value T, exists bool, err error) {
	stored, exists := tx.Get(r.path)
	if !exists {
		return value, false, nil
	}
	if value, err = decode[T](stored); err != nil {
		err = r.failed("read", tx.Revision(), err)
	}
	return value, true, err
}

// Set makes the item equal to value, whether it is there or not. What else stood
// there is removed: unlike Node.Set it does not merge, so that what is read is
// what was written.
func (r Ref[T]) Set(ctx context.Context, value T, conditions ...Condition) (uint64, error) {
	result, err := r.node.Apply(ctx, put(r.path, value, conditions)...)
	return result.Revision, err
}

// SetIn is Set as a part of a transaction. The error is that of Tx.Do.
func (r Ref[T]) SetIn(tx *Tx, value T, conditions ...Condition) error {
	return tx.Do(put(r.path, value, conditions)...)
}

// Insert writes value where nothing may stand yet: else ErrExists.
func (r Ref[T]) Insert(ctx context.Context, value T, conditions ...Condition) (uint64, error) {
	return r.node.Insert(ctx, r.path, value, conditions...)
}

// Update writes what change makes of the value. Something must stand there: else
// ErrNotFound. No write of others is lost: if the item is another one when the
// write is applied, change is called again, with what stands there then. It must
// do nothing else that cannot be repeated; when it returns an error, nothing is
// written, and Update returns that error as it is.
//
// Fields that T does not know stay, except in the elements of arrays, so that
// instances of an older release remove nothing that newer ones have written.
//
// Update waits and fails as Node.Transact does.
func (r Ref[T]) Update(ctx context.Context, change func(T) (T, error), conditions ...Condition) (uint64, error) {
	result, err := r.node.Transact(ctx, func(tx *Tx) error { return r.UpdateIn(tx, change, conditions...) })
	return result.Revision, err
}

// UpdateIn is Update as a part of a transaction.
func (r Ref[T]) UpdateIn(tx *Tx, change func(T) (T, error), conditions ...Condition) error {
	stored, exists := tx.Get(r.path)
	if !exists {
		return r.failed("update", tx.Revision(), ErrNotFound)
	}
	value, err := decode[T](stored)
	if err != nil {
		return r.failed("update", tx.Revision(), err)
	}
	known, err := tree.ValueOf(value) // now, for change may write to what value points to
	if err != nil {
		return r.failed("update", tx.Revision(), err)
	}
	if value, err = change(value); err != nil {
		return err
	}
	written, err := tree.ValueOf(value)
	if err != nil {
		return r.failed("update", tx.Revision(), err)
	}
	return tx.Do(put(r.path, keepUnknown[T](stored, known, written), conditions)...)
}

// Remove removes the item. Something must stand there: else ErrNotFound.
func (r Ref[T]) Remove(ctx context.Context, conditions ...Condition) (uint64, error) {
	return r.node.Remove(ctx, r.path, conditions...)
}

// Delete is Remove that is content when nothing stands there.
func (r Ref[T]) Delete(ctx context.Context, conditions ...Condition) (uint64, error) {
	return r.node.Delete(ctx, r.path, conditions...)
}

// RefEvent is one event of a watched Ref.
type RefEvent[T any] struct {
	Event
	// Value is the value, if Exists. That of Event is as it is stored.
	Value T
}

// Watch yields the value at once and whenever it has changed, as Node.Watch does
// with the same options, of which OnlyChanges leaves out no more than the value of
// Event; each event is decoded once. A value that is no T gives an
// error in the place of Value, which wraps ErrWrongKind, and the watch goes on, so
// that one bad write does not end it. With any other error the watch has ended.
func (r Ref[T]) Watch(ctx context.Context, options ...WatchOption) iter.Seq2[RefEvent[T], error] {
	return func(yield func(RefEvent[T], error) bool) {
		for event, err := range r.node.Watch(ctx, tree.Subtree(r.path), options...) {
			typed := RefEvent[T]{Event: event}
			if err == nil && event.Exists {
				if typed.Value, err = decode[T](event.value()); err != nil {
					err = r.failed("watch", event.Revision, err)
				}
			}
			if !yield(typed, err) {
				return
			}
		}
	}
}

func (r Ref[T]) failed(operation string, revision uint64, cause error) error {
	return &Error{Operation: operation, Path: r.Path(), Revision: revision, Err: cause}
}
