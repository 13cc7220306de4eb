package cluster

import (
	"context"
	"fmt"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Set makes the operation of the same name, under the conditions. It returns
// the revision at which its change can be read, on this node at once; it waits
// and fails as Apply does.
func (n *Node) Set(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.write(ctx, Set(path, value).If(conditions...))
}

// Insert makes the operation of the same name, and returns and waits as Set
// does.
func (n *Node) Insert(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.write(ctx, Insert(path, value).If(conditions...))
}

// Update makes the operation of the same name, and returns and waits as Set
// does.
func (n *Node) Update(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.write(ctx, Update(path, value).If(conditions...))
}

// Replace makes the operation of the same name, and returns and waits as Set
// does.
func (n *Node) Replace(ctx context.Context, path tree.Path, value any, conditions ...Condition) (uint64, error) {
	return n.write(ctx, Replace(path, value).If(conditions...))
}

// Remove makes the operation of the same name, and returns and waits as Set
// does.
func (n *Node) Remove(ctx context.Context, path tree.Path, conditions ...Condition) (uint64, error) {
	return n.write(ctx, Remove(path).If(conditions...))
}

// Delete makes the operation of the same name, and returns and waits as Set
// does.
func (n *Node) Delete(ctx context.Context, path tree.Path, conditions ...Condition) (uint64, error) {
	return n.write(ctx, Delete(path).If(conditions...))
}

func (n *Node) write(ctx context.Context, op Op) (revision uint64, err error) {
	result, err := n.Apply(ctx, op)
	return result.Revision, err
}

// Apply makes the operations as one write: all of them or, when a condition
// does not hold or an operation is refused, none. It is decided by consensus,
// in one order for all instances, whatever this one has seen so far.
//
// It waits until ctx ends, for the whole way: queue, leader, majority, apply.
// Every error is an *Error. One that matches ErrOutcomeUnknown leaves open
// whether the write is applied; with any other it is certainly not.
func (n *Node) Apply(ctx context.Context, ops ...Op) (Result, error) {
	if len(ops) == 0 {
		return Result{}, &Error{Operation: "apply", Err: fmt.Errorf("%w: a write without operations", ErrInvalid)}
	}
	return n.Decide(ctx, Transaction{Then: ops})
}

// Decide makes one of the two ways of a transaction, decided as Apply is, with
// the same errors. One without operations asks whether its conditions hold.
func (n *Node) Decide(ctx context.Context, transaction Transaction) (Result, error) {
	command, err := transaction.command()
	if err != nil {
		return Result{}, writeError(command.Operations, err)
	}
	body, err := fsm.EncodeBody(command)
	if err != nil {
		return Result{}, writeError(command.Operations, err)
	}
	answer, err := n.outbox.write(ctx, body)
	if err != nil {
		return Result{}, writeError(command.Operations, err)
	}
	return resultOf(answer, command)
}

// resultOf returns what an answer gives, or the error that it stands for.
func resultOf(answer fsm.Answer, command fsm.Transaction) (Result, error) {
	if err := answer.Explain(command); err != nil {
		return Result{}, err
	}
	return Result{Revision: answer.Revision, Else: answer.Else, values: answer.Results}, nil
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
