package transport

import (
	"context"
	"fmt"
	"sync"
)

// link is the calling end of a connection for requests. A call has its place in
// the window first, then its id, and then its frame in the outbox; it ends by
// an answer, by its context, or with the link.
type link struct {
	*stream
	window *window

	// maxRequest is the largest body that the peer reads, in bytes.
	maxRequest int

	mu struct {
		sync.Mutex

		// calls holds what waits for an answer. A call whose caller gave up
		// stays until its answer comes, because it takes a place on the serving
		// side until then.
		calls map[uint64]*call

		// last is the id given out last.
		last uint64

		// err is why the link ended; nil while it has not.
		err error
	}
}

// call is one request under way.
type call struct {
	id   uint64
	size int

	// done has one slot, so that the answer is delivered without waiting, even
	// if nobody wants it any more.
	done chan outcome
}

// outcome is how a call ended.
type outcome struct {
	response []byte

	// sent tells, beside an error, that the request may have left this node.
	sent bool
	err  error
}

func newLink(c *conn, limits terms, cfg Config) *link {
	s := newStream(c, limits.maxRequests, cfg)
	s.pings = true
	l := &link{
		stream:     s,
		window:     newWindow(limits.maxRequests, limits.maxRequestBytes),
		maxRequest: limits.maxBody,
	}
	l.mu.calls = make(map[uint64]*call)
	return l
}

// call sends a request and waits for its answer, until ctx ends.
func (l *link) call(ctx context.Context, kind Kind, body []byte) outcome {
	if len(body) > l.maxRequest {
		return outcome{err: tooLarge("request", len(body), l.maxRequest)}
	}
	if err := l.window.acquire(ctx, len(body)); err != nil {
		return outcome{err: err}
	}
	c, err := l.begin(len(body))
	if err != nil {
		return outcome{err: err}
	}
	// Should the link end between begin and put, fail has an outcome in done as
	// well; put knows better.
	if err := l.out.put(frame{typ: frameRequest, kind: kind, id: c.id, body: body}); err != nil {
		return outcome{err: err}
	}
	select {
	case result := <-c.done:
		return result
	case <-ctx.Done():
		return outcome{sent: l.abandon(c), err: ctx.Err()}
	}
}

// begin gives a request its id. Ids start anew on every link, so an answer can
// only meet a call of its own connection.
func (l *link) begin(size int) (*call, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.err != nil {
		return nil, l.mu.err
	}
	l.mu.last++
	c := &call{id: l.mu.last, size: size, done: make(chan outcome, 1)}
	l.mu.calls[c.id] = c
	return c, nil
}

// abandon ends a call that nobody waits for, and reports whether its request
// may have left. If so, the peer is asked to stop.
func (l *link) abandon(c *call) (sent bool) {
	if l.out.withdraw(c.id) {
		l.finish(c.id)
		return false
	}
	// It is of no use to a connection that has ended meanwhile.
	_ = l.out.put(frame{typ: frameCancel, id: c.id})
	return true
}

// finish takes a call off the list, gives its place back, and returns it; nil
// if there is none with this id.
func (l *link) finish(id uint64) *call {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.mu.calls[id]
	if c == nil {
		return nil
	}
	delete(l.mu.calls, id)
	l.window.release(c.size)
	return c
}

// receive delivers answers until the connection ends, and returns why it did.
func (l *link) receive() error {
	for {
		f, err := l.read()
		if err != nil {
			return err
		}
		if f.typ == framePong {
			continue
		}
		if err := l.deliver(f); err != nil {
			return err
		}
	}
}

// deliver gives an answer to its call.
func (l *link) deliver(f frame) error {
	result := outcome{response: f.body, sent: true}
	if !f.isAnswer() {
		return fmt.Errorf("%w: frame of type %d from the serving side", ErrMalformed, f.typ)
	}
	if f.typ == frameFailure {
		failed, err := decodeFailure(f.body)
		if err != nil {
			return err
		}
		result = outcome{sent: true, err: failed.err()}
	}
	c := l.finish(f.id)
	if c == nil {
		return fmt.Errorf("%w: answer to request %d, which does not wait", ErrMalformed, f.id)
	}
	c.done <- result
	return nil
}

// fail ends the link and every call on it. What was still queued has certainly
// not been sent: the writer takes frames off the queue before it writes the
// first byte of them.
func (l *link) fail(reason error) {
	if reason != ErrClosed {
		reason = fmt.Errorf("%w: %w", ErrConnLost, reason)
	}
	queued := make(map[uint64]bool)
	calls := l.stop(reason)
	for _, f := range l.out.close() {
		queued[f.id] = queued[f.id] || f.typ == frameRequest
	}
	for id, c := range calls {
		c.done <- outcome{sent: !queued[id], err: reason}
	}
	l.window.close()
}

// stop lets no further call begin and returns those that wait.
func (l *link) stop(reason error) map[uint64]*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.err = reason
	calls := l.mu.calls
	l.mu.calls = nil
	return calls
}

// tooLarge returns the error for a body above a limit.
func tooLarge(what string, size, limit int) error {
	return fmt.Errorf("%s: %w: %s", what, ErrTooLarge, overLimit(size, limit))
}

func overLimit(size, limit int) string {
	return fmt.Sprintf("%d bytes, allowed are %d", size, limit)
}
