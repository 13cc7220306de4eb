package recipe_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

var queuePath = tree.Path{"queues", "mail"}

func queueOn(t *testing.T, node recipe.Node, cfg recipe.QueueConfig) *recipe.Queue {
	t.Helper()
	if cfg.TTL == 0 {
		cfg.TTL = ttl
	}
	return must(recipe.NewQueue(node, queuePath, cfg))(t)
}

// TestTasksAreTakenInOrderAndOnce.
func TestTasksAreTakenInOrderAndOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		q := queueOn(t, v.nodes["a"], recipe.QueueConfig{})
		for i := range 5 {
			must(q.Put(within(t, time.Minute), i))(t)
		}
		for i := range 5 {
			task := must(queueOn(t, v.nodes["a"], recipe.QueueConfig{}).Take(within(t, time.Minute)))(t)
			if task.Value().Int() != int64(i) || task.Deliveries() != 1 {
				t.Errorf("task %d is %v, delivered %d times", i, task.Value(), task.Deliveries())
			}
			if err := task.Ack(within(t, time.Minute)); err != nil {
				t.Error(err)
			}
			if err := task.Ack(within(t, time.Minute)); !errors.Is(err, recipe.ErrLost) {
				t.Errorf("a second ack: %v", err)
			}
		}
		began := time.Now()
		if _, err := q.Take(within(t, time.Minute)); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) < time.Minute {
			t.Errorf("an empty queue: %v", err)
		}
	})
}

// TestTaskIsDeliveredAgain when its lease ends, at once when it is given back,
// and later when it is extended; the former worker cannot end it.
func TestTaskIsDeliveredAgain(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		one, two := queueOn(t, v.nodes["a"], recipe.QueueConfig{}), queueOn(t, v.nodes["b"], recipe.QueueConfig{})
		key := must(one.Put(within(t, time.Minute), "x"))(t)
		taken := time.Now()
		first := must(one.Take(within(t, time.Minute)))(t)
		time.Sleep(ttl / 2)
		if err := first.Extend(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
		second := must(two.Take(within(t, time.Minute)))(t)
		if took := time.Since(taken); took < ttl*3/2 || took > ttl*3/2+time.Second {
			t.Errorf("it was delivered again after %v", took)
		}
		if first.Context().Err() == nil || second.Token() <= first.Token() || second.Deliveries() != 2 || second.Key() != key {
			t.Errorf("the second delivery is %+v", second)
		}
		if err := first.Ack(within(t, time.Minute)); !errors.Is(err, recipe.ErrLost) {
			t.Errorf("the late ack: %v", err)
		}
		if err := first.Extend(within(t, time.Minute)); !errors.Is(err, recipe.ErrLost) {
			t.Errorf("the late extension: %v", err)
		}
		if err := second.Nack(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
		third := must(one.Take(within(t, time.Second)))(t)
		refused := third.Ack(within(t, time.Minute), cluster.Update(tree.Path{"none"}, 1))
		if !errors.Is(refused, cluster.ErrNotFound) || errors.Is(refused, recipe.ErrLost) {
			t.Errorf("an ack with an operation that is refused: %v", refused)
		}
		if err := third.Ack(within(t, time.Minute), cluster.Set(tree.Path{"done"}, 1)); err != nil {
			t.Error(err)
		}
	})
}

// TestTaskBecomesADeadLetter after its deliveries, and the others go on.
func TestTaskBecomesADeadLetter(t *testing.T) {
	for _, dead := range []tree.Path{nil, {"dead", "mail"}} {
		inVirtualTime(t, func(t *testing.T, v *virtual) {
			q := queueOn(t, v.nodes["a"], recipe.QueueConfig{Deliveries: 3, DeadLetters: dead})
			key := must(q.Put(within(t, time.Minute), "poison"))(t)
			for range 3 {
				if task := must(q.Take(within(t, time.Minute)))(t); task.Deliveries() == 2 {
					_ = task.Nack(within(t, time.Minute))
				}
			}
			must(q.Put(within(t, time.Minute), "good"))(t)
			for range 2 {
				task := must(q.Take(within(t, time.Minute)))(t)
				if task.Value().Str() == "good" {
					time.Sleep(ttl + time.Second)
					continue
				}
				t.Errorf("taken: %v, delivery %d", task.Value(), task.Deliveries())
			}
			if dead == nil {
				dead = queuePath.Child("dead")
			}
			item, _ := v.nodes["a"].Tree().Get(dead.Child(key))
			if got := item.Value().String(); got != `{"deliveries":3,"value":"poison"}` {
				t.Errorf("the dead letter is %s", got)
			}
		})
	}
}

// TestNoTaskIsLostInFaults: workers crash, hang and are cut off; every task is
// done, and with an operation in its Ack each has its effect exactly once.
func TestNoTaskIsLostInFaults(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		const tasks = 60
		ctx, cancel := context.WithCancel(t.Context())
		q := queueOn(t, v.nodes["a"], recipe.QueueConfig{})
		for i := range tasks {
			must(q.Put(ctx, fmt.Sprint(i)))(t)
		}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() { work(ctx, t, v.nodes[names[i%3]], uint64(i)) })
		}
		faults, stop := context.WithTimeout(ctx, 5*time.Minute)
		v.disturb(faults, rand.New(rand.NewPCG(3, 3)))
		stop()
		v.net.HealAll()
		time.Sleep(5 * time.Minute)
		cancel()
		wg.Wait()
		now := must(v.nodes["b"].Read(within(t, time.Minute)))(t)
		done, _ := now.Get(tree.Path{"effects"})
		left, _ := now.Get(queuePath.Child("tasks"))
		if done.Len() != tasks || left.Len() != 0 {
			t.Errorf("%d of %d are done, %d left", done.Len(), tasks, left.Len())
		}
		for key, effect := range done.Children() {
			if effect.Value().Int() != 1 {
				t.Errorf("task %s had its effect %v times", key, effect.Value())
			}
		}
	})
}

// work takes tasks, and does most of them.
func work(ctx context.Context, t *testing.T, node *cluster.Node, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 5))
	q := queueOn(t, node, recipe.QueueConfig{Deliveries: 1000})
	for ctx.Err() == nil {
		task, err := q.Take(ctx)
		if err != nil {
			continue
		}
		pause(ctx, time.Duration(random.IntN(12_000))*time.Millisecond)
		switch random.IntN(4) {
		case 0: // hangs
		case 1:
			_ = task.Nack(ctx)
		default:
			_ = task.Ack(ctx, cluster.Add(tree.Path{"effects", "task-" + task.Value().Str()}, 1))
		}
	}
}

func TestCounterLosesNothing(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var wg sync.WaitGroup
		for i := range 30 {
			c := must(recipe.NewCounter(v.nodes[names[i%3]], tree.Path{"count"}))(t)
			wg.Go(func() { must(c.Add(within(t, time.Minute), int64(i)))(t) })
		}
		wg.Wait()
		c := must(recipe.NewCounter(v.nodes["b"], tree.Path{"count"}))(t)
		if got := must(c.Get(within(t, time.Minute)))(t); got != 435 {
			t.Errorf("it is %d", got)
		}
		must(v.nodes["a"].Set(t.Context(), tree.Path{"text"}, "x"))(t)
		wrong := must(recipe.NewCounter(v.nodes["a"], tree.Path{"text"}))(t)
		if _, err := wrong.Get(t.Context()); !errors.Is(err, cluster.ErrWrongKind) {
			t.Errorf("a text as a counter: %v", err)
		}
	})
}

// TestIDsAreUniqueAcrossRestarts, rise on each instance, and a later block has
// greater ones.
func TestIDsAreUniqueAcrossRestarts(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		seen := map[int64]bool{}
		for range 3 {
			for _, id := range names {
				ids := must(recipe.NewIDs(v.nodes[id], tree.Path{"ids"}, 10))(t)
				var mine []int64
				for range 25 {
					mine = append(mine, must(ids.Next(within(t, time.Minute)))(t))
				}
				if !slices.IsSorted(mine) || mine[0] != int64(len(seen))/25*30+1 {
					t.Errorf("%v after %d others", mine, len(seen))
				}
				maps.Copy(seen, maps.Collect(func(yield func(int64, bool) bool) {
					for _, id := range mine {
						if seen[id] {
							t.Errorf("%d was handed out before", id)
						}
						if !yield(id, true) {
							return
						}
					}
				}))
				v.stop(id)
				v.start(id)
			}
		}
		if len(seen) != 225 {
			t.Errorf("%d ids", len(seen))
		}
		if _, err := recipe.NewIDs(v.nodes["a"], tree.Path{"ids"}, 0); !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("blocks of none: %v", err)
		}
	})
}
