package transport

import (
	"fmt"
	"slices"
	"sync"
)

// outbox is the queue of frames between many senders and the one goroutine that
// writes a connection. Putting never waits: what may be queued is bounded by
// the window of the connection, and the limit here only stops a peer that
// breaks the rules.
type outbox struct {
	// limit is the largest number of queued frames.
	limit int

	// wake has one slot, filled when the writer has something to look at.
	wake chan struct{}

	mu struct {
		sync.Mutex
		frames []frame
		closed bool
	}
}

// outboxSpare is the room for pings and pongs, of which an honest peer has one
// or two waiting.
const outboxSpare = 16

// newOutbox returns an outbox for a connection with so many requests at once:
// each of them can have its request and a cancel, or an answer, in the queue.
func newOutbox(requests int) *outbox {
	return &outbox{limit: 2*requests + outboxSpare, wake: make(chan struct{}, 1)}
}

// put queues a frame. An error means that the frame will never be written.
func (o *outbox) put(f frame) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.mu.closed:
		return ErrConnLost
	case len(o.mu.frames) >= o.limit:
		return fmt.Errorf("%w: it lets more than %d frames wait", ErrMalformed, o.limit)
	}
	o.mu.frames = append(o.mu.frames, f)
	o.signal()
	return nil
}

// withdraw takes back the request with this id and reports whether it was still
// queued, that is, never sent.
func (o *outbox) withdraw(id uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.mu.frames, func(f frame) bool { return f.typ == frameRequest && f.id == id })
	if i < 0 {
		return false
	}
	o.mu.frames = slices.Delete(o.mu.frames, i, i+1)
	return true
}

// take returns all queued frames, which count as sent from now on, and reports
// whether the outbox is open. The memory of the former batch is used for the
// next frames.
func (o *outbox) take(former []frame) (batch []frame, open bool) {
	clear(former)
	o.mu.Lock()
	defer o.mu.Unlock()
	batch = o.mu.frames
	o.mu.frames = former[:0]
	return batch, !o.mu.closed
}

// close ends the outbox and returns the frames that were never sent.
func (o *outbox) close() []frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := o.mu.frames
	o.mu.frames = nil
	o.mu.closed = true
	o.signal()
	return left
}

// signal fills the slot of wake, if it is not filled yet.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
