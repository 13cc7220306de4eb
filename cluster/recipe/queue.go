package recipe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// DefaultDeliveries is how often a task is delivered if QueueConfig does not
// say: often enough for restarts and bad luck, and not for ever.
const DefaultDeliveries = 10

// QueueConfig says how a queue delivers. A zero field means its default.
type QueueConfig struct {
	// TTL is how long a task belongs to whoever took it, unless it extends
	// that; zero means DefaultTTL.
	TTL time.Duration
	// Deliveries is how often a task is delivered before it becomes a dead
	// letter; zero means DefaultDeliveries.
	Deliveries int
	// DeadLetters is the path for those, each {"value", "deliveries"} under
	// its key; nil means "dead" beneath the queue.
	DeadLetters tree.Path
}

// Queue hands each task to one worker at a time, at least once, until one has
// done it. Tasks are handed out in the order in which they were put; those that
// come back keep their places. All methods may be called at any time from any
// goroutine.
type Queue struct {
	node Node
	path tree.Path
	// A task stands at tasks under a key that Put has created; while a worker
	// has it, an item under the same key with a lease stands at taken.
	tasks, taken, dead tree.Path
	ttl                time.Duration
	deliveries         int64
	// changes is the query that takers watch: the keys of both.
	changes tree.Query
}

// NewQueue returns the queue at the path, at which nothing else may stand. It
// writes nothing.
func NewQueue(node Node, path tree.Path, cfg QueueConfig) (*Queue, error) {
	ttl, err := validateLeased(node, path, cfg.TTL)
	if err == nil {
		err = cfg.DeadLetters.Validate()
	}
	if err == nil && cfg.Deliveries < 0 {
		err = fmt.Errorf("%w: %d deliveries", cluster.ErrInvalid, cfg.Deliveries)
	}
	if err != nil {
		return nil, wrap("new queue", path, err)
	}
	keys := map[string]any{"tasks": childKeys, "taken": childKeys}
	q := &Queue{
		node: node, path: slices.Clone(path), ttl: ttl,
		tasks: path.Child("tasks"), taken: path.Child("taken"), dead: path.Child("dead"),
		deliveries: DefaultDeliveries, changes: shape(keys).At(path),
	}
	if cfg.Deliveries > 0 {
		q.deliveries = int64(cfg.Deliveries)
	}
	if len(cfg.DeadLetters) > 0 {
		q.dead = slices.Clone(cfg.DeadLetters)
	}
	return q, nil
}

// Put adds a task at the end and returns its key. It waits until ctx ends. With
// ErrOutcomeUnknown cluster.Node.Outcome tells whether it was put: to call Put
// again could put it twice.
func (q *Queue) Put(ctx context.Context, value any) (key string, err error) {
	task := map[string]any{"value": value, "deliveries": 0}
	result, err := q.node.Apply(ctx, cluster.Create(q.tasks, task))
	return result.Value(0).Str(), wrap("put", q.path, err)
}

// Take waits for a task that nobody has, until ctx ends. A task that has been
// delivered often enough becomes a dead letter when a Take comes upon it.
func (q *Queue) Take(ctx context.Context) (*Task, error) {
	for {
		task, err := q.takeAny(ctx)
		if passing(ctx, q.ttl, err) {
			continue
		}
		if task != nil || err != nil {
			return task, wrap("take", q.path, err)
		}
		for _, err := range q.node.Watch(ctx, q.changes) {
			if err != nil {
				return nil, wrap("take", q.path, err)
			}
			if len(q.free(1)) > 0 {
				break
			}
		}
	}
}

// spread is among how many tasks a taker chooses when another was faster: so
// that not all try the same one again.
const spread = 16

// takeAny takes one of the tasks that nobody has, if there is any.
func (q *Queue) takeAny(ctx context.Context) (*Task, error) {
	for among := 1; ; among = spread {
		free := q.free(among)
		if len(free) == 0 {
			return nil, nil
		}
		task, err := q.take(ctx, free[rand.IntN(len(free))])
		if task != nil || err != nil && !refused(err) {
			return task, err
		}
	}
}

// free returns the first tasks that nobody has, as far as this node knows.
func (q *Queue) free(most int) (free []tree.Item) {
	now := q.node.Tree()
	tasks, _ := now.Get(q.tasks)
	taken, _ := now.Get(q.taken)
	for key, task := range tasks.Children() {
		if _, has := taken.Child(key); !has {
			free = append(free, task)
		}
		if len(free) == most {
			break
		}
	}
	return free
}

// take takes one task, or buries it and returns none.
func (q *Queue) take(ctx context.Context, item tree.Item) (*Task, error) {
	task := taskOf(q, item)
	counter := q.tasks.Child(task.key).Child("deliveries")
	// Each taking counts: while this holds nobody has taken it since.
	same := cluster.Equals(counter, task.deliveries)
	if task.deliveries >= q.deliveries {
		_, err := q.node.Apply(ctx, cluster.Insert(q.dead.Child(task.key), item.Value()),
			cluster.Remove(q.tasks.Child(task.key)).If(same))
		return nil, err
	}
	var err error
	task.lease, err = take(ctx, q.node, q.taken.Child(task.key), true, q.ttl, cluster.Add(counter, 1).If(same))
	if err != nil {
		return nil, err
	}
	task.lease.unkept() // a worker that hangs must lose it
	task.deliveries++
	return task, nil
}
