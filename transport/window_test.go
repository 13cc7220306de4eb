package transport

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWindowGrantsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(10, 100)
		w.acquire(t.Context(), 60)
		// One at a time fits, in this order; the second one would fit beside
		// what is there at first.
		sizes := []int{70, 35, 80}
		order := make(chan int, len(sizes))
		for i, size := range sizes {
			go func() {
				w.acquire(t.Context(), size)
				order <- i
			}()
			synctest.Wait()
		}
		for want, former := range []int{60, 70, 35} {
			if n := len(order); n > 0 {
				t.Fatalf("request %d did not wait for its turn", <-order)
			}
			w.release(former)
			synctest.Wait()
			if got := <-order; got != want {
				t.Fatalf("request %d got its place at position %d", got, want)
			}
		}
	})
}

func TestWindowLetsTheNextOneInWhenTheFirstGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(10, 100)
		w.acquire(t.Context(), 60)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		first := make(chan error, 1)
		go func() { first <- w.acquire(ctx, 70) }()
		synctest.Wait()
		if err := w.acquire(t.Context(), 40); err != nil {
			t.Fatal(err)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first one got %v", err)
		}
	})
}

func TestPlaceThatIsGrantedToWhoGivesUpIsFree(t *testing.T) {
	w := newWindow(1, 100)
	w.acquire(t.Context(), 10)
	wait, err := w.enter(20)
	if wait == nil {
		t.Fatalf("the window took two requests, %v", err)
	}
	w.release(10)
	w.giveUp(wait)
	if w.mu.requests != 0 || w.mu.bytes != 0 {
		t.Errorf("left are %d requests, %d bytes", w.mu.requests, w.mu.bytes)
	}
}

func TestClosedWindowLetsNobodyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1, 100)
		w.acquire(t.Context(), 1)
		waiting := make(chan error, 1)
		go func() { waiting <- w.acquire(t.Context(), 1) }()
		synctest.Wait()
		w.close()
		if err := <-waiting; !errors.Is(err, ErrConnLost) {
			t.Errorf("who waited got %v", err)
		}
		if err := w.acquire(t.Context(), 1); !errors.Is(err, ErrConnLost) {
			t.Errorf("who came later got %v", err)
		}
	})
}

// Requests of random sizes that come, stay and give up at random never exceed
// the limits, and leave the window empty.
func TestWindowKeepsItsLimits(t *testing.T) {
	const maxRequests, maxBytes = 5, 100
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(maxRequests, maxBytes)
		random := rand.New(rand.NewPCG(1, 2))
		var requests, bytes, passed atomic.Int64
		for range 2000 {
			size, patience, stay := random.Int64N(maxBytes+1), random.Int64N(300), random.Int64N(30)
			time.Sleep(time.Duration(random.Int64N(10)) * time.Millisecond)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(patience)*time.Millisecond)
				defer cancel()
				if w.acquire(ctx, int(size)) != nil {
					return
				}
				passed.Add(1)
				if requests.Add(1) > maxRequests || bytes.Add(size) > maxBytes {
					t.Error("over the limit")
				}
				time.Sleep(time.Duration(stay) * time.Millisecond)
				requests.Add(-1)
				bytes.Add(-size)
				w.release(int(size))
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.mu.requests != 0 || w.mu.bytes != 0 || len(w.mu.waiting) != 0 {
			t.Errorf("left are %d requests, %d bytes, %d waiting", w.mu.requests, w.mu.bytes, len(w.mu.waiting))
		}
		if n := passed.Load(); n < 200 || n == 2000 {
			t.Errorf("%d of 2000 passed, which tests only one side", n)
		}
	})
}
