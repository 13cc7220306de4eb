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
	result, base, err := n.attempt(ctx, n.Tree(), run)
	if base == nil {
		return result, err
	}
	defer n.contention.enter(ctx)()
	for attempt := 0; base != nil; attempt++ {
		if err := backOff(ctx, attempt); err != nil {
			return Result{}, &Error{Operation: "transaction", Revision: base.Revision(), Err: fmt.Errorf("%w: %w", ErrConflict, err)}
		}
		result, base, err = n.attempt(ctx, n.Tree(), run)
	}
	return result, err
}

// attempt runs the function once on a tree. If what it has read is not so any
// more, it returns a newer tree, and there must be another attempt.
func (n *Node) attempt(ctx context.Context, base *tree.Tree, run func(tx *Tx) error) (Result, *tree.Tree, error) {
	tx := newTx(base)
	failure := run(tx)
	if failure == nil {
		failure = tx.problem()
	}
	if failure == nil && len(tx.ops) > 0 {
		return n.commit(ctx, tx)
	}
	result, newer, err := n.confirmReads(ctx, tx)
	if err == nil && newer == nil && failure != nil {
		return Result{}, nil, failure
	}
	return result, newer, err
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
	// A refusal at a place comes from a state that the view was not, since the
	// view would have shown it; but for Create, whose key the view does not know.
	if now := n.Tree(); answer.Code != fsm.CodeOK && answer.At > 0 && now.Revision() != tx.Revision() {
		return Result{}, now, nil
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
// doubles: of instances that contend one gets through, and then the others. The
// greatest is some commits long.
const (
	backOffFirst = time.Millisecond
	backOffMax   = 16 * time.Millisecond
)

// contention lets the transactions of one instance that have met a conflict go
// on one after the other. They would else get in each other's way, and all but
// one of them run in vain.
type contention chan struct{}

// enter waits for its turn, and returns what ends it. It waits no longer than
// contentionPatience: a function that makes a transaction of its own must not
// wait for itself.
func (c contention) enter(ctx context.Context) (leave func()) {
	timer := time.NewTimer(contentionPatience)
	defer timer.Stop()
	select {
	case c <- struct{}{}:
		return func() { <-c }
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}

// contentionPatience is some hundred commits long.
const contentionPatience = time.Second

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
