package cluster

import (
	"errors"
	"fmt"
	"slices"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Transaction is a write that decides between two ways when it is applied.
type Transaction struct {
	// If are the conditions, all decided before any operation is made. Those of
	// the operations in Then are added.
	If []Condition
	// Then are the operations for the case that all conditions hold.
	Then []Op
	// Else, unless nil, are those for the other case. They have no conditions
	// of their own. With nil, conditions that do not hold are an error.
	Else []Op
}

// Result is what a write gives.
type Result struct {
	// Revision is that of the tree after the write: the write's own, if it
	// changed anything. This node has it when the call returns.
	Revision uint64
	// Else says that Transaction.Else was made.
	Else bool
	// values has what the operations gave, without nulls at the end.
	values []tree.Value
}

// Values returns what the operations of the branch that was made gave, by their
// places, without the nulls at the end. The caller owns it.
func (r Result) Values() []tree.Value { return slices.Clone(r.values) }

// Value returns what an operation of the branch that was made gave, by its
// place in it from 0 on. It is null for an operation that gives nothing.
func (r Result) Value(place int) tree.Value {
	if place < 0 || place >= len(r.values) {
		return tree.NullValue()
	}
	return r.values[place]
}

// Try makes the transaction on a tree of the caller's, and so tells what it
// would do there: for tests, and for a look ahead. The tree itself stays as it
// is, and does not tell what its items live with, nor what they do when they
// leave. The errors are those of Decide that come from the state or the input.
func (t Transaction) Try(on *tree.Tree) (*tree.Tree, Result, error) {
	command, err := t.command()
	if err == nil {
		err = command.Validate()
	}
	if err != nil {
		return on, Result{}, writeError(command.Operations, err)
	}
	draft := fsm.NewDraft(on)
	result, err := resultOf(draft.Apply(command), command)
	return draft.Tree(), result, err
}

// command returns what goes into the log. An error says which values could not
// be converted.
func (t Transaction) command() (command fsm.Transaction, err error) {
	var problems []error
	add := func(c Condition) {
		command.Conditions = append(command.Conditions, c.condition)
		problems = append(problems, c.err)
	}
	for _, c := range t.If {
		add(c)
	}
	for _, op := range t.Then {
		command.Operations = append(command.Operations, op.operation)
		problems = append(problems, op.err)
		for _, c := range op.conditions {
			add(c)
		}
	}
	command.HasElse = t.Else != nil
	for _, op := range t.Else {
		command.Else = append(command.Else, op.operation)
		problems = append(problems, op.err)
		if len(op.conditions) > 0 {
			problems = append(problems, fmt.Errorf("%w: %v in Else has conditions of its own", ErrInvalid, op.operation.Kind))
		}
	}
	return command, errors.Join(problems...)
}
