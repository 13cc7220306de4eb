package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Transact runs the function on the state and makes its operations as one
// write, if all that it has read is still so when the write is applied; else it
// runs it again, on a newer state. So transactions are strictly serializable:
// each looks as if it had happened alone, at one moment between the call and
// the return. The function decides on the instance that calls; into the log go
// what it read and what it did.
//
// The function may run any number of times, and must do nothing else that
// cannot be repeated. When it returns an error nothing is made, and Transact
// returns that error as it is, once what the function has read has proved to be
// current. The same proof is made for a function that makes no operation.
//
// Transact waits until ctx ends. Its own errors are those of Apply. When ctx
// ends between two tries, the error matches ErrConflict and the cause, and
// nothing is applied.
func (n *Node) Transact(ctx context.Context, run func(tx *Tx) error) (Result, error) {
	base := n.Tree()
	for attempt := 0; ; attempt++ {
		tx := newTx(base)
		failure := run(tx)
		if failure == nil {
			failure = tx.problem()
		}
		result, err := Result{}, error(nil)
		if failure != nil || len(tx.ops) == 0 {
			result, base, err = n.confirmReads(ctx, tx)
		} else {
			result, base, err = n.commit(ctx, tx)
		}
		switch {
		case err != nil:
			return Result{}, err
		case base == nil && failure != nil:
			return Result{}, failure
		case base == nil:
			return result, nil
		}
		if err := backOff(ctx, attempt); err != nil {
			return Result{}, &Error{Operation: "transaction", Revision: base.Revision(), Err: fmt.Errorf("%w: %w", ErrConflict, err)}
		}
	}
}

// commit makes the operations under the condition that what was read is so. If
// it is not, it returns a newer tree to try again on.
func (n *Node) commit(ctx context.Context, tx *Tx) (Result, *tree.Tree, error) {
	command := fsm.Transaction{Conditions: tx.conditions(), Operations: tx.ops}
	body, err := fsm.EncodeBody(command)
	if err != nil {
		return Result{}, nil, &Error{Operation: "transaction", Err: err}
	}
	answer, err := n.outbox.write(ctx, body)
	if err != nil {
		return Result{}, nil, &Error{Operation: "transaction", Err: err}
	}
	// Any refusal at a place comes from a state that the view was not: the
	// view would have shown it.
	if answer.Code != fsm.CodeOK && answer.At > 0 {
		return Result{}, n.Tree(), nil
	}
	result, err := resultOf(answer, command)
	return result, nil, err
}

// confirmReads proves that what was read is so at one moment since the call
// began. If it is not, it returns a newer tree to try again on.
func (n *Node) confirmReads(ctx context.Context, tx *Tx) (Result, *tree.Tree, error) {
	now, err := n.Read(ctx)
	if err != nil {
		return Result{}, nil, err
	}
	if !fsm.NewDraft(now).Hold(tx.conditions()) {
		return Result{}, now, nil
	}
	return Result{Revision: now.Revision()}, nil, nil
}

// Between two tries of a transaction the wait is random, up to a bound that
// doubles: of instances that contend one gets through, and then the others.
const (
	backOffFirst = time.Millisecond
	backOffMax   = 128 * time.Millisecond
)

// backOff waits before the next try, or returns why ctx has ended.
func backOff(ctx context.Context, attempt int) error {
	bound := min(backOffFirst<<min(attempt, 10), backOffMax)
	timer := time.NewTimer(rand.N(bound))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
