package fsm

import (
	"fmt"

	"example.com/gstate/tree"
)

// OperationKind says what an operation does. Its value is written to the log:
// a number is never given a second meaning.
type OperationKind uint8

// The operations. The first six are the methods of the same names of tree.Edit;
// the others compute what they write from what stands there, and so cannot go
// stale: see atomic.go.
const (
	OpSet     OperationKind = 1
	OpInsert  OperationKind = 2
	OpUpdate  OperationKind = 3
	OpReplace OperationKind = 4
	OpRemove  OperationKind = 5
	OpDelete  OperationKind = 6
	// OpAdd adds a number to the one at the path. Nothing counts as zero.
	OpAdd OperationKind = 7
	// OpMin and OpMax keep the lesser or the greater of the number at the path
	// and the given one. Nothing counts as less, and as greater, than any.
	OpMin OperationKind = 8
	OpMax OperationKind = 9
	// OpAppend adds one element to the end of the array at the path. Nothing
	// counts as an empty array, here and below.
	OpAppend OperationKind = 10
	// OpUnion adds those of the given elements that the array at the path does
	// not have, in their order, and OpDifference removes all that it has.
	OpUnion      OperationKind = 11
	OpDifference OperationKind = 12
	// OpCreate inserts a child under a new key, which is greater than the one
	// of every child that was created so beneath the path before.
	OpCreate OperationKind = 13
	// OpExpire gives the item at the path a lease of so many milliseconds, in
	// the place of any that it has: see lease.go.
	OpExpire OperationKind = 14
	// OpPersist lets the item at the path live until it is removed: it ends its
	// lease and frees it of its keepers.
	OpPersist OperationKind = 15
	// OpKeepWhile lets the item at the path live with its keeper, beside any
	// others: see keep.go.
	OpKeepWhile OperationKind = 16
	// OpEphemeral lets the item at the path live with the session of the
	// command, which may be silent for so many milliseconds: see ephemeral.go.
	OpEphemeral OperationKind = 17
	// OpOnLeave gives the item at the path operations to make when it leaves,
	// in the place of any that it has: see leave.go.
	OpOnLeave OperationKind = 18
)

// operationKinds is indexed by kind. Kind 0 is none.
var operationKinds = [...]struct {
	name string
	// value reports whether such operations have a value.
	value bool
	// root reports whether the path may be empty.
	root bool
	// life reports whether such operations are about how long an item lives. An
	// empty path then stands for the item that the operation before has written.
	life bool
}{
	OpSet:        {name: "set", value: true, root: true},
	OpInsert:     {name: "insert", value: true},
	OpUpdate:     {name: "update", value: true},
	OpReplace:    {name: "replace", value: true},
	OpRemove:     {name: "remove"},
	OpDelete:     {name: "delete"},
	OpAdd:        {name: "add", value: true},
	OpMin:        {name: "min", value: true},
	OpMax:        {name: "max", value: true},
	OpAppend:     {name: "append", value: true},
	OpUnion:      {name: "union", value: true},
	OpDifference: {name: "difference", value: true},
	OpCreate:     {name: "create", value: true, root: true},
	OpExpire:     {name: "expire", value: true, life: true},
	OpPersist:    {name: "persist", life: true},
	OpKeepWhile:  {name: "keep-while", life: true},
	OpEphemeral:  {name: "ephemeral", value: true, life: true},
	OpOnLeave:    {name: "on-leave", life: true},
}

func (k OperationKind) known() bool { return k > 0 && int(k) < len(operationKinds) }

// String returns the operation's name, as in "update".
func (k OperationKind) String() string {
	if !k.known() {
		return fmt.Sprintf("operation(%d)", uint8(k))
	}
	return operationKinds[k].name
}

// CarriesValue reports whether operations of this kind have a value.
func (k OperationKind) CarriesValue() bool { return k.known() && operationKinds[k].value }

// plain reports whether operations of this kind may be made when an item leaves.
func (k OperationKind) plain() bool {
	return k.known() && k != OpKeepWhile && k != OpEphemeral && k != OpOnLeave
}

// OperationKindOf returns the kind with that name; it is false when there is
// none.
func OperationKindOf(name string) (OperationKind, bool) {
	for kind, known := range operationKinds {
		if kind > 0 && known.name == name {
			return OperationKind(kind), true
		}
	}
	return 0, false
}

// Operation is one change of the tree.
type Operation struct {
	Kind OperationKind
	// Path is where it is made; of OpCreate, beneath what. The empty path is the
	// root; of OpExpire and those after it, it stands for the item that the
	// operation before has written, such as the one of OpCreate.
	Path tree.Path
	// Value is unused by kinds that carry none.
	Value tree.Value
	// Keeper is used by OpKeepWhile alone.
	Keeper tree.Path
	// Leave is used by OpOnLeave alone.
	Leave []Operation
}

// OfWritten reports whether the operation is about the item that the one before
// has written.
func (o Operation) OfWritten() bool {
	return o.Kind.known() && operationKinds[o.Kind].life && len(o.Path) == 0
}

// Validate reports why the operation can never be applied, or nil. What
// depends on the tree, such as ErrNotFound, is decided when it is applied.
func (o Operation) Validate() error {
	if !o.Kind.known() {
		return fmt.Errorf("%w: unknown %v", tree.ErrInvalid, o.Kind)
	}
	if len(o.Path) == 0 && !operationKinds[o.Kind].root && !o.OfWritten() {
		return fmt.Errorf("%w: the root can be set into, but there is no %v of the root: the path is empty", tree.ErrInvalid, o.Kind)
	}
	path := o.valuePath()
	if err := path.Validate(); err != nil {
		return err
	}
	switch o.Kind {
	case OpKeepWhile:
		return o.validateKeeper()
	case OpOnLeave:
		return o.validateLeave()
	case OpExpire, OpEphemeral:
		return validLease(o.Value)
	}
	if !o.Kind.CarriesValue() {
		return nil
	}
	if err := o.validateKind(o.Value.Kind()); err != nil {
		return err
	}
	return o.Value.ValidateAt(path)
}

// validateKeeper refuses what can keep nothing.
func (o Operation) validateKeeper() error {
	if len(o.Keeper) == 0 {
		return fmt.Errorf("%w: %v needs the path of the item that it is to live with", tree.ErrInvalid, o.Kind)
	}
	if o.Keeper.Equal(o.Path) {
		return fmt.Errorf("%w: %v with itself", tree.ErrInvalid, o.Kind)
	}
	return o.Keeper.Validate()
}

// validateKind refuses a value of a kind that the operation can never take.
func (o Operation) validateKind(kind tree.Kind) error {
	switch o.Kind {
	case OpAdd, OpMin, OpMax:
		if !isNumber(kind) {
			return fmt.Errorf("%w: %v takes a number, not %v", tree.ErrInvalid, o.Kind, kind)
		}
	case OpUnion, OpDifference:
		if kind != tree.Array {
			return fmt.Errorf("%w: %v takes an array of elements, not %v", tree.ErrInvalid, o.Kind, kind)
		}
	case OpSet:
		if len(o.Path) == 0 && kind != tree.Object && kind != tree.Array {
			return fmt.Errorf("%w: the root takes an object or an array, and not a leaf", tree.ErrInvalid)
		}
	}
	return nil
}

// valuePath is where the value will stand, or a path as deep.
func (o Operation) valuePath() tree.Path {
	if o.Kind == OpAppend || o.Kind == OpCreate {
		return o.Path.Child(createdKey(0, 0))
	}
	return o.Path
}

func isNumber(kind tree.Kind) bool { return kind == tree.Int || kind == tree.Float }
