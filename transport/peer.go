package transport

import (
	"context"
)

// peer is the way to one node: being dialled, and then connected. It is used
// once; after the end of its connection the next call makes another one, which
// asks for the address anew.
type peer struct {
	id string

	// ready is closed when the dial has ended; link and err are set before and
	// not changed after.
	ready chan struct{}
	link  *link
	err   error
}

// connect returns a connection to a node. Concurrent callers share one dial,
// which goes on when they give up.
func (t *Transport) connect(ctx context.Context, id string) (*link, error) {
	p, err := t.peer(id)
	if err != nil {
		return nil, err
	}
	select {
	case <-p.ready:
		return p.link, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// peer returns the way to a node, and begins it where there is none.
func (t *Transport) peer(id string) (*peer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.closed {
		return nil, ErrClosed
	}
	if p := t.mu.peers[id]; p != nil {
		return p, nil
	}
	p := &peer{id: id, ready: make(chan struct{})}
	t.mu.peers[id] = p
	t.running.Go(func() { t.attach(p) })
	return p, nil
}

// attach dials a peer and serves the connection to its end. The dial is bounded
// by Config.HandshakeTimeout and not by any caller's context, because the
// others wait for it as well. After the end the peer is detached before its
// calls fail, so that a caller who tries again does not meet the same
// connection.
func (t *Transport) attach(p *peer) {
	c, limits, err := t.dial(t.ctx, p.id, streamRequests)
	if err != nil {
		t.detach(p)
		p.err = err
		close(p.ready)
		return
	}
	p.link = newLink(c, limits, t.cfg)
	close(p.ready)
	t.start(p.link.write)
	err = p.link.receive()
	c.Close()
	t.detach(p)
	if t.ctx.Err() != nil {
		err = ErrClosed
	}
	p.link.fail(err)
	t.journal.note(relation{eventDial, streamRequests, p.id}, err)
}

// detach lets the next call dial anew.
func (t *Transport) detach(p *peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.mu.peers, p.id)
}
