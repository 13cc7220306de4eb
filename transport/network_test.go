package transport

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// countingNetwork counts the dials.
type countingNetwork struct {
	Network
	dials atomic.Int32
}

func (n *countingNetwork) Dial(ctx context.Context, address string) (net.Conn, error) {
	n.dials.Add(1)
	return n.Network.Dial(ctx, address)
}

// tiredNetwork has listeners whose Accept fails a few times before every
// connection.
type tiredNetwork struct {
	Network
	failures int
}

func (n tiredNetwork) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := n.Network.Listen(ctx, address)
	return &tiredListener{Listener: l, each: n.failures}, err
}

type tiredListener struct {
	net.Listener
	each, failed int
}

func (l *tiredListener) Accept() (net.Conn, error) {
	if l.failed < l.each {
		l.failed++
		return nil, errors.New("too many open files")
	}
	l.failed = 0
	return l.Listener.Accept()
}
