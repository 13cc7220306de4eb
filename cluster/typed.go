package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"example.com/gstate/tree"
)

// Entry is one item as a typed handle reads it, as it stands in one tree.
type Entry[T any] struct {
	// Key is the last key of the item's path.
	Key string
	// Value is the item's value, if Exists: else nothing stands there. A null is
	// there.
	Value  T
	Exists bool
	// Revision is the newest one that has changed the item or anything beneath it,
	// 0 where nothing stands: what Unmodified compares with.
	Revision uint64
}

// newEntry returns an item of the tree as an entry. With an error it has no value.
func newEntry[T any](t *tree.Tree, path tree.Path, item tree.Item) (Entry[T], error) {
	entry := Entry[T]{Exists: item.Exists(), Revision: item.Newest()}
	if len(path) > 0 {
		entry.Key = path[len(path)-1]
	}
	if !entry.Exists {
		return entry, nil
	}
	var err error
	if entry.Value, err = decode[T](item.Value()); err != nil {
		return entry, &Error{Operation: "read", Path: path, Revision: t.Revision(), Err: err}
	}
	return entry, nil
}

// decode returns v as a T. The error wraps ErrWrongKind.
func decode[T any](v tree.Value) (T, error) {
	var value, zero T
	if v.Kind() == tree.Null && !takesNull[T]() {
		return zero, fmt.Errorf("%w: null is no %T", ErrWrongKind, zero)
	}
	if err := v.Decode(&value); err != nil {
		return zero, fmt.Errorf("%w: %w", ErrWrongKind, err)
	}
	return value, nil
}

// takesNull reports whether a null can be told from every other T. encoding/json
// takes it for anything, and leaves the zero value.
func takesNull[T any]() bool {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	_, decides := any(new(T)).(json.Unmarshaler)
	return decides
}

// put returns the operations that make the item at path equal to value, whatever
// stands there or does not. The value is in them once, and writing what is there
// already is no change.
func put(path tree.Path, value any, conditions []Condition) []Op {
	write := Set(path, value).If(conditions...)
	if len(path) > 0 && write.operation.Value.Kind() != tree.Object {
		return []Op{write} // it replaces by itself
	}
	// Replace needs an item: where none is, Set makes an empty object, and where
	// one with children is, it changes nothing. The root takes no Replace, so that
	// there every put is refused.
	return []Op{Set(path, map[string]any{}).If(conditions...), Replace(path, write.operation.Value)}
}

// keepUnknown returns written, with the fields of stored that T does not know: an
// instance of a newer release may have written them. They are those that known,
// which is stored by way of T, does not have. Where T reads something else with
// them, they go.
func keepUnknown[T any](stored, known, written tree.Value) tree.Value {
	kept := withUnknown(stored, known, written)
	value, err := decode[T](kept)
	again, failed := tree.ValueOf(value)
	if errors.Join(err, failed) != nil || !again.Equal(written) {
		return written
	}
	return kept
}

func withUnknown(stored, known, written tree.Value) tree.Value {
	if written.Equal(known) {
		return stored // also where T has lost something of it: a link is a string to it
	}
	if stored.Kind() != tree.Object || known.Kind() != tree.Object || written.Kind() != tree.Object {
		return written
	}
	members := make(map[string]tree.Value, written.Len())
	for key, value := range stored.Members() {
		if _, knows := known.Get(key); !knows {
			members[key] = value
		}
	}
	for key, value := range written.Members() {
		was, _ := stored.Get(key)
		knew, _ := known.Get(key)
		members[key] = withUnknown(was, knew, value)
	}
	return tree.ObjectValue(members)
}
