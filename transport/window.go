package transport

import (
	"context"
	"slices"
	"sync"
)

// window bounds the requests that are under way on one connection, in number
// and bytes. Both ends keep one with the limits of the end that serves: the
// calling end lets calls wait for room, in order, so the serving end is never
// over its own; should a peer not keep to it, the serving end stops to read.
type window struct {
	maxRequests, maxBytes int

	mu struct {
		sync.Mutex

		// 0 <= requests <= maxRequests and 0 <= bytes <= maxBytes.
		requests, bytes int

		// waiting are the requests that found no room, first come first served.
		// Nobody waits while the first one would fit.
		waiting []*waiter

		closed bool
	}
}

// waiter is a request that waits for room.
type waiter struct {
	size int

	// granted is closed when the request has its room, or when the window is
	// closed.
	granted chan struct{}
}

func newWindow(maxRequests, maxBytes int) *window {
	return &window{maxRequests: maxRequests, maxBytes: maxBytes}
}

// acquire waits until a request with a body of size bytes may start, ctx ends,
// or the window is closed. A size above maxBytes would wait for ever; bodies
// are held against a smaller limit before.
func (w *window) acquire(ctx context.Context, size int) error {
	wait, err := w.enter(size)
	if wait == nil {
		return err
	}
	select {
	case <-wait.granted:
		return w.state()
	case <-ctx.Done():
		w.giveUp(wait)
		return ctx.Err()
	}
}

// enter takes room and returns nil, or returns what to wait for.
func (w *window) enter(size int) (*waiter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.mu.closed:
		return nil, ErrConnLost
	case len(w.mu.waiting) == 0 && w.fits(size):
		w.mu.requests++
		w.mu.bytes += size
		return nil, nil
	}
	wait := &waiter{size: size, granted: make(chan struct{})}
	w.mu.waiting = append(w.mu.waiting, wait)
	return wait, nil
}

// giveUp ends a wait. Room that was granted in the same moment goes to the
// next.
func (w *window) giveUp(wait *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch i := slices.Index(w.mu.waiting, wait); {
	case w.mu.closed:
	case i >= 0:
		w.mu.waiting = slices.Delete(w.mu.waiting, i, i+1)
		w.grant()
	default:
		w.giveBack(wait.size)
	}
}

// release gives back the room of one request.
func (w *window) release(size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.giveBack(size)
}

func (w *window) giveBack(size int) {
	w.mu.requests--
	w.mu.bytes -= size
	w.grant()
}

// grant gives room to those who wait, in order.
func (w *window) grant() {
	for len(w.mu.waiting) > 0 && w.fits(w.mu.waiting[0].size) {
		first := w.mu.waiting[0]
		w.mu.waiting = w.mu.waiting[1:]
		w.mu.requests++
		w.mu.bytes += first.size
		close(first.granted)
	}
}

func (w *window) fits(size int) bool {
	return w.mu.requests < w.maxRequests && w.mu.bytes+size <= w.maxBytes
}

// state returns ErrConnLost after close.
func (w *window) state() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.closed {
		return ErrConnLost
	}
	return nil
}

// close ends all waiting with ErrConnLost.
func (w *window) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.closed = true
	for _, wait := range w.mu.waiting {
		close(wait.granted)
	}
	w.mu.waiting = nil
}
