package memnet

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Network is an in-memory network of named hosts. Every direction between two
// hosts is a route of its own, with its own faults. All methods are safe for
// concurrent use and none waits.
type Network struct {
	// mu guards all state of the network, its connections included: one lock,
	// so that a fault acts on everything at the same moment. Nothing waits
	// under it but the conditions built on it.
	mu struct {
		sync.Mutex

		// hosts holds the living Host of each name, in the order of their
		// making.
		hosts []*Host

		// routes holds the faults of each route that ever had one.
		routes map[route]*faults

		// listeners and conns hold the open listeners and the open ends of
		// connections, in the order of their making. They are lists and not
		// maps, so that faults act in the same order in every run.
		listeners []*listener
		conns     []*conn

		// lastPort is the port given out last where none was asked for.
		lastPort int
	}

	// changed is signalled, with mu held, when something changes that a dial
	// waits for: faults, listeners, and the end of a context.
	changed *sync.Cond
}

// firstPort starts the ports that the network chooses; the number is the one
// Linux starts with.
const firstPort = 32768

// route is one direction between two hosts.
type route struct{ from, to string }

// faults is what is wrong with a route. The zero value is a perfect one.
type faults struct {
	cut, held bool
	// latency says how long what is sent is under way; nil means no time.
	latency func(size int) time.Duration
}

// New returns a network without hosts and faults.
func New() *Network {
	n := &Network{}
	n.mu.routes = make(map[route]*faults)
	n.mu.lastPort = firstPort
	n.changed = sync.NewCond(&n.mu.Mutex)
	return n
}

// Host returns the view of the network that the host with this name has. It is
// the same one for the same name until Crash ends it; then a new one stands for
// the host that was started again.
func (n *Network) Host(name string) *Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.mu.hosts {
		if h.name == name {
			return h
		}
	}
	h := &Host{net: n, name: name}
	n.mu.hosts = append(n.mu.hosts, h)
	return h
}

// Conns returns the number of open connection ends: two for a connection, one
// when one side has closed it. A test that closed everything expects zero.
func (n *Network) Conns() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.mu.conns)
}

// faultsOf returns the faults of a route, to be changed under mu.
func (n *Network) faultsOf(r route) *faults {
	f := n.mu.routes[r]
	if f == nil {
		f = &faults{}
		n.mu.routes[r] = f
	}
	return f
}

// blocked reports whether what is sent on the route is kept back.
func (n *Network) blocked(r route) bool {
	f := n.mu.routes[r]
	return f != nil && (f.cut || f.held)
}

// delay returns the latency of so many bytes on a route.
func (n *Network) delay(r route, size int) time.Duration {
	if f := n.mu.routes[r]; f != nil && f.latency != nil {
		return f.latency(size)
	}
	return 0
}

// nextPort returns a port that was not given out before.
func (n *Network) nextPort() int {
	n.mu.lastPort++
	return n.mu.lastPort
}

// wakeDials lets every waiting dial look again.
func (n *Network) wakeDials() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.changed.Broadcast()
}

// listening returns the listener at an address, or nil.
func (n *Network) listening(at string) *listener {
	for _, l := range n.mu.listeners {
		if l.addr.String() == at {
			return l
		}
	}
	return nil
}

// remove takes one element out of a list.
func remove[T comparable](list []T, element T) []T {
	return slices.DeleteFunc(list, func(e T) bool { return e == element })
}

// address is the net.Addr of this network.
type address string

// Network returns "mem".
func (address) Network() string { return "mem" }

// String returns the address as it was given to Listen or Dial.
func (a address) String() string { return string(a) }

// split returns the host and the port of an address; an address without a colon
// is a host alone.
func split(address string) (host, port string) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return address, ""
	}
	return address[:i], address[i+1:]
}
