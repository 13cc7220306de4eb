package memnet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// Host is one host's view of a Network: what it dials comes from it, and it
// listens at its own addresses. It has the methods of transport.Network. All
// methods are safe for concurrent use.
type Host struct {
	net  *Network
	name string

	// dead is set by Crash and guarded by Network.mu.
	dead bool
}

// Listen listens at address, whose host is this one or empty; port 0 takes a
// free port. It does not wait. A taken address is syscall.EADDRINUSE, an
// address of another host syscall.EADDRNOTAVAIL.
func (h *Host) Listen(ctx context.Context, at string) (net.Listener, error) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	l, err := h.listen(at)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: address(at), Err: err}
	}
	return l, nil
}

// listen completes the address and takes it, under the lock.
func (h *Host) listen(at string) (*listener, error) {
	host, port := split(at)
	if host == "" {
		host = h.name
	}
	if port == "0" {
		port = fmt.Sprint(h.net.nextPort())
	}
	if port != "" {
		at = host + ":" + port
	}
	switch {
	case h.dead:
		return nil, syscall.ENETDOWN
	case host != h.name:
		return nil, syscall.EADDRNOTAVAIL
	case h.net.listening(at) != nil:
		return nil, syscall.EADDRINUSE
	}
	l := &listener{net: h.net, host: host, addr: address(at), wake: sync.NewCond(&h.net.mu.Mutex)}
	h.net.mu.listeners = append(h.net.mu.listeners, l)
	h.net.changed.Broadcast()
	return l, nil
}

// Dial connects to address. It takes the latency of both directions, and waits
// while one of them is cut or held or the listener's queue is full, until ctx
// ends. Where nobody listens it returns syscall.ECONNREFUSED.
func (h *Host) Dial(ctx context.Context, to string) (net.Conn, error) {
	stop := context.AfterFunc(ctx, h.net.wakeDials)
	defer stop()
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	c, err := h.dial(ctx, to)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "mem", Addr: address(to), Err: err}
	}
	return c, nil
}

// dial goes through the states of a connection attempt, under the lock, and
// looks at all of them again after each wait: a packet that has arrived finds
// the listener and the faults as they are then.
func (h *Host) dial(ctx context.Context, to string) (*conn, error) {
	host, _ := split(to)
	there, back := route{h.name, host}, route{host, h.name}
	for arrived := false; ; {
		l := h.net.listening(to)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case h.dead:
			return nil, syscall.ENETDOWN
		case h.net.blocked(there) || h.net.blocked(back):
			h.net.changed.Wait()
		case !arrived:
			h.net.travel(ctx, h.net.delay(there, 0)+h.net.delay(back, 0))
			arrived = true
		case l == nil:
			return nil, syscall.ECONNREFUSED
		case len(l.queue) == maxQueue:
			h.net.changed.Wait()
		default:
			return l.connect(h), nil
		}
	}
}

// travel waits, without the lock, until a packet has gone there and back.
func (n *Network) travel(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	n.mu.Unlock()
	defer n.mu.Lock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
