package recipe_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster/recipe"
)

func TestPlacesOfASemaphoreAreGivenInOrder(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		ctx := within(t, time.Hour)
		acquire := func(id string) *recipe.Held {
			return must(must(recipe.NewSemaphore(v.nodes[id], lockPath, 2, ttl))(t).Acquire(ctx))(t)
		}
		one, two := acquire("a"), acquire("b")
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				held := acquire(names[i%3])
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Second)
				_ = held.Unlock(ctx)
			})
			time.Sleep(100 * time.Millisecond)
		}
		_ = one.Unlock(ctx)
		time.Sleep(500 * time.Millisecond)
		_ = two.Unlock(ctx)
		wg.Wait()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("the order was %v", order)
		}
	})
}
