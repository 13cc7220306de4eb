package nemesis

import (
	"sync"
	"time"
)

// background is the part of a fault that goes on by itself, on a goroutine of its
// own. The zero background does nothing.
type background struct {
	// stop tells the goroutine to end, and done waits for that. stop is nil before
	// the first.
	stop func()
	done sync.WaitGroup
	// problem is what went wrong there.
	problem error
}

// begin calls action, which ends when stopped is closed, or when it cannot go on.
func (b *background) begin(action func(stopped <-chan struct{}) error) {
	stopped := make(chan struct{})
	b.stop = sync.OnceFunc(func() { close(stopped) })
	b.problem = nil
	b.done.Go(func() { b.problem = action(stopped) })
}

// end ends it, if it goes on, and returns what went wrong.
func (b *background) end() error {
	if b.stop != nil {
		b.stop()
	}
	b.done.Wait()
	return b.problem
}

// sleep reports whether it was ended early.
func sleep(stopped <-chan struct{}, d time.Duration) bool {
	select {
	case <-stopped:
		return true
	case <-time.After(d):
		return false
	}
}
