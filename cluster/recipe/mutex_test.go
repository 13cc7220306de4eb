package recipe_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

var lockPath = tree.Path{"locks", "report"}

func mutexOn(t *testing.T, node recipe.Node) *recipe.Mutex {
	t.Helper()
	return must(recipe.NewMutex(node, lockPath, ttl))(t)
}

// grants records who holds what, as long as they may believe it.
type grants struct {
	mu     sync.Mutex
	held   []*recipe.Held
	most   int
	tokens []uint64
}

func (g *grants) add(held *recipe.Held) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = slices.DeleteFunc(append(g.held, held), func(h *recipe.Held) bool {
		select {
		case <-h.Context().Done():
			return true
		default:
			return false
		}
	})
	g.most = max(g.most, len(g.held))
	g.tokens = append(g.tokens, held.Token())
}

// disturb cuts members off and heals them until ctx ends.
func (v *virtual) disturb(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		v.net.Isolate(names[random.IntN(len(names))])
		pause(ctx, time.Duration(random.IntN(25))*time.Second)
		v.net.HealAll()
		pause(ctx, time.Duration(random.IntN(15))*time.Second)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// TestNeverTwoHoldersAcrossPartitions: no two contexts of one lock are alive at
// one moment, tokens rise with each grant, and a write under a lock is refused
// or made while nobody else has it.
func TestNeverTwoHoldersAcrossPartitions(t *testing.T) {
	for seed := range uint64(2) {
		inVirtualTime(t, func(t *testing.T, v *virtual) {
			random := rand.New(rand.NewPCG(seed, 1))
			ctx := within(t, 10*time.Minute)
			var g grants
			var wg sync.WaitGroup
			for _, id := range append(names, names...) {
				pauses := rand.New(rand.NewPCG(seed, random.Uint64()))
				wg.Go(func() { lockAndWrite(ctx, t, v.nodes[id], &g, pauses) })
			}
			v.disturb(ctx, random)
			wg.Wait()
			v.net.HealAll()
			if g.most != 1 || !slices.IsSorted(g.tokens) || len(slices.Compact(slices.Clone(g.tokens))) != len(g.tokens) {
				t.Errorf("seed %d: up to %d had it at once; tokens %v", seed, g.most, g.tokens)
			}
			if len(g.tokens) < 20 {
				t.Errorf("seed %d: only %d grants: the test tests nothing", seed, len(g.tokens))
			}
			written := must(v.nodes["a"].Read(within(t, time.Minute)))(t)
			item, _ := written.Get(tree.Path{"log"})
			last := int64(0)
			for _, element := range item.Value().Elements() {
				if element.Int() < last {
					t.Errorf("seed %d: %v is not in order", seed, item.Value())
				}
				last = element.Int()
			}
		})
	}
}

// lockAndWrite appends the token to a log, guarded by it.
func lockAndWrite(ctx context.Context, t *testing.T, node *cluster.Node, g *grants, random *rand.Rand) {
	m := mutexOn(t, node)
	for ctx.Err() == nil {
		held, err := m.Lock(ctx)
		if err != nil {
			continue
		}
		g.add(held)
		for range random.IntN(4) {
			pause(held.Context(), time.Duration(random.IntN(2000))*time.Millisecond)
			add := cluster.Append(tree.Path{"log"}, int64(held.Token())).If(held.Condition())
			_, _ = node.Apply(held.Context(), add)
		}
		if random.IntN(5) == 0 {
			pause(held.Context(), 40*time.Second) // often until it is lost
		}
		_ = held.Unlock(ctx)
	}
}

// TestPausedHolder: the context of a holder that is cut off for longer than its
// lease ends before the lock is given to another, and what it writes late is
// refused.
func TestPausedHolder(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		cut, other := v.followers(t)[0], v.leader(t)
		first := must(mutexOn(t, v.nodes[cut]).Lock(within(t, time.Minute)))(t)
		v.net.Isolate(cut)
		var ended time.Time
		context.AfterFunc(first.Context(), func() { ended = time.Now() })
		second := must(mutexOn(t, v.nodes[other]).Lock(within(t, time.Minute)))(t)
		synctest.Wait()
		if granted := time.Now(); ended.IsZero() || granted.Sub(ended) < time.Second {
			t.Errorf("it ended at %v, another has it since %v", ended, granted)
		}
		if !errors.Is(context.Cause(first.Context()), recipe.ErrLost) {
			t.Errorf("the cause is %v", context.Cause(first.Context()))
		}
		if second.Token() <= first.Token() {
			t.Errorf("the tokens are %d and %d", first.Token(), second.Token())
		}
		v.net.HealAll()
		_, err := v.nodes[cut].Set(within(t, time.Minute), tree.Path{"x"}, 1, first.Condition())
		if !errors.Is(err, cluster.ErrNotFound) && !errors.Is(err, cluster.ErrConflict) {
			t.Errorf("the late write: %v", err)
		}
		if err := first.Unlock(within(t, time.Minute)); !errors.Is(err, recipe.ErrLost) {
			t.Errorf("the late unlock: %v", err)
		}
		if err := second.Unlock(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
	})
}

// TestHolderKeepsItAcrossLeaders: changes of leader, and a long time, take
// nothing away.
func TestHolderKeepsItAcrossLeaders(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		holder := v.followers(t)[0]
		held := must(mutexOn(t, v.nodes[holder]).Lock(within(t, time.Minute)))(t)
		time.Sleep(10 * time.Minute)
		for range 3 {
			leader := v.leader(t)
			if leader != holder {
				v.stop(leader)
				time.Sleep(20 * time.Second)
				v.start(leader)
			}
			time.Sleep(20 * time.Second)
		}
		if err := held.Context().Err(); err != nil {
			t.Errorf("it was lost: %v", context.Cause(held.Context()))
		}
		if err := held.Unlock(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
	})
}

// TestWaitersAreServedInOrder, and those that gave up are skipped and gone.
func TestWaitersAreServedInOrder(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		first := must(mutexOn(t, v.nodes["a"]).Lock(within(t, time.Minute)))(t)
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range 9 {
			ctx := within(t, time.Hour)
			if i%3 == 1 {
				ctx = within(t, time.Minute)
			}
			wg.Go(func() {
				held, err := mutexOn(t, v.nodes[names[i%2]]).Lock(ctx)
				if (err != nil) != (i%3 == 1) {
					t.Errorf("waiter %d: %v", i, err)
				}
				if err != nil {
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				_ = held.Unlock(ctx)
			})
			time.Sleep(time.Second)
		}
		time.Sleep(58500 * time.Millisecond) // half a second after the last gave up
		if n := children(v.nodes["c"], lockPath); n != 7 {
			t.Errorf("%d stand in line", n)
		}
		_ = first.Unlock(within(t, time.Minute))
		wg.Wait()
		if !slices.Equal(order, []int{0, 2, 3, 5, 6, 8}) {
			t.Errorf("the order was %v", order)
		}
		time.Sleep(time.Second)
		if n := children(v.nodes["c"], lockPath); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// TestCrashedHolderFreesTheLock after its lease, not before and little later.
func TestCrashedHolderFreesTheLock(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		crash := v.followers(t)[0]
		held := must(mutexOn(t, v.nodes[crash]).Lock(within(t, time.Minute)))(t)
		crashed := time.Now()
		v.stop(crash)
		synctest.Wait()
		if cause := context.Cause(held.Context()); !errors.Is(cause, recipe.ErrLost) || !errors.Is(cause, cluster.ErrClosed) {
			t.Errorf("with the node closed the cause is %v", cause)
		}
		if err := held.Unlock(t.Context()); !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("unlock on a closed node: %v", err)
		}
		again := must(mutexOn(t, v.nodes[v.leader(t)]).Lock(within(t, time.Minute)))(t)
		if took := time.Since(crashed); took < ttl-time.Second || took > ttl+time.Second {
			t.Errorf("it took %v", took)
		}
		_ = again.Unlock(within(t, time.Minute))
	})
}

// slowNode is a node whose writes take long to return.
type slowNode struct {
	*cluster.Node
	delay time.Duration
}

func (n slowNode) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	result, err := n.Node.Apply(ctx, ops...)
	time.Sleep(n.delay)
	return result, err
}

// TestLeaseCountsFromBeforeItWasSent, and not from the late answer.
func TestLeaseCountsFromBeforeItWasSent(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		id, leader := v.followers(t)[0], v.leader(t)
		slow := slowNode{v.nodes[id], ttl * 7 / 10}
		held := must(mutexOn(t, slow).Lock(within(t, time.Minute)))(t)
		v.net.Isolate(id)
		<-held.Context().Done()
		if item, ok := v.nodes[leader].Tree().Get(held.Path()); !ok || item.Created() != held.Token() {
			t.Error("the lock was free while its context was alive")
		}
	})
}
