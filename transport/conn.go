package transport

import (
	"net"
	"sync"
)

// conn is a connection that the transport keeps track of, so that Close finds
// every one, whoever uses it.
type conn struct {
	net.Conn
	t *Transport

	// peer is the id of the other node and stream the use of the connection;
	// both are zero until an accepted one has said them. Guarded by
	// Transport.mu.
	peer   string
	stream streamType

	// accepted tells that the connection counts towards Config.MaxConns.
	// Guarded by Transport.mu.
	accepted bool

	// closing makes Close idempotent, and closeError is what it returned first.
	closing    sync.Once
	closeError error
}

// Close ends the connection; further calls return what the first one did.
func (c *conn) Close() error {
	c.closing.Do(func() {
		c.t.forget(c)
		c.closeError = c.Conn.Close()
	})
	return c.closeError
}

// track takes a connection into the care of the transport. It closes it when
// the transport is closed.
func (t *Transport) track(raw net.Conn, peer string, stream streamType) (*conn, error) {
	c := &conn{Conn: raw, t: t, peer: peer, stream: stream}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.closed {
		raw.Close()
		return nil, ErrClosed
	}
	t.mu.conns[c] = struct{}{}
	return c, nil
}

// admit counts a connection as accepted from a peer, if there is room for one
// more. Connections that have not said who they are do not count, so that
// strangers cannot use up the places of members.
func (t *Transport) admit(c *conn, peer string, stream streamType) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch _, tracked := t.mu.conns[c]; {
	case !tracked:
		return ErrClosed
	case t.mu.accepted >= t.cfg.MaxConns:
		return refuse(refusedBusy, "it has %d connections already", t.mu.accepted)
	}
	c.peer, c.stream = peer, stream
	c.accepted = true
	t.mu.accepted++
	return nil
}

// forget takes a connection off the list. It must not be called with mu held,
// and so no connection is closed under it.
func (t *Transport) forget(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, tracked := t.mu.conns[c]; !tracked {
		return
	}
	delete(t.mu.conns, c)
	if c.accepted {
		t.mu.accepted--
	}
}

// closeWhere closes the connections that match.
func (t *Transport) closeWhere(match func(*conn) bool) {
	for _, c := range t.connsWhere(match) {
		c.Close()
	}
}

// connsWhere returns the connections that match. They are collected under mu
// and closed by the caller without it, because closing a connection takes it
// off the list.
func (t *Transport) connsWhere(match func(*conn) bool) []*conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []*conn
	for c := range t.mu.conns {
		if match(c) {
			found = append(found, c)
		}
	}
	return found
}
