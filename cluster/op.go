package cluster

import (
	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Op is one operation of a write, with the conditions under which it may be
// made. Set, Insert, Update, Replace, Remove and Delete make one; If adds
// conditions. A value that cannot be stored is reported by the write.
type Op struct {
	operation  fsm.Operation
	conditions []Condition
	// err is why the value could not be converted.
	err error
}

// Condition is a demand on the state that is decided when the write is
// applied, at the same place in the order of writes on every instance.
// Exists, Missing, Unmodified and Equals make one.
type Condition struct {
	condition fsm.Condition
	// err is why the value could not be converted.
	err error
}

// Set merges value into what stands at path: objects key by key, everything
// else by replacing. What is missing is created. Setting what is there
// already is no change. The empty path is the root.
//
// In Set and the operations below, value is converted by tree.ValueOf.
func Set(path tree.Path, value any) Op { return newOp(fsm.OpSet, path, value) }

// Insert is Set where nothing may stand at path yet: else ErrExists.
func Insert(path tree.Path, value any) Op { return newOp(fsm.OpInsert, path, value) }

// Update is Set where something must stand at path: else ErrNotFound.
func Update(path tree.Path, value any) Op { return newOp(fsm.OpUpdate, path, value) }

// Replace makes the value at path equal to value: what value does not mention
// is removed. Something must stand at path: else ErrNotFound.
func Replace(path tree.Path, value any) Op { return newOp(fsm.OpReplace, path, value) }

// Remove removes the item at path and everything beneath it. Something must
// stand at path: else ErrNotFound.
func Remove(path tree.Path) Op { return Op{operation: fsm.Operation{Kind: fsm.OpRemove, Path: path}} }

// Delete is Remove that is content when nothing stands at path.
func Delete(path tree.Path) Op { return Op{operation: fsm.Operation{Kind: fsm.OpDelete, Path: path}} }

func newOp(kind fsm.OperationKind, path tree.Path, value any) Op {
	converted, err := tree.ValueOf(value)
	return Op{operation: fsm.Operation{Kind: kind, Path: path, Value: converted}, err: err}
}

// If returns the operation with further conditions. The conditions of all
// operations of a write are decided before any of its operations is made.
func (o Op) If(conditions ...Condition) Op {
	o.conditions = append(o.conditions[:len(o.conditions):len(o.conditions)], conditions...)
	return o
}

// Exists demands that an item stands at path: else ErrNotFound.
func Exists(path tree.Path) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondExists, Path: path}}
}

// Missing demands that nothing stands at path: else ErrExists.
func Missing(path tree.Path) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondMissing, Path: path}}
}

// Unmodified demands that an item stands at path (else ErrNotFound) and that
// neither it nor anything beneath it was changed after revision since (else
// ErrConflict). An item that was removed and inserted again was changed.
func Unmodified(path tree.Path, since uint64) Condition {
	return Condition{condition: fsm.Condition{Kind: fsm.CondUnmodified, Path: path, Revision: since}}
}

// Equals demands that an item stands at path (else ErrNotFound) and that its
// whole value equals value (else ErrConflict).
func Equals(path tree.Path, value any) Condition {
	converted, err := tree.ValueOf(value)
	return Condition{condition: fsm.Condition{Kind: fsm.CondEquals, Path: path, Value: converted}, err: err}
}
