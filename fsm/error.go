package fsm

import (
	"cmp"
	"fmt"

	"example.com/gstate/tree"
)

// Error is a refused command, or another call that failed, as its caller sees
// it.
type Error struct {
	// Operation is what was refused: "set", "update", ..., a condition as in
	// "condition unmodified since 7", or "apply" when it was the command as a
	// whole. Package cluster also has "read", "watch", "transaction" and
	// "write", and package web has "get".
	Operation string
	// Path is the path of that operation or condition.
	Path tree.Path
	// Revision is that of the change that a condition found, else of the tree
	// that refused; 0 when the call never came that far.
	Revision uint64
	// Err is the cause. It matches a sentinel: tree.ErrNotFound, ErrConflict...
	Err error
}

// Error returns the cause with what was refused, where, and by which revision.
func (e *Error) Error() string {
	text := e.Operation
	if len(e.Path) > 0 {
		text += " " + shortened(e.Path.String())
	}
	text += ": " + e.Err.Error()
	if e.Revision > 0 {
		text += fmt.Sprintf(" (revision %d)", e.Revision)
	}
	return text
}

// pathTextMax bounds the text of a path in an error, in bytes: a path may have
// 64 KiB, a log line should not.
const pathTextMax = 256

func shortened(path string) string {
	if len(path) > pathTextMax {
		path = path[:pathTextMax] + "..."
	}
	return path
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Explain returns the error of an answer to this transaction: an *Error that
// wraps the code's sentinel, or nil for CodeOK.
func (a Answer) Explain(t Transaction) error {
	cause := a.Code.Err()
	if cause == nil {
		return nil
	}
	explained := &Error{Operation: "apply", Revision: cmp.Or(a.Detail, a.Revision), Err: cause}
	operations := t.Operations
	if a.Else {
		operations = t.Else
	}
	at := int(a.At) - 1
	switch {
	case at >= 0 && at < len(t.Conditions):
		explained.Operation = "condition " + t.Conditions[at].String()
		explained.Path = t.Conditions[at].at()
		if a.Code == CodeTooLarge {
			explained.Err = fmt.Errorf("%w: its query looks at more than %d items, the limit", cause, MaxQueryWork)
		}
	case at >= len(t.Conditions) && at-len(t.Conditions) < len(operations):
		operation := operations[at-len(t.Conditions)]
		explained.Operation, explained.Path, explained.Err = operation.verb(), operation.Path, operation.because(cause)
	}
	return explained
}

// verb returns what the operation does, without its path.
func (o Operation) verb() string {
	if o.OfWritten() {
		return fmt.Sprintf("%v of what the operation before has written", o.Kind)
	}
	return o.Kind.String()
}

// because returns the cause of a refusal, with what it may be about beside the
// path.
func (o Operation) because(cause error) error {
	if o.Kind == OpKeepWhile {
		return fmt.Errorf("%w: it or its keeper %v", cause, shortened(o.Keeper.String()))
	}
	return cause
}
