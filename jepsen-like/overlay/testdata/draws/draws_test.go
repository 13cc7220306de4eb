// Package draws prints what the runtime draws in a bubble.
package draws

import (
	"crypto/rand"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/overlay/seeded"
)

var seed = flag.Uint64("seed", 1, "the seed of the bubble")

// TestDraws prints one line for each source of chance.
func TestDraws(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if err := seeded.Bubble(*seed); err != nil {
			t.Fatal(err)
		}
		fmt.Println("math/rand:", mathrand.Uint64(), mathrand.Perm(8))
		fmt.Println("crypto/rand:", rand.Text())
		fmt.Println("map:", mapOrder())
		fmt.Println("map of pointers:", pointerOrder())
		fmt.Println("select:", selected())
		fmt.Println("timers:", timers())
		fmt.Println("mutex:", holders())
		synctest.Wait()
		runtime.GC()
		fmt.Println("map of pointers after a collection:", pointerOrder())
	})
}

func mapOrder() (order []int) {
	m := map[int]bool{}
	for i := range 100 {
		m[i] = true
	}
	for i := range m {
		order = append(order, i)
	}
	return order
}

func pointerOrder() (order []int) {
	m := map[*int]bool{}
	for i := range 100 {
		m[&i] = true
	}
	for i := range m {
		order = append(order, *i)
	}
	return order
}

func selected() (order []int) {
	a, b, c := make(chan int, 50), make(chan int, 50), make(chan int, 50)
	for range 50 {
		a <- 0
		b <- 1
		c <- 2
	}
	for range 50 {
		select {
		case i := <-a:
			order = append(order, i)
		case i := <-b:
			order = append(order, i)
		case i := <-c:
			order = append(order, i)
		}
	}
	return order
}

// timers returns in which order timers of one instant fire.
func timers() (order []int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			order = append(order, i)
		})
	}
	all.Wait()
	return order
}

// holders returns in which order goroutines get a mutex that each keeps for
// some real time, in which the others run, find it locked and wait.
func holders() (order []int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 20 {
				mu.Lock()
				order = append(order, i)
				work()
				runtime.Gosched()
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return order
}

// work takes about a tenth of a millisecond.
func work() {
	x := uint64(1)
	for range 100_000 {
		x = x*6364136223846793005 + 1
	}
	if x == 0 {
		panic("unreachable")
	}
}
