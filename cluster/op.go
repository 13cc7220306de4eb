package cluster

import (
	"slices"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Op is one operation of a write, with the conditions under which it may be
// made. Set, Insert, Update, Replace, Remove and Delete make one, and so do the
// atomic ones: Add, Min, Max, Append, Union, Difference and Create. Those of
// life.go say how long an item lives. If adds conditions. A value that cannot be
// stored is reported by the write.
type Op struct {
	operation  fsm.Operation
	conditions []Condition
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
func Remove(path tree.Path) Op { return bareOp(fsm.OpRemove, path) }

// Delete is Remove that is content when nothing stands at path.
func Delete(path tree.Path) Op { return bareOp(fsm.OpDelete, path) }

func newOp(kind fsm.OperationKind, path tree.Path, value any) Op {
	converted, err := tree.ValueOf(value)
	op := bareOp(kind, path)
	op.operation.Value, op.err = converted, err
	return op
}

// bareOp keeps a copy of the path: a caller may build the next one in the same
// memory, as append does.
func bareOp(kind fsm.OperationKind, path tree.Path) Op {
	return Op{operation: fsm.Operation{Kind: kind, Path: slices.Clone(path)}}
}

// If returns the operation with further conditions. The conditions of all
// operations of a write are decided before any of its operations is made.
func (o Op) If(conditions ...Condition) Op {
	o.conditions = append(o.conditions[:len(o.conditions):len(o.conditions)], conditions...)
	return o
}

// The atomic operations below compute what they write from what stands there
// when the write is applied. They cannot go stale, and need no retry. What they
// give is in Result.Values. An item of another kind ends with ErrWrongKind.

// Add adds a number to the one at path. Where nothing stands it counts as zero.
// It gives the sum. An integer does not become a float: to an integer only
// integers are added, and a sum beyond 64 bits is ErrTooLarge.
func Add(path tree.Path, number any) Op { return newOp(fsm.OpAdd, path, number) }

// Min keeps the lesser of the number at path and the given one, which stays
// where nothing stands. It gives the number kept.
func Min(path tree.Path, number any) Op { return newOp(fsm.OpMin, path, number) }

// Max is Min for the greater one.
func Max(path tree.Path, number any) Op { return newOp(fsm.OpMax, path, number) }

// Append adds an element to the end of the array at path. Where nothing stands
// there will be an array. It gives the element's index.
func Append(path tree.Path, element any) Op { return newOp(fsm.OpAppend, path, element) }

// Union adds those elements to the end of the array at path that it does not
// have, each once. Where nothing stands there will be an array.
func Union(path tree.Path, elements ...any) Op { return newOp(fsm.OpUnion, path, elements) }

// Difference removes from the array at path all that is equal to one of the
// elements. Where nothing stands it does nothing.
func Difference(path tree.Path, elements ...any) Op { return newOp(fsm.OpDifference, path, elements) }

// Create inserts value beneath path, under a new key that is greater than all
// that Create has made there before, also those of items that are gone. It
// gives the key. So the children of path stand in the order of their creation.
func Create(path tree.Path, value any) Op { return newOp(fsm.OpCreate, path, value) }
