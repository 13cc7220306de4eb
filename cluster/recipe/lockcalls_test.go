package recipe_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

func TestTryLock(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		var got []*recipe.Held
		for i := range 9 {
			wg.Go(func() {
				held, err := mutexOn(t, v.nodes[names[i%3]]).TryLock(within(t, time.Minute))
				if err != nil && !errors.Is(err, recipe.ErrLocked) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got = append(got, held)
				}
			})
		}
		wg.Wait()
		if len(got) != 1 {
			t.Fatalf("%d have it", len(got))
		}
		item, _ := v.nodes["a"].Tree().Get(got[0].Path())
		if err := got[0].Unlock(t.Context()); err != nil || item.Created() != got[0].Token() {
			t.Errorf("token %d of an item of %d, %v", got[0].Token(), item.Created(), err)
		}
		_ = must(mutexOn(t, v.nodes["b"]).TryLock(t.Context()))(t).Unlock(t.Context())
	})
}

// TestUnlockWithUnknownOutcome: it can be called again, and says what has
// become of the first call.
func TestUnlockWithUnknownOutcome(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		id := v.followers(t)[0]
		held := must(mutexOn(t, v.nodes[id]).Lock(within(t, time.Minute)))(t)
		v.net.Isolate(id)
		if err := held.Unlock(within(t, time.Second)); !errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Fatalf("unlock while cut off: %v", err)
		}
		v.net.HealAll()
		if err := held.Unlock(within(t, time.Minute)); err != nil {
			t.Errorf("once more: %v", err)
		}
		if err := held.Unlock(within(t, time.Minute)); err != nil {
			t.Errorf("and again: %v", err)
		}
	})
}

// TestLockWithUnknownOutcome: the item that may have come to be does not stay.
func TestLockWithUnknownOutcome(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		id := v.followers(t)[0]
		_ = must(mutexOn(t, v.nodes[id]).Lock(t.Context()))(t).Unlock(t.Context())
		v.net.Isolate(id)
		if _, err := mutexOn(t, v.nodes[id]).Lock(within(t, time.Second)); !errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Fatalf("lock while cut off: %v", err)
		}
		v.net.HealAll()
		time.Sleep(3 * time.Second)
		_ = must(mutexOn(t, v.nodes[id]).TryLock(within(t, time.Second)))(t).Unlock(t.Context())
	})
}

// TestLateLeaseIsNotReliedOn: a lock whose write was under way for as long as a
// lease is not held when it arrives.
func TestLateLeaseIsNotReliedOn(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		id := v.followers(t)[0]
		v.net.Isolate(id)
		time.AfterFunc(time.Minute, v.net.HealAll)
		held, err := mutexOn(t, v.nodes[id]).Lock(within(t, time.Hour))
		if err != nil || held.Context().Err() != nil {
			t.Fatalf("%v", err)
		}
		if err := held.Unlock(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestBadInput(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		for _, bad := range []struct {
			node recipe.Node
			path tree.Path
			ttl  time.Duration
		}{
			{nil, lockPath, ttl},
			{v.nodes["a"], nil, ttl},
			{v.nodes["a"], tree.Path{"\xff"}, ttl},
			{v.nodes["a"], lockPath, -1},
			{v.nodes["a"], lockPath, time.Millisecond},
		} {
			if _, err := recipe.NewMutex(bad.node, bad.path, bad.ttl); !errors.Is(err, cluster.ErrInvalid) {
				t.Errorf("%v %v: %v", bad.path, bad.ttl, err)
			}
		}
	})
}
