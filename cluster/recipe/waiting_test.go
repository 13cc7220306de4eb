package recipe_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// TestReadersShareAndWritersAreNotStarved: readers keep coming, and the writer
// gets its turn after those before it.
func TestReadersShareAndWritersAreNotStarved(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		on := func(id string) *recipe.RWMutex {
			return must(recipe.NewRWMutex(v.nodes[id], lockPath, ttl))(t)
		}
		one := must(on("a").RLock(within(t, time.Minute)))(t)
		two := must(on("b").RLock(within(t, time.Minute)))(t)
		var writer, late *recipe.Held
		var wg sync.WaitGroup
		wg.Go(func() { writer, _ = on("c").Lock(within(t, time.Hour)) })
		time.Sleep(time.Second)
		wg.Go(func() { late, _ = on("a").RLock(within(t, time.Hour)) })
		time.Sleep(time.Minute)
		synctest.Wait()
		if writer != nil || late != nil || one.Context().Err() != nil {
			t.Fatalf("writer %v, late reader %v", writer, late)
		}
		_ = two.Unlock(t.Context())
		_ = one.Unlock(t.Context())
		time.Sleep(time.Second)
		synctest.Wait()
		if writer == nil || late != nil {
			t.Fatalf("with the readers gone: writer %v, late reader %v", writer, late)
		}
		_ = writer.Unlock(t.Context())
		wg.Wait()
		if late.Token() < writer.Token() || writer.Token() < two.Token() {
			t.Error("the tokens do not rise")
		}
		_ = late.Unlock(t.Context())
	})
}

// TestSemaphoreIsNeverOverfull, also across partitions, and all get through.
func TestSemaphoreIsNeverOverfull(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		const places = 3
		ctx := within(t, 5*time.Minute)
		var g grants
		var wg sync.WaitGroup
		for i := range 12 {
			node, random := v.nodes[names[i%3]], rand.New(rand.NewPCG(7, uint64(i)))
			wg.Go(func() {
				s := must(recipe.NewSemaphore(node, lockPath, places, ttl))(t)
				for ctx.Err() == nil {
					held, err := s.Acquire(ctx)
					if err != nil {
						continue
					}
					g.add(held)
					pause(held.Context(), time.Duration(random.IntN(9000))*time.Millisecond)
					_ = held.Unlock(ctx)
				}
			})
		}
		v.disturb(ctx, rand.New(rand.NewPCG(7, 7)))
		wg.Wait()
		if g.most != places || len(g.tokens) < 50 {
			t.Errorf("up to %d had places, %d grants", g.most, len(g.tokens))
		}
	})
}

func TestSemaphoreOfAnotherSizeIsRefused(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		_ = must(must(recipe.NewSemaphore(v.nodes["a"], lockPath, 2, ttl))(t).Acquire(t.Context()))(t).Unlock(t.Context())
		_, err := must(recipe.NewSemaphore(v.nodes["b"], lockPath, 3, ttl))(t).Acquire(t.Context())
		if !errors.Is(err, cluster.ErrConflict) {
			t.Errorf("three places of two: %v", err)
		}
		if _, err := recipe.NewSemaphore(v.nodes["a"], lockPath, 0, ttl); !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("no places: %v", err)
		}
	})
}

// TestBarrierOpensForExactlyItsParties, again and again, and not for those that
// gave up.
func TestBarrierOpensForExactlyItsParties(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		path := tree.Path{"start"}
		var wg sync.WaitGroup
		var mu sync.Mutex
		passed := 0
		wait := func(ctx context.Context, id string, wantErr bool) {
			b := must(recipe.NewBarrier(v.nodes[id], path, 3, ttl))(t)
			wg.Go(func() {
				err := b.Wait(ctx)
				if (err != nil) != wantErr {
					t.Errorf("%s: %v", id, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					passed++
				}
			})
		}
		for round := range 3 {
			wait(within(t, time.Hour), "a", false)
			wait(within(t, time.Second), "b", true) // gives up
			time.Sleep(time.Minute)
			wait(within(t, time.Hour), "c", false)
			time.Sleep(time.Minute)
			synctest.Wait()
			if passed != 3*round {
				t.Fatalf("%d have passed of 2 that wait in round %d", passed, round)
			}
			wait(within(t, time.Hour), "b", false)
			wg.Wait()
			if passed != 3*round+3 {
				t.Fatalf("%d have passed in round %d", passed, round)
			}
		}
		time.Sleep(time.Second)
		if n := children(v.nodes["a"], path.Child("met")) + children(v.nodes["a"], path.Child("waiting")); n != 0 {
			t.Errorf("%d items are left", n)
		}
		for _, n := range []int{-1, 0, 1001} {
			if _, err := recipe.NewBarrier(v.nodes["a"], path, n, ttl); !errors.Is(err, cluster.ErrInvalid) {
				t.Errorf("%d parties: %v", n, err)
			}
		}
	})
}

// TestBarrierWithAPartyThatIsCutOff: a party that has been there when the
// others met learns of it when it is back, also if it has taken its place for
// lost meanwhile.
func TestBarrierWithAPartyThatIsCutOff(t *testing.T) {
	for _, cut := range []time.Duration{6 * time.Second, 20 * time.Second} {
		inVirtualTime(t, func(t *testing.T, v *virtual) {
			away, leader := v.followers(t)[0], v.leader(t)
			var results [3]error
			var wg sync.WaitGroup
			wait := func(i int, id string) {
				b := must(recipe.NewBarrier(v.nodes[id], tree.Path{"start"}, 3, ttl))(t)
				wg.Go(func() { results[i] = b.Wait(within(t, time.Hour)) })
				time.Sleep(time.Second)
			}
			wait(0, away)
			wait(1, leader)
			v.net.Isolate(away)
			wait(2, leader)
			time.Sleep(cut)
			v.net.HealAll()
			wg.Wait()
			if err := errors.Join(results[:]...); err != nil {
				t.Errorf("cut off for %v: %v", cut, err)
			}
			time.Sleep(time.Second)
			if n := children(v.nodes[leader], tree.Path{"start", "waiting"}); n != 0 {
				t.Errorf("cut off for %v: %d count for the next time", cut, n)
			}
		})
	}
}

// TestBarrierDoesNotCountAPartyTwice that comes back to the place that it took
// for lost.
func TestBarrierDoesNotCountAPartyTwice(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		away, leader := v.followers(t)[0], v.leader(t)
		passed := make(chan error, 2)
		wait := func(id string) {
			b := must(recipe.NewBarrier(v.nodes[id], tree.Path{"start"}, 2, ttl))(t)
			go func() { passed <- b.Wait(within(t, time.Hour)) }()
		}
		wait(away)
		time.Sleep(time.Second)
		v.net.Isolate(away)
		time.Sleep(7500 * time.Millisecond) // its place is lost after eight
		v.net.HealAll()
		time.Sleep(time.Minute)
		if len(passed) > 0 {
			t.Fatal("it has met itself")
		}
		wait(leader)
		if err := errors.Join(<-passed, <-passed); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseEndsAllThatWait with an error, also where no write is under way.
func TestCloseEndsAllThatWait(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		node, ctx := v.nodes["a"], t.Context()
		must(mutexOn(t, v.nodes["b"]).Lock(ctx))(t)
		waits := map[string]func() error{
			"barrier": func() error { return must(recipe.NewBarrier(node, tree.Path{"start"}, 2, ttl))(t).Wait(ctx) },
			"lock":    func() error { _, err := mutexOn(t, node).Lock(ctx); return err },
			"take":    func() error { _, err := queueOn(t, node, recipe.QueueConfig{}).Take(ctx); return err },
		}
		var wg sync.WaitGroup
		for what, wait := range waits {
			wg.Go(func() {
				if err := wait(); !errors.Is(err, cluster.ErrClosed) {
					t.Errorf("%s ended with %v", what, err)
				}
			})
		}
		time.Sleep(time.Second)
		v.stop("a")
		wg.Wait()
	})
}
