package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hashicorp/go-hclog"
)

// Kind tells requests apart: each kind has its own handler. The numbers are
// part of the protocol between the nodes of a cluster, so a number is never
// reused for something else.
type Kind uint8

// kinds is how many kinds there are.
const kinds = 1 << 8

// Handler answers requests of one kind. It runs on a goroutine of its own, and
// from is the id of the node that asks. ctx ends when the caller gives up, the
// connection ends or the transport closes; the handler must then return soon,
// because Close waits for it, and so does a place among the requests of this
// peer. It must not call Close. The handler owns body. The response that it
// returns belongs to the transport from then on. Of an error only the text
// reaches the caller, as a *RemoteError, and the response is ignored. A panic
// is not caught.
type Handler func(ctx context.Context, from string, body []byte) ([]byte, error)

// Transport carries everything that goes between this node and its peers. All
// methods are safe for concurrent use.
type Transport struct {
	cfg      Config
	log      hclog.Logger
	journal  *journal
	listener net.Listener

	// handlers holds the handler of each kind, nil where there is none.
	handlers [kinds]atomic.Pointer[Handler]

	// own is the window of the requests that this node sends to itself.
	own *window

	// greetings has one slot for each accepted connection that has not been
	// answered yet.
	greetings chan struct{}

	// ctx ends, with ErrClosed as its cause, when the transport closes.
	ctx context.Context
	end context.CancelCauseFunc

	// running counts all goroutines. It is only added to under mu, before
	// closed is set.
	running sync.WaitGroup

	// mu is held for moments only, and no other lock is taken under it.
	mu struct {
		sync.Mutex
		closed bool

		// conns holds every open connection, accepted and dialled.
		conns map[*conn]struct{}

		// accepted is the number of those that count towards Config.MaxConns.
		accepted int

		// peers holds the nodes that requests go to, from the first dial to the
		// end of the connection.
		peers map[string]*peer

		// layer takes Raft's connections; nil while Raft is not running.
		layer *streamLayer
	}
}

// maxGreetings bounds the connections that have not been answered yet, each of
// which may take its time up to Config.HandshakeTimeout. Members that start at
// once are far fewer; beyond it a connection is dropped unheard.
const maxGreetings = 128

// Open listens at cfg.Listen and takes connections from then on; ctx bounds the
// start only. Requests that come before Handle was called for their kind are
// answered with ErrNoHandler. The errors are ErrConfig, ErrAddressInUse, and
// what the network returns. The transport must be closed.
func Open(ctx context.Context, cfg Config) (*Transport, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	listener, err := listen(ctx, cfg)
	if err != nil {
		return nil, err
	}
	t := &Transport{
		cfg:       cfg,
		log:       cfg.Logger,
		journal:   newJournal(cfg.Logger),
		listener:  listener,
		own:       newWindow(cfg.MaxRequests, cfg.MaxRequestBytes),
		greetings: make(chan struct{}, maxGreetings),
	}
	t.ctx, t.end = context.WithCancelCause(context.Background())
	t.mu.conns = make(map[*conn]struct{})
	t.mu.peers = make(map[string]*peer)
	t.start(t.accept)
	return t, nil
}

// listen starts to listen and gives a taken address its own error.
func listen(ctx context.Context, cfg Config) (net.Listener, error) {
	listener, err := cfg.Network.Listen(ctx, cfg.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: %w", ErrAddressInUse, err)
	}
	return listener, err
}

// Addr returns the address that the transport listens on, with the port that
// was chosen for port 0.
func (t *Transport) Addr() net.Addr { return t.listener.Addr() }

// Handle sets the handler of a kind and replaces a former one; nil removes it.
// It may be called at any time: requests that have begun keep the handler that
// they began with.
func (t *Transport) Handle(kind Kind, h Handler) {
	if h == nil {
		t.handlers[kind].Store(nil)
		return
	}
	t.handlers[kind].Store(&h)
}

// Disconnect closes all connections with a node, accepted and dialled ones: for
// a node that has left the cluster, or has moved. Requests under way end with
// ErrConnLost; the next Call dials anew.
func (t *Transport) Disconnect(id string) {
	t.closeWhere(func(c *conn) bool { return c.peer == id })
}

// Close stops listening, closes every connection, and waits for all goroutines
// and handlers. Calls under way return ErrClosed. It may be called more than
// once and concurrently; every call returns when all has ended, and only the
// first one returns an error, of the listener.
func (t *Transport) Close() error {
	defer t.running.Wait()
	if !t.shut() {
		return nil
	}
	t.end(ErrClosed)
	t.own.close()
	t.closeWhere(func(*conn) bool { return true })
	return t.listener.Close()
}

// shut marks the transport as closed and reports whether it was open.
func (t *Transport) shut() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := !t.mu.closed
	t.mu.closed = true
	return first
}

// start runs f on a goroutine that Close waits for, and reports whether it did:
// it does not after Close.
func (t *Transport) start(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.closed {
		return false
	}
	t.running.Go(f)
	return true
}
