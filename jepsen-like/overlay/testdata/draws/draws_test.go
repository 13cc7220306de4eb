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

var (
	seed   = flag.Uint64("seed", 1, "the seed of the bubble")
	before = flag.Int("before", 0, "how much happens before")
	litter = flag.Int("litter", 0, "how many megabytes of garbage there are")
)

// TestDraws prints one line for each source of chance.
func TestDraws(t *testing.T) {
	happen(*before)
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
		drop(*litter)
		synctest.Wait()
		seeded.Collect()
		fmt.Println("yields:", yields())
		fmt.Println("map of pointers after a collection:", pointerOrder())
	})
}

// kept is what is not collected, and dropped what is.
var (
	kept    []*[3]int
	dropped []byte
)

// drop makes garbage.
func drop(megabytes int) {
	for range megabytes {
		dropped = make([]byte, 1<<20)
	}
}

// happen moves the addresses of what is made later, and lets goroutines run.
func happen(times int) {
	for range times {
		kept = append(kept, new([3]int))
		runtime.Gosched()
	}
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

// TestMapsOfManyKeysGrow: those whose keys are no addresses have no limit.
func TestMapsOfManyKeysGrow(t *testing.T) {
	const many = 50_000
	values, pairs := map[any]int{nil: 1}, map[[2]*int]bool{}
	for i := range many {
		values[i] = i
		pairs[[2]*int{&i, nil}] = true
	}
	if len(values) != many+1 || len(pairs) != many || values[many/2] != many/2 || values[nil] != 1 {
		t.Errorf("%d values and %d pairs", len(values), len(pairs))
	}
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

// yields returns the order of goroutines that wait in two queues: that of their
// processor and, when they have yielded, that of all processors.
func yields() (order []int) {
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 20 {
				order = append(order, i)
				runtime.Gosched()
				all.Go(func() { order = append(order, -i) })
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
