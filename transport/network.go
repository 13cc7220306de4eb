package transport

import (
	"context"
	"net"
	"time"
)

// Network is where connections come from: TCP, or an in-memory network in
// tests. The connections must honour deadlines, and Close must end blocked
// reads and writes.
type Network interface {
	// Listen starts to listen at address and returns at once; ctx bounds the
	// start only.
	Listen(ctx context.Context, address string) (net.Listener, error)

	// Dial connects to address, resolving a name in it anew. It waits until ctx
	// ends at the latest; ctx has no influence on the connection that it
	// returned.
	Dial(ctx context.Context, address string) (net.Conn, error)
}

// TCP is the Network of a Config that names none. Writes are sent at once (no
// delay), because frames are packed before they are written.
var TCP Network = tcp{}

// A peer whose machine vanished is noticed on an idle connection after 10 s + 3
// * 5 s. The system's default of some minutes would keep connections, and what
// waits on them, for as long.
var keepAlive = net.KeepAliveConfig{
	Enable:   true,
	Idle:     10 * time.Second,
	Interval: 5 * time.Second,
	Count:    3,
}

// tcp has no state: Go's dialer and listener set TCP_NODELAY on their own.
type tcp struct{}

func (tcp) Listen(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{KeepAliveConfig: keepAlive}
	return config.Listen(ctx, "tcp", address)
}

func (tcp) Dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: keepAlive}
	return dialer.DialContext(ctx, "tcp", address)
}
