package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Set makes the operation of the same name. Like all writes it returns the
// revision at which its change can be read, on this node at once; see Apply.
func (n *Node) Set(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.Apply(ctx, Set(path, value).If(conditions...))
}

// Insert makes the operation of the same name.
func (n *Node) Insert(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.Apply(ctx, Insert(path, value).If(conditions...))
}

// Update makes the operation of the same name.
func (n *Node) Update(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.Apply(ctx, Update(path, value).If(conditions...))
}

// Replace makes the operation of the same name.
func (n *Node) Replace(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.Apply(ctx, Replace(path, value).If(conditions...))
}

// Remove makes the operation of the same name.
func (n *Node) Remove(ctx context.Context, path tree.Path, conditions ...Condition) (uint64, error) {
	return n.Apply(ctx, Remove(path).If(conditions...))
}

// Delete makes the operation of the same name.
func (n *Node) Delete(ctx context.Context, path tree.Path, conditions ...Condition) (uint64, error) {
	return n.Apply(ctx, Delete(path).If(conditions...))
}

// Apply makes the operations as one write: all of them or, when a condition
// does not hold or an operation is refused, none. It is decided by consensus,
// in one order for all instances, whatever this one has seen so far.
//
// It returns the revision of the tree after the write, which is the write's
// own if it changed anything. This node has then applied it.
//
// It waits until ctx ends, for the whole way: queue, leader, majority, apply.
// Every error is an *Error. One that matches ErrOutcomeUnknown leaves open
// whether the write is applied; with any other it is certainly not.
func (n *Node) Apply(ctx context.Context, ops ...Op) (revision uint64, err error) {
	conditions, operations, err := assemble(ops)
	if err != nil {
		return 0, writeError(operations, err)
	}
	body, err := fsm.EncodeBody(conditions, operations)
	if err != nil {
		return 0, writeError(operations, err)
	}
	answer, err := n.outbox.write(ctx, body)
	if err != nil {
		return 0, writeError(operations, err)
	}
	if err := answer.Explain(conditions, operations); err != nil {
		return 0, err
	}
	return answer.Revision, nil
}

// assemble separates the conditions from the operations.
func assemble(ops []Op) ([]fsm.Condition, []fsm.Operation, error) {
	if len(ops) == 0 {
		return nil, nil, fmt.Errorf("%w: a write without operations", ErrInvalid)
	}
	var conditions []fsm.Condition
	operations := make([]fsm.Operation, 0, len(ops))
	var problems []error
	for _, op := range ops {
		operations = append(operations, op.operation)
		problems = append(problems, op.err)
		for _, c := range op.conditions {
			conditions = append(conditions, c.condition)
			problems = append(problems, c.err)
		}
	}
	return conditions, operations, errors.Join(problems...)
}

// writeError is the error of a write that was never decided.
func writeError(operations []fsm.Operation, cause error) error {
	failed := &Error{Operation: "apply", Err: cause}
	if len(operations) == 1 {
		failed.Operation, failed.Path = operations[0].Kind.String(), operations[0].Path
	}
	return failed
}

// awaitLeader implements router.
func (n *Node) awaitLeader(ctx context.Context) (string, error) { return n.leadership.await(ctx) }

// awaitApplied implements router.
func (n *Node) awaitApplied(ctx context.Context, result proposed) error {
	_, err := n.progress.awaitIndex(ctx, result.index)
	return err
}

// hasLeader implements router.
func (n *Node) hasLeader() bool {
	_, ok := n.Leader()
	return ok
}

// Between two attempts of a batch the wait doubles from retryPause to at most
// retryPauseMax; a change of leader ends it.
const (
	retryPause    = 5 * time.Millisecond
	retryPauseMax = 250 * time.Millisecond
)

// pause implements router.
func (n *Node) pause(ctx context.Context, attempt int) {
	_, _, changed := n.leadership.current()
	timer := time.NewTimer(min(retryPause<<min(attempt, 10), retryPauseMax))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
	}
}

// explainWait implements router: a wait that found no leader says so.
func (n *Node) explainWait(cause error) error {
	if !n.hasLeader() {
		return fmt.Errorf("%w: %w", ErrNoLeader, cause)
	}
	return cause
}
