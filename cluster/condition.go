package cluster

import (
	"slices"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Condition is a demand on the state that is decided when the write is
// applied, at the same place in the order of writes on every instance.
// Exists, Missing, Unmodified, ItemUnmodified, Equals, Matches and Held make
// one.
type Condition struct {
	condition fsm.Condition
	// err is why the value could not be converted.
	err error
}

// Exists demands that an item stands at path: else ErrNotFound.
func Exists(path tree.Path) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondExists, Path: slices.Clone(path)}}
}

// Missing demands that nothing stands at path: else ErrExists.
func Missing(path tree.Path) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondMissing, Path: slices.Clone(path)}}
}

// Unmodified demands that an item stands at path (else ErrNotFound) and that
// neither it nor anything beneath it was changed after revision since (else
// ErrConflict). An item that was removed and inserted again was changed.
//
// since is the Revision of the tree that the decision was made on, or the
// Newest of the item in it; its Modified leaves out what is beneath. A revision
// that the state has not reached yet is ErrConflict too: it is a mistake, or
// that of another cluster.
func Unmodified(path tree.Path, since uint64) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondUnmodified, Path: slices.Clone(path), Revision: since}}
}

// Equals demands that an item stands at path (else ErrNotFound) and that its
// whole value equals value (else ErrConflict).
func Equals(path tree.Path, value any) Condition {
	converted, err := tree.ValueOf(value)
	return Condition{condition: fsm.Condition{Kind: fsm.CondEquals, Path: slices.Clone(path), Value: converted}, err: err}
}

// ItemUnmodified is Unmodified for the item at path alone: of an object or
// array, that no child came or went. What its children hold does not count.
func ItemUnmodified(path tree.Path, since uint64) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondItemUnmodified, Path: slices.Clone(path), Revision: since}}
}

// Held demands that the item at path (else ErrNotFound) is the one that was
// created by revision token (else ErrConflict). Whoever inserts an item as a
// lock has in the revision of that write a fencing token: a write under Held is
// refused once the lock was released and taken again, however late it comes.
func Held(path tree.Path, token uint64) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondHeld, Path: slices.Clone(path), Revision: token}}
}

// Matches demands that the query gives exactly this result: else ErrConflict.
// It is evaluated when the write is applied, which takes time for all that it
// looks at, on every member: up to fsm.MaxQueryWork items, else ErrTooLarge.
// Elements that came since the caller looked count.
func Matches(query tree.Query, result any) Condition {
	converted, err := tree.ValueOf(result)
	return Condition{condition: fsm.Condition{Kind: fsm.CondResult, Query: query, Sum: fsm.SumResult(converted, true)}, err: err}
}
