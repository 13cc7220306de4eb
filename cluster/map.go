package cluster

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"example.com/gstate/tree"
)

// Map is the object at a path, each child of which is a T by its key. Nothing at
// the path is an empty map; anything but an object is an error that wraps
// ErrWrongKind. What is said of a Ref holds for it and for each of its entries.
type Map[T any] struct {
	node *Node
	path tree.Path
}

// NewMap returns the handle for the map at a path, at which nothing need stand.
func NewMap[T any](node *Node, path tree.Path) Map[T] {
	return Map[T]{node: node, path: slices.Clone(path)}
}

// Path returns the path, for conditions and operations. The caller owns it.
func (m Map[T]) Path() tree.Path { return slices.Clone(m.path) }

// Ref returns the handle for one entry, with which it takes part in transactions.
func (m Map[T]) Ref(key string) Ref[T] { return Ref[T]{node: m.node, path: m.path.Child(key)} }

// Get returns the entry as this node has it. It never waits.
func (m Map[T]) Get(key string) (Entry[T], error) { return m.Ref(key).Get() }

// Set makes the entry equal to value, as Ref.Set does.
func (m Map[T]) Set(ctx context.Context, key string, value T, conditions ...Condition) (uint64, error) {
	return m.Ref(key).Set(ctx, value, conditions...)
}

// Insert adds an entry that may not be there yet, as Ref.Insert does.
func (m Map[T]) Insert(ctx context.Context, key string, value T, conditions ...Condition) (uint64, error) {
	return m.Ref(key).Insert(ctx, value, conditions...)
}

// Create adds an entry under a new key, which it returns, as the operation of the
// same name does: the entries stand in the order of their creation.
func (m Map[T]) Create(ctx context.Context, value T, conditions ...Condition) (key string, revision uint64, err error) {
	result, err := m.node.Apply(ctx, Create(m.path, value).If(conditions...))
	return result.Value(0).Str(), result.Revision, err
}

// Update writes what change makes of the entry, as Ref.Update does.
func (m Map[T]) Update(ctx context.Context, key string, change func(T) (T, error), conditions ...Condition) (uint64, error) {
	return m.Ref(key).Update(ctx, change, conditions...)
}

// Remove removes the entry, which must be there, as Ref.Remove does.
func (m Map[T]) Remove(ctx context.Context, key string, conditions ...Condition) (uint64, error) {
	return m.Ref(key).Remove(ctx, conditions...)
}

// Delete removes the entry if it is there, as Ref.Delete does.
func (m Map[T]) Delete(ctx context.Context, key string, conditions ...Condition) (uint64, error) {
	return m.Ref(key).Delete(ctx, conditions...)
}

// Len returns the number of entries that this node has, also of those that are no
// T. It never waits.
func (m Map[T]) Len() (int, error) {
	item, err := m.item(m.node.Tree())
	return item.Len(), err
}

// All returns an iterator over the entries that this node has at the time of the
// call, in the order of their keys, each decoded as the loop comes to it. It never
// waits. With an entry that is no T comes an error, and the loop goes on with the
// next one.
func (m Map[T]) All() iter.Seq2[Entry[T], error] { return m.AllFrom(m.node.Tree()) }

// AllFrom is All from a tree of the caller's: see Ref.GetFrom.
func (m Map[T]) AllFrom(t *tree.Tree) iter.Seq2[Entry[T], error] {
	return func(yield func(Entry[T], error) bool) {
		item, err := m.item(t)
		if err != nil {
			yield(Entry[T]{}, err)
			return
		}
		for key, child := range item.Children() {
			if !yield(newEntry[T](t, m.path.Child(key), child)) {
				return
			}
		}
	}
}

// item returns the object at the path, and none with an error.
func (m Map[T]) item(t *tree.Tree) (tree.Item, error) {
	item, exists := t.Get(m.path)
	if exists && item.Kind() != tree.Object {
		return tree.Item{}, m.wrongKind("read", t.Revision(), item.Kind())
	}
	return item, nil
}

func (m Map[T]) wrongKind(operation string, revision uint64, kind tree.Kind) error {
	err := fmt.Errorf("%w: a map is an object, and this is of kind %v", ErrWrongKind, kind)
	return &Error{Operation: operation, Path: m.Path(), Revision: revision, Err: err}
}
