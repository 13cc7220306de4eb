package memnet

import (
	"fmt"
	"net"
	"sync"
	"syscall"
)

// maxQueue is how many connections wait for Accept before dials have to wait:
// the backlog of a small server.
const maxQueue = 128

// listener hands dialled connections to Accept. Its fields are guarded by
// Network.mu.
type listener struct {
	net  *Network
	host string
	addr address

	// queue holds the connections that were dialled and not accepted yet; at
	// most maxQueue.
	queue []*conn

	// wake is signalled when the queue grows or the listener closes.
	wake *sync.Cond

	// closed tells that Accept returns no connection any more.
	closed bool
}

// connect makes a connection from a host and returns the dialled end; the other
// one waits for Accept.
func (l *listener) connect(from *Host) *conn {
	local := address(fmt.Sprintf("%s:%d", from.name, l.net.nextPort()))
	dialled, accepted := l.net.connect(local, l.addr)
	l.queue = append(l.queue, accepted)
	l.wake.Signal()
	return dialled
}

// Accept waits for a connection or for Close.
func (l *listener) Accept() (net.Conn, error) {
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	for len(l.queue) == 0 && !l.closed {
		l.wake.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: l.addr, Err: net.ErrClosed}
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	l.net.changed.Broadcast()
	return c, nil
}

// Close stops listening and resets the connections that nobody accepted.
// Accepted ones live on.
func (l *listener) Close() error {
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: "mem", Addr: l.addr, Err: net.ErrClosed}
	}
	l.shut()
	return nil
}

// shut ends the listener, by Close or with its host, and lets the dials that
// wait for its queue see that nobody listens.
func (l *listener) shut() {
	l.closed = true
	l.net.mu.listeners = remove(l.net.mu.listeners, l)
	for _, c := range l.queue {
		c.shut(syscall.ECONNRESET)
	}
	l.queue = nil
	l.wake.Broadcast()
	l.net.changed.Broadcast()
}

// Addr returns the address that was listened at, with the port that was chosen.
func (l *listener) Addr() net.Addr { return l.addr }
