package cluster

import (
	"context"
	"iter"
	"slices"

	"example.com/gstate/tree"
)

// MapEvent is one event of a watched Map.
type MapEvent[T any] struct {
	Event
	// Whole says that Changes are all entries, and that what the reader has had
	// before is void: in the first event, unless Since goes on from an earlier one,
	// and where Reset is set.
	Whole bool
	// Changes are the entries that differ from those of the event before, each
	// once, in the order of their keys. There may be none.
	Changes []MapChange[T]
}

// MapChange is how one entry has changed: put, if Is, else removed.
type MapChange[T any] struct {
	Key string
	// Old is the entry in the event before, if it Was in it. The two have nothing
	// in common, so that a reader may keep and change both.
	Old T
	Was bool
	// New is the entry now, if it Is there.
	New T
	Is  bool
}

// Watch yields all entries at once, and then in each event what has been put and
// removed, as Node.Watch does with the same options, of which OnlyChanges leaves out
// no more than the value of Event. Only what has changed is decoded, the old and the
// new value of an entry once each.
//
// An entry that is no T counts as one that is not there: what was a T before is
// removed, and put when it is one again. Before the event that has brought it comes
// an error, which wraps ErrWrongKind and names the entry, with the event but
// without Changes; and likewise where the map as a whole is no object. The watch
// goes on, so that one bad write does not end it: a reader takes note of the error
// and goes on too. With any other error the watch has ended.
func (m Map[T]) Watch(ctx context.Context, options ...WatchOption) iter.Seq2[MapEvent[T], error] {
	return func(yield func(MapEvent[T], error) bool) {
		for event, err := range m.node.Watch(ctx, tree.Subtree(m.path), options...) {
			if err != nil {
				yield(MapEvent[T]{}, err)
				return
			}
			typed, failures := m.event(event)
			for _, failure := range failures {
				if !yield(MapEvent[T]{Event: event}, failure) {
					return
				}
			}
			if !yield(typed, nil) {
				return
			}
		}
	}
}

// event returns an event with what has changed since the one before, and the errors
// of what has come and is no T.
func (m Map[T]) event(e Event) (typed MapEvent[T], failures []error) {
	typed = MapEvent[T]{Event: e, Whole: e.Reset || e.before == nil}
	var old tree.Value
	now := e.value()
	deltas := []tree.Delta{{Path: m.path, New: now, Is: e.Exists}}
	if !typed.Whole {
		old, _ = e.before.Value()
		deltas = e.Changes()
	}
	if kind := now.Kind(); e.Exists && kind != tree.Object && m.wholeChanged(deltas) {
		failures = append(failures, m.wrongKind("watch", e.Revision, kind))
	}
	old, now = objectOnly(old), objectOnly(now)
	for _, key := range m.changedKeys(deltas) {
		change, err := newMapChange[T](key, old, now)
		if err != nil {
			failures = append(failures, &Error{Operation: "watch", Path: m.path.Child(key), Revision: e.Revision, Err: err})
		}
		if change.Was || change.Is {
			typed.Changes = append(typed.Changes, change)
		}
	}
	return typed, failures
}

// wholeChanged reports whether the map has come, gone, or become another kind. Then
// nothing else has changed.
func (m Map[T]) wholeChanged(deltas []tree.Delta) bool {
	return len(deltas) == 1 && len(deltas[0].Path) == len(m.path)
}

// changedKeys returns the keys of the entries in which something has changed, in
// their order.
func (m Map[T]) changedKeys(deltas []tree.Delta) []string {
	var keys []string
	if m.wholeChanged(deltas) { // from or to what has no entries
		for _, v := range []tree.Value{deltas[0].Old, deltas[0].New} {
			for key := range v.Members() {
				keys = append(keys, key)
			}
		}
		return keys
	}
	for _, delta := range deltas {
		keys = append(keys, delta.Path[len(m.path)])
	}
	return slices.Compact(keys) // several may be beneath one entry
}

// newMapChange returns how an entry differs between two objects. The error says why
// the new value is no T; that of the old one was told when it came.
func newMapChange[T any](key string, old, now tree.Value) (MapChange[T], error) {
	change := MapChange[T]{Key: key}
	if v, was := old.Get(key); was {
		value, err := decode[T](v)
		change.Old, change.Was = value, err == nil
	}
	v, is := now.Get(key)
	if !is {
		return change, nil
	}
	value, err := decode[T](v)
	change.New, change.Is = value, err == nil
	return change, err
}

// objectOnly returns v, or for any other kind the empty value: what has no entries.
func objectOnly(v tree.Value) tree.Value {
	if v.Kind() != tree.Object {
		return tree.Value{}
	}
	return v
}
