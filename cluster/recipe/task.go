package recipe

import (
	"context"
	"fmt"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Task is a task of a queue that a worker has taken. It is not refreshed in the
// background: a worker that needs longer than the TTL calls Extend meanwhile.
type Task struct {
	queue      *Queue
	key        string
	value      tree.Value
	deliveries int64
	lease      *lease
}

// taskOf reads a task that nobody has taken yet.
func taskOf(q *Queue, item tree.Item) *Task {
	value, _ := item.Child("value")
	deliveries, _ := item.Child("deliveries")
	return &Task{queue: q, key: item.Key(), value: value.Value(), deliveries: deliveries.Value().Int()}
}

// Key returns what Put has returned: it names the task at all its deliveries.
func (t *Task) Key() string { return t.key }

// Value returns what was put.
func (t *Task) Value() tree.Value { return t.value }

// Deliveries returns how often the task was delivered, this time included.
func (t *Task) Deliveries() int { return int(t.deliveries) }

// Token returns the fencing token: greater than that of each earlier delivery.
func (t *Task) Token() uint64 { return t.lease.token }

// Condition returns the demand that the task still belongs to this worker, for
// writes to the tree: see Held.Condition.
func (t *Task) Condition() cluster.Condition { return t.lease.held() }

// Context returns a context that ends before another worker can have the task,
// and with Ack and Nack: see Held.Context.
func (t *Task) Context() context.Context { return heldContext{t.lease.ctx, t.lease} }

// Extend gives the task its whole TTL once more. ErrLost says that it belongs
// to this worker no more. After another error it may be called again.
func (t *Task) Extend(ctx context.Context) error {
	if t.Context().Err() != nil {
		return wrap("extend", t.queue.path, fmt.Errorf("%w: %w", ErrLost, context.Cause(t.lease.ctx)))
	}
	err := t.lease.extend(ctx)
	if refused(err) {
		t.lease.lose(err)
		err = fmt.Errorf("%w: %w", ErrLost, err)
	}
	return wrap("extend", t.queue.path, err)
}

// Ack says that the task is done: it is never delivered again. The operations
// are made with it as one write, so that what a task does to the tree is done
// exactly once. ErrLost says that the task belongs to this worker no more and
// nothing was made. It may be called again after any other error, with the same
// operations, also after ErrOutcomeUnknown.
func (t *Task) Ack(ctx context.Context, ops ...cluster.Op) error {
	all := append([]cluster.Op{cluster.Remove(t.queue.tasks.Child(t.key))}, ops...)
	return wrap("ack", t.queue.path, t.lease.end(ctx, "ack", all...))
}

// Nack gives the task back: it is delivered again at once. It fails as Ack
// does.
func (t *Task) Nack(ctx context.Context) error {
	return wrap("nack", t.queue.path, t.lease.end(ctx, "nack"))
}
