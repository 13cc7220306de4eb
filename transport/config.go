package transport

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Defaults and fixed limits.
const (
	// DefaultHandshakeTimeout leaves room for two lost packets of a dial, and
	// for TLS between continents.
	DefaultHandshakeTimeout = 5 * time.Second

	// DefaultSilenceTimeout is longer than the pauses of a busy machine, and
	// short enough that a node that moved to another address is found there
	// while its callers still wait.
	DefaultSilenceTimeout = 10 * time.Second

	// DefaultMaxBodyBytes holds sixteen of the largest leaves of a tree (1 MiB
	// each): a request is a batch of commands, and more than that in one frame
	// delays everything behind it.
	DefaultMaxBodyBytes = 16 << 20

	// DefaultMaxConns is enough for 15 peers with 16 connections each: Raft
	// keeps a pool of some, a pipeline, a heartbeat and a snapshot, and
	// requests take one.
	DefaultMaxConns = 256

	// DefaultMaxRequests is some thousand, because a waiting request costs a
	// goroutine (a few KiB) on the called node, and requests that carry many
	// commands are seldom many.
	DefaultMaxRequests = 4096

	// DefaultMaxRequestBytes is four of the largest bodies: what one peer can
	// make this node hold in memory.
	DefaultMaxRequestBytes = 4 * DefaultMaxBodyBytes

	// MaxNameBytes limits the cluster id and node ids: their length is one byte
	// on the wire.
	MaxNameBytes = 255

	// MaxErrorBytes limits the text of a handler's error: enough for a chain of
	// causes, too little to flood a log.
	MaxErrorBytes = 4 << 10

	// maxWireBytes is the largest size or count that is put into a 32-bit field
	// of the protocol: half of what would go in, so that it fits an int on
	// every machine.
	maxWireBytes = 1<<31 - 1
)

// Config says who this node is, where it listens, and how it finds the others.
// The zero value of every optional field means its default.
type Config struct {
	// Network is where connections come from; nil means TCP.
	Network Network

	// Listen is the address to listen on, in the form that Network takes;
	// required. Port 0 takes a free one, which Transport.Addr tells.
	Listen string

	// Cluster is the id of the cluster; required, at most MaxNameBytes. A peer
	// with another one is refused.
	Cluster string

	// ID is this node's id; required, at most MaxNameBytes.
	ID string

	// Resolve returns the address at which the node with this id can be dialled
	// now; required. It is asked at every dial, because the id is the identity
	// and the address only where it happens to be; a name in the address is
	// looked up at every dial too. It is called from many goroutines and must
	// not wait.
	Resolve func(id string) (address string, ok bool)

	// Known reports whether a peer that dials may connect; nil means: whether
	// Resolve finds it. It is called from many goroutines and must not wait.
	Known func(id string) bool

	// Logger receives one line for each change in the relation to a peer; nil
	// means no log.
	Logger hclog.Logger

	// HandshakeTimeout bounds a dial with its handshake, and on the accepting
	// side the handshake; zero means DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration

	// SilenceTimeout is how long a request connection may be silent before it
	// is closed; zero means DefaultSilenceTimeout. The dialling side sends a
	// ping every quarter of it.
	SilenceTimeout time.Duration

	// MaxBodyBytes is the largest body of a request or response that this node
	// reads; zero means DefaultMaxBodyBytes. A peer learns it in the handshake.
	MaxBodyBytes int

	// MaxConns is the largest number of accepted connections; zero means
	// DefaultMaxConns. Beyond it peers are refused with ErrBusy.
	MaxConns int

	// MaxRequests is how many requests of one peer may run here at once; zero
	// means DefaultMaxRequests. The peer learns it in the handshake and lets
	// further calls wait on its side.
	MaxRequests int

	// MaxRequestBytes is how many bytes the bodies of one peer's running
	// requests may have together; zero means DefaultMaxRequestBytes or
	// MaxBodyBytes, the larger. It works as MaxRequests does.
	MaxRequestBytes int
}

// Validate reports every field that is missing or out of its range, in one
// error that wraps ErrConfig.
func (c Config) Validate() error {
	c = c.withDefaults()
	return wrapConfig(errors.Join(
		validName("Cluster", c.Cluster),
		validName("ID", c.ID),
		need("Listen", c.Listen != ""),
		need("Resolve", c.Resolve != nil),
		atLeast("HandshakeTimeout", int64(c.HandshakeTimeout), 1),
		atLeast("SilenceTimeout", int64(c.SilenceTimeout), int64(time.Millisecond)),
		atLeast("MaxBodyBytes", int64(c.MaxBodyBytes), 1),
		atMost("MaxBodyBytes", int64(c.MaxBodyBytes), maxWireBytes),
		atLeast("MaxConns", int64(c.MaxConns), 1),
		atLeast("MaxRequests", int64(c.MaxRequests), 1),
		atMost("MaxRequests", int64(c.MaxRequests), maxWireBytes),
		atLeast("MaxRequestBytes", int64(c.MaxRequestBytes), int64(c.MaxBodyBytes)),
		atMost("MaxRequestBytes", int64(c.MaxRequestBytes), maxWireBytes),
	))
}

// withDefaults returns the configuration with every zero optional field filled
// in.
func (c Config) withDefaults() Config {
	if c.Network == nil {
		c.Network = TCP
	}
	if c.Known == nil && c.Resolve != nil {
		resolve := c.Resolve
		c.Known = func(id string) bool { _, ok := resolve(id); return ok }
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	setDefault(&c.HandshakeTimeout, DefaultHandshakeTimeout)
	setDefault(&c.SilenceTimeout, DefaultSilenceTimeout)
	setDefault(&c.MaxBodyBytes, DefaultMaxBodyBytes)
	setDefault(&c.MaxConns, DefaultMaxConns)
	setDefault(&c.MaxRequests, DefaultMaxRequests)
	setDefault(&c.MaxRequestBytes, max(DefaultMaxRequestBytes, c.MaxBodyBytes))
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func wrapConfig(problems error) error {
	if problems == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrConfig, problems)
}

func need(field string, set bool) error {
	if set {
		return nil
	}
	return fmt.Errorf("%s is required", field)
}

func validName(field, name string) error {
	if name == "" || len(name) > MaxNameBytes {
		return fmt.Errorf("%s has %d bytes, allowed are 1 to %d", field, len(name), MaxNameBytes)
	}
	return nil
}

func atLeast(field string, value, least int64) error {
	if value < least {
		return fmt.Errorf("%s is %d, below %d", field, value, least)
	}
	return nil
}

func atMost(field string, value, most int64) error {
	if value > most {
		return fmt.Errorf("%s is %d, above %d", field, value, most)
	}
	return nil
}
