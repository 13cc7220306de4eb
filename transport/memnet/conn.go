package memnet

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is one end of a connection. Its fields are guarded by Network.mu.
type conn struct {
	net *Network

	// local and remote are fixed, and may be read without the lock.
	local, remote address

	// in is what the other end writes, out what this end writes.
	in, out *flow

	// wake is signalled when anything changes that a Read or Write of this end
	// waits for.
	wake *sync.Cond

	// closed tells that Close was called, or that the host crashed.
	closed bool

	// readBy and writeBy are the deadlines.
	readBy, writeBy deadline
}

// connect makes the two ends of a connection.
func (n *Network) connect(from, to address) (dialled, accepted *conn) {
	dialled = &conn{net: n, local: from, remote: to, wake: sync.NewCond(&n.mu.Mutex)}
	accepted = &conn{net: n, local: to, remote: from, wake: sync.NewCond(&n.mu.Mutex)}
	n.flow(dialled, accepted)
	n.flow(accepted, dialled)
	n.mu.conns = append(n.mu.conns, dialled, accepted)
	return dialled, accepted
}

// flow makes one direction of a connection.
func (n *Network) flow(from, to *conn) {
	sender, _ := split(from.local.String())
	receiver, _ := split(to.local.String())
	f := &flow{net: n, route: route{sender, receiver}, from: from, to: to}
	from.out, to.in = f, f
}

// Read waits for data, the end of the peer, Close or the read deadline.
func (c *conn) Read(p []byte) (int, error) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	for {
		switch err := c.state(&c.readBy); {
		case err != nil:
			return 0, c.failure("read", err)
		case len(p) == 0:
			return 0, nil
		case c.in.inbox.Len() > 0:
			return c.in.read(p), nil
		case c.in.end == io.EOF:
			return 0, io.EOF
		case c.in.end != nil:
			return 0, c.failure("read", c.in.end)
		}
		c.wake.Wait()
	}
}

// Write waits for room in the peer's buffer, Close or the write deadline. It
// fails once the end of the peer has arrived here.
func (c *conn) Write(p []byte) (int, error) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	written := 0
	for {
		room := BufferBytes - c.out.held
		switch err := c.state(&c.writeBy); {
		case err != nil:
			return written, c.failure("write", err)
		case c.in.end == io.EOF:
			return written, c.failure("write", syscall.EPIPE)
		case c.in.end != nil:
			return written, c.failure("write", c.in.end)
		case written == len(p):
			return written, nil
		case room == 0:
			c.wake.Wait()
		default:
			data := p[written:min(len(p), written+room)]
			c.out.send(segment{data: bytes.Clone(data)})
			written += len(data)
		}
	}
}

// state returns why this end can do nothing now, or nil. It comes before
// everything else in Read and Write: as with sockets, a passed deadline wins
// over bytes that are there.
func (c *conn) state(d *deadline) error {
	switch {
	case c.closed:
		return net.ErrClosed
	case d.passed():
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (c *conn) failure(op string, err error) error {
	return &net.OpError{Op: op, Net: "mem", Source: c.local, Addr: c.remote, Err: err}
}

// Close ends this end: what was written before still arrives, and after it the
// peer reads EOF.
func (c *conn) Close() error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.closed {
		return c.failure("close", net.ErrClosed)
	}
	c.shut(io.EOF)
	return nil
}

// shut ends this end and sends the reason to the peer. What the peer has sent
// is dropped, and what it still sends will be when it arrives; it learns of the
// end only when the reason has come through the route back.
func (c *conn) shut(end error) {
	if c.closed {
		return
	}
	c.closed = true
	c.net.mu.conns = remove(c.net.mu.conns, c)
	c.readBy.stop()
	c.writeBy.stop()
	c.in.held -= c.in.inbox.Len()
	c.in.inbox = bytes.Buffer{}
	if c.out.end == nil {
		c.out.send(segment{end: end})
	}
	c.wake.Broadcast()
	c.in.from.wake.Broadcast()
}

// LocalAddr returns the address of this end.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines; the zero time means none.
func (c *conn) SetDeadline(t time.Time) error {
	return c.setDeadlines(t, &c.readBy, &c.writeBy)
}

// SetReadDeadline sets when reads give up, those that wait already included.
func (c *conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.readBy) }

// SetWriteDeadline sets when writes give up, those that wait already included.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writeBy) }

func (c *conn) setDeadlines(t time.Time, deadlines ...*deadline) error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.closed {
		return c.failure("set", net.ErrClosed)
	}
	for _, d := range deadlines {
		d.set(t, c.wakeUp)
	}
	c.wake.Broadcast()
	return nil
}

// wakeUp lets waiting reads and writes look at their deadlines.
func (c *conn) wakeUp() {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.wake.Broadcast()
}
