package fsm

import (
	"fmt"

	"example.com/gstate/tree"
)

// Kind says what a command asks of the state machine. Its value is written to
// the log: a number is never given a second meaning.
type Kind uint8

const (
	// KindOpenSession opens a session; the answer's Detail is its number.
	KindOpenSession Kind = 1
	// KindApply checks conditions and applies operations, all or nothing.
	KindApply Kind = 2
)

// commandVersion is the format version of both kinds. A replica that meets a
// kind or a version that it does not know stops; it never skips. Whatever lets
// two builds decide the same bytes differently is a new version: an operation,
// a condition, a limit, a rule of the tree.
const commandVersion = 1

// Limits of one command. They bound what one caller may put into an entry, so
// that a long entry does not delay heartbeats.
const (
	// MaxCommandBytes is the greatest encoded size of a command: four leaf
	// values of the greatest size, or one large subtree.
	MaxCommandBytes = 4 << 20
	// MaxOperations is the greatest number of operations in a command, and
	// also that of its conditions.
	MaxOperations = 4096
)

// Header names a command: the session that issued it and its number there.
// The zero Header marks a command outside any session (opening one).
type Header struct {
	// Session is the number that opening the session returned.
	Session uint64
	// Sequence counts the session's commands from 1. A retry carries the
	// sequence of the first attempt, and gets the first attempt's answer.
	Sequence uint64
	// Floor is the lowest sequence whose answer the session still awaits:
	// 1 <= Floor <= Sequence. Answers below it are forgotten.
	Floor uint64
}

// Command is one write as data: what stands in the log is never code.
type Command struct {
	Kind   Kind
	Header Header
	// Conditions are decided first, on the tree as it is before Operations.
	Conditions []Condition
	// Operations are applied in order; when one is refused, none is applied.
	Operations []Operation
}

// OperationKind says what an operation does. Its value is written to the log.
type OperationKind uint8

// The operations: see the methods of the same names of tree.Edit.
const (
	OpSet     OperationKind = 1
	OpInsert  OperationKind = 2
	OpUpdate  OperationKind = 3
	OpReplace OperationKind = 4
	OpRemove  OperationKind = 5
	OpDelete  OperationKind = 6
)

// String returns the operation's name, as in "update".
func (k OperationKind) String() string {
	switch k {
	case OpSet:
		return "set"
	case OpInsert:
		return "insert"
	case OpUpdate:
		return "update"
	case OpReplace:
		return "replace"
	case OpRemove:
		return "remove"
	case OpDelete:
		return "delete"
	}
	return fmt.Sprintf("operation(%d)", uint8(k))
}

// carriesValue reports whether operations of this kind have a value.
func (k OperationKind) carriesValue() bool { return k != OpRemove && k != OpDelete }

// Operation is one change of the tree.
type Operation struct {
	Kind OperationKind
	Path tree.Path
	// Value is unused by OpRemove and OpDelete.
	Value tree.Value
}

// Validate reports why the operation can never be applied, or nil. What
// depends on the tree, such as ErrNotFound, is decided when it is applied.
func (o Operation) Validate() error {
	if o.Kind < OpSet || o.Kind > OpDelete {
		return fmt.Errorf("%w: unknown %v", tree.ErrInvalid, o.Kind)
	}
	if len(o.Path) == 0 && o.Kind != OpSet {
		return fmt.Errorf("%w: the root can be set into, but there is no %v of the root: the path is empty", tree.ErrInvalid, o.Kind)
	}
	if err := o.Path.Validate(); err != nil {
		return err
	}
	if !o.Kind.carriesValue() {
		return nil
	}
	if kind := o.Value.Kind(); len(o.Path) == 0 && kind != tree.Object && kind != tree.Array {
		return fmt.Errorf("%w: the root takes an object or an array, and not a leaf", tree.ErrInvalid)
	}
	return o.Value.ValidateAt(o.Path)
}

// ConditionKind says what a condition demands. Its value is written to the log.
type ConditionKind uint8

const (
	// CondExists demands that an item stands at the path.
	CondExists ConditionKind = 1
	// CondMissing demands that no item stands at the path.
	CondMissing ConditionKind = 2
	// CondUnmodified demands that an item stands at the path and that neither
	// it nor anything beneath it was changed after the condition's revision.
	CondUnmodified ConditionKind = 3
	// CondEquals demands that the whole value at the path equals Value.
	CondEquals ConditionKind = 4
)

// String returns the condition's name, as in "unmodified".
func (k ConditionKind) String() string {
	switch k {
	case CondExists:
		return "exists"
	case CondMissing:
		return "missing"
	case CondUnmodified:
		return "unmodified"
	case CondEquals:
		return "equals"
	}
	return fmt.Sprintf("condition(%d)", uint8(k))
}

// Condition is a demand on the tree that is decided when the command is
// applied, and so in the same way on every replica.
type Condition struct {
	Kind ConditionKind
	Path tree.Path
	// Revision is used by CondUnmodified alone.
	Revision uint64
	// Value is used by CondEquals alone.
	Value tree.Value
}

// String returns what is demanded, without the path: "unmodified since 7".
func (c Condition) String() string {
	if c.Kind == CondUnmodified {
		return fmt.Sprintf("%v since %d", c.Kind, c.Revision)
	}
	return c.Kind.String()
}

// Validate reports why the condition can never be decided, or nil.
func (c Condition) Validate() error {
	if c.Kind < CondExists || c.Kind > CondEquals {
		return fmt.Errorf("%w: unknown %v", tree.ErrInvalid, c.Kind)
	}
	if err := c.Path.Validate(); err != nil {
		return err
	}
	if c.Kind != CondEquals {
		return nil
	}
	return c.Value.Validate()
}

// Validate reports the first reason why the command can never be applied, or
// nil. The error wraps tree.ErrInvalid or tree.ErrTooLarge.
func (c Command) Validate() error {
	if c.Kind == KindOpenSession {
		return nil
	}
	if c.Kind != KindApply {
		return fmt.Errorf("%w: unknown command kind %d", tree.ErrInvalid, c.Kind)
	}
	if n := max(len(c.Operations), len(c.Conditions)); n > MaxOperations {
		return fmt.Errorf("%w: %d operations or conditions in one command, the limit is %d", tree.ErrTooLarge, n, MaxOperations)
	}
	for i, condition := range c.Conditions {
		if err := condition.Validate(); err != nil {
			return fmt.Errorf("condition %d: %w", i+1, err)
		}
	}
	for i, operation := range c.Operations {
		if err := operation.Validate(); err != nil {
			return fmt.Errorf("operation %d: %w", i+1, err)
		}
	}
	return nil
}
