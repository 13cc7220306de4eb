package fsm

import (
	"cmp"
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
	// KindResolve gets the answer to a command of any session, which its header
	// names. A command that has no answer yet gets CodeGivenUp, and so is never
	// applied, should it come later. The floor of the header is 0: what the
	// session itself still awaits does not change.
	KindResolve Kind = 3
	// KindTick moves the replicated clock on by so much as has passed on the
	// leader's monotonic clock since its last tick, or since it leads. Only the
	// leader proposes it: see Forwardable.
	KindTick Kind = 4
	// KindRefresh grants the lease of the session in its header again. The answer
	// is CodeNotFound when it has none, since it keeps nothing any more. Neither
	// it nor KindLeave is numbered: the sequence of the header is 0, and the
	// floor too.
	KindRefresh Kind = 5
	// KindLeave ends the lease of the session in its header, and with it what
	// the session keeps.
	KindLeave Kind = 6
)

// kindLast is the last of them.
const kindLast = KindLeave

// commandVersion is the format version of all kinds. A replica that meets a
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
	// MaxOperations is the greatest number of operations in a command, those
	// of both branches together, and also that of its conditions.
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
	// Transaction is used by KindApply alone.
	Transaction
	// Elapsed is used by KindTick alone, and is in milliseconds.
	Elapsed uint64
}

// Transaction is what a command of KindApply decides and does, all or nothing.
type Transaction struct {
	// Conditions are decided first, on the tree as it is before any operation.
	Conditions []Condition
	// Operations are applied in order if all conditions hold; when one is
	// refused, none is applied.
	Operations []Operation
	// Else is applied in the place of Operations when a condition does not
	// hold. Without HasElse the command is then refused.
	Else    []Operation
	HasElse bool
}

// Validate reports the first reason why the command can never be applied, or
// nil. The error wraps tree.ErrInvalid or tree.ErrTooLarge.
func (c Command) Validate() error {
	switch c.Kind {
	case KindOpenSession, KindResolve:
		return nil
	case KindTick:
		if c.Header != (Header{}) {
			return fmt.Errorf("%w: a tick in a session", tree.ErrInvalid)
		}
		if c.Elapsed > MaxLease {
			return fmt.Errorf("%w: a tick of %d milliseconds, the limit is %d", tree.ErrTooLarge, c.Elapsed, uint64(MaxLease))
		}
		return nil
	case KindRefresh, KindLeave:
		if c.Header != (Header{Session: c.Header.Session}) {
			return fmt.Errorf("%w: a number for a command that has none", tree.ErrInvalid)
		}
		return nil
	case KindApply:
		return c.Transaction.Validate()
	}
	return fmt.Errorf("%w: unknown command kind %d", tree.ErrInvalid, c.Kind)
}

// Validate reports the first reason why the transaction can never be applied,
// or nil. The error wraps tree.ErrInvalid or tree.ErrTooLarge.
func (t Transaction) Validate() error {
	if n := max(len(t.Operations)+len(t.Else), len(t.Conditions)); n > MaxOperations {
		return fmt.Errorf("%w: %d operations or conditions in one command, the limit is %d", tree.ErrTooLarge, n, MaxOperations)
	}
	if len(t.Else) > 0 && !t.HasElse {
		return fmt.Errorf("%w: operations for a condition that fails, but HasElse is false", tree.ErrInvalid)
	}
	return cmp.Or(
		validateEach("condition", t.Conditions, Condition.Validate),
		validateOperations("operation", t.Operations),
		validateOperations("else operation", t.Else),
	)
}

func validateOperations(what string, operations []Operation) error {
	if len(operations) > 0 && operations[0].OfWritten() {
		return fmt.Errorf("%s 1: %w: %v of what the operation before has written, but it is the first one: its path is empty", what, tree.ErrInvalid, operations[0].Kind)
	}
	return validateEach(what, operations, Operation.Validate)
}

func validateEach[T any](what string, list []T, validate func(T) error) error {
	for i, element := range list {
		if err := validate(element); err != nil {
			return fmt.Errorf("%s %d: %w", what, i+1, err)
		}
	}
	return nil
}
