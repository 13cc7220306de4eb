package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/hashicorp/raft"
)

// StreamLayer returns what raft.NewNetworkTransport takes as its stream:
// connections whose preface said that they are Raft's. The addresses that it
// dials are node ids, resolved at every dial, so that a raft.ServerAddress is
// the node's id and never changes; Addr returns this node's id.
//
// Closing the layer closes all of its connections, also the accepted ones,
// which Raft's transport leaves open, and nothing else of this transport. There
// is one layer at a time: a further call closes the former one and returns a
// new one, for a Raft that is started again. Without a layer peers are refused
// with ErrBusy. Of a closed transport the layer is closed.
func (t *Transport) StreamLayer() raft.StreamLayer {
	l := &streamLayer{t: t, arrived: make(chan *conn)}
	l.ctx, l.end = context.WithCancelCause(t.ctx)
	t.mu.Lock()
	former := t.mu.layer
	t.mu.layer = l
	t.mu.Unlock()
	if former != nil {
		former.Close()
	}
	return l
}

// streamLayer is the part of a transport that Raft uses.
type streamLayer struct {
	t *Transport

	// arrived hands accepted connections to Accept.
	arrived chan *conn

	// ctx ends when the layer or the transport closes.
	ctx context.Context
	end context.CancelCauseFunc
}

// Accept waits for a connection from a peer's Raft, or returns ErrClosed.
func (l *streamLayer) Accept() (net.Conn, error) {
	select {
	case c := <-l.arrived:
		return raftConn{c}, nil
	case <-l.ctx.Done():
		return nil, fmt.Errorf("raft stream: %w", ErrClosed)
	}
}

// raftConn is an accepted connection as Raft's reader sees it. That logs every
// end of a connection but io.EOF as an error, also the end that this node's own
// Close makes.
type raftConn struct{ *conn }

// Read reads as the connection does.
func (c raftConn) Read(b []byte) (int, error) {
	n, err := c.conn.Read(b)
	if errors.Is(err, net.ErrClosed) {
		err = io.EOF
	}
	return n, err
}

// Dial connects to the Raft of the node whose id the address is. The timeout
// bounds the dial and the handshake; beyond Config.HandshakeTimeout it does not
// reach, and zero means just that. A connection that becomes ready while the
// layer closes is closed: either its handshake sees the end of ctx, or Close
// finds it on the list.
func (l *streamLayer) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	if timeout <= 0 {
		timeout = l.t.cfg.HandshakeTimeout
	}
	ctx, cancel := context.WithTimeout(l.ctx, timeout)
	defer cancel()
	c, _, err := l.t.dial(ctx, string(to), streamRaft)
	if err != nil {
		return nil, fmt.Errorf("raft stream to node %q: %w", to, err)
	}
	return c, nil
}

// Addr returns this node's id as an address.
func (l *streamLayer) Addr() net.Addr { return nodeAddr(l.t.cfg.ID) }

// Close ends the layer and its connections. It is idempotent. A layer that was
// replaced closes nothing any more: its connections ended when it was, and
// those that are open belong to its successor.
func (l *streamLayer) Close() error {
	l.end(ErrClosed)
	if l.t.dropLayer(l) {
		l.t.closeWhere(func(c *conn) bool { return c.stream == streamRaft })
	}
	return nil
}

// nodeAddr is a node's id in the form of an address.
type nodeAddr string

// Network returns "gstate".
func (nodeAddr) Network() string { return "gstate" }

// String returns the node's id.
func (a nodeAddr) String() string { return string(a) }

// streamLayer returns the layer that takes Raft's connections, or nil.
func (t *Transport) streamLayer() *streamLayer {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.layer
}

// dropLayer removes a layer and reports whether it was the current one.
func (t *Transport) dropLayer(l *streamLayer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.layer != l {
		return false
	}
	t.mu.layer = nil
	return true
}

// handOver gives an accepted connection to Raft. A Raft that does not take it,
// because it hangs or has not started to accept, must not hold this goroutine
// for ever.
func (t *Transport) handOver(c *conn) {
	l := t.streamLayer()
	if l == nil {
		c.Close()
		return
	}
	timer := time.NewTimer(t.cfg.HandshakeTimeout)
	defer timer.Stop()
	select {
	case l.arrived <- c:
	case <-timer.C:
		c.Close()
	case <-l.ctx.Done():
		c.Close()
	}
}
