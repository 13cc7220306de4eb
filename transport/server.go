package transport

import (
	"context"
	"fmt"
	"sync"
)

// server is the serving end of a connection for requests.
type server struct {
	*stream
	t *Transport

	// from is the id of the calling node.
	from string

	// window has the limits that the calling node was told.
	window *window

	// maxResponse is the largest body that the peer reads, in bytes.
	maxResponse int

	// ctx ends with the connection.
	ctx    context.Context
	cancel context.CancelFunc

	mu struct {
		sync.Mutex

		// running holds what ends the context of each request whose handler has
		// not returned.
		running map[uint64]context.CancelFunc
	}
}

// serve answers the requests on an accepted connection until it ends.
func (t *Transport) serve(c *conn, p preface) {
	s := &server{
		stream:      newStream(c, t.cfg.MaxRequests, t.cfg),
		t:           t,
		from:        p.from,
		window:      newWindow(t.cfg.MaxRequests, t.cfg.MaxRequestBytes),
		maxResponse: p.maxBody,
	}
	s.taken = s.settle
	s.ctx, s.cancel = context.WithCancel(t.ctx)
	s.mu.running = make(map[uint64]context.CancelFunc)
	t.start(s.write)
	err := s.receive()
	s.cancel()
	s.out.close()
	c.Close()
	t.log.Debug("request connection ended", "peer", p.from, "error", err)
}

// receive takes frames until the connection ends, and returns why it did.
func (s *server) receive() error {
	for {
		f, err := s.read()
		if err != nil {
			return err
		}
		if err := s.take(f); err != nil {
			return err
		}
	}
}

// take acts on one frame.
func (s *server) take(f frame) error {
	switch f.typ {
	case frameRequest:
		return s.begin(f)
	case frameCancel:
		s.finish(f.id)
		return nil
	case framePing:
		return s.out.put(frame{typ: framePong})
	}
	return fmt.Errorf("%w: frame of type %d from the calling side", ErrMalformed, f.typ)
}

// begin starts the handler of a request, on a goroutine of its own, because a
// slow one must not delay others; the window bounds their number. It waits
// while the peer has more requests under way than it was told, and nothing more
// is read from it until then.
func (s *server) begin(f frame) error {
	if err := s.window.acquire(s.ctx, len(f.body)); err != nil {
		return err
	}
	ctx, err := s.register(f.id)
	if err != nil {
		return err
	}
	if !s.t.start(func() { s.answer(ctx, f) }) {
		return ErrClosed
	}
	return nil
}

// register gives a request the context that a cancel ends.
func (s *server) register(id uint64) (context.Context, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.running[id] != nil {
		return nil, fmt.Errorf("%w: request %d comes twice", ErrMalformed, id)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.running[id] = cancel
	return ctx, nil
}

// answer runs the handler and queues what it returned. The request keeps its
// place in the window until settle.
func (s *server) answer(ctx context.Context, request frame) {
	size := len(request.body)
	response, failed := s.t.handle(ctx, s.from, request.kind, request.body, s.maxResponse)
	s.finish(request.id)
	reply := frame{typ: frameResponse, kind: request.kind, id: request.id, body: response, holds: size}
	if failed != nil {
		reply.typ, reply.body = frameFailure, failed.encode()
	}
	if s.out.put(reply) != nil {
		s.conn.Close()
	}
}

// finish ends the context of a request, after its handler or because the caller
// has given up. It takes the request off the list, so a cancel that crosses the
// answer finds nothing, which is no mistake of the peer.
func (s *server) finish(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.mu.running[id]; cancel != nil {
		cancel()
		delete(s.mu.running, id)
	}
}

// settle gives the place of a request back when its answer is about to be
// written. It is early enough that the peer, which counts too, is never ahead;
// and late enough that a peer that does not read gets no more answers prepared.
func (s *server) settle(f frame) {
	if f.isAnswer() {
		s.window.release(f.holds)
	}
}
