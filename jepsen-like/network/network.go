package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"example.com/gstate/jepsen-like/nemesis"
)

// The ways to connect nodes, for Open.
const (
	// Auto is Namespaces if they are available, else Proxies.
	Auto = "auto"
	// Namespaces gives each node a network of its own, and carries every packet
	// between them.
	Namespaces = "namespaces"
	// Proxies lets the nodes share the loopback interface, and carries every
	// connection between them.
	Proxies = "proxies"
	// Plain lets the nodes share the loopback interface. There are no faults.
	Plain = "plain"
)

var (
	// ErrUnknownWay: there is no such way to connect nodes.
	ErrUnknownWay = errors.New("unknown way to connect nodes")
	// ErrUnavailable: this way is not possible here. The text says why.
	ErrUnavailable = errors.New("not available here")
	// ErrUnsupported is what Supports returns for a link that this way cannot
	// make.
	ErrUnsupported = errors.New("not possible with this way to connect nodes")
)

// Network connects nodes, and lets the links between them fail.
type Network interface {
	nemesis.Links
	// Place returns where a node listens and where it finds the others.
	Place(id string) Place
	// Enter calls start, and what processes it starts are on the node's network.
	// The calling goroutine must be locked to its thread.
	Enter(id string, start func() error) error
	// Dial returns a way for the harness to dial nodes, by the one that it
	// would use without this network. No fault between nodes disturbs it.
	Dial(dial Dial) Dial
	// Close ends all goroutines and undoes all that was made. The nodes must
	// have ended.
	Close() error
}

// Dial opens connections, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Place is a node's part of the network.
type Place struct {
	// Listen is the address that it listens on for other nodes, and HTTP for
	// clients.
	Listen, HTTP string
	// Peers are the addresses of all nodes, by id, as this one has to dial
	// them. Its own is Listen.
	Peers map[string]string
}

// Open connects nodes in the way with this name. The seed decides what faults
// are drawn for each packet. The text says which way it is, and why.
func Open(way string, ids []string, seed uint64) (Network, string, error) {
	switch way {
	case Plain:
		network, err := openPlain(ids)
		return network, "plain, as asked: the nodes share the loopback interface, and no link can fail", err
	case Namespaces:
		network, err := openNamespaces(ids, seed)
		return network, "namespaces, as asked: each node in its own, with a switch between them", err
	case Proxies:
		network, err := openProxies(ids, seed)
		return network, "proxies, as asked: connections between nodes go through this process", err
	case Auto:
		return openBest(ids, seed)
	}
	return nil, "", fmt.Errorf("%w: %q, want %s", ErrUnknownWay, way, strings.Join(Ways(), ", "))
}

// Ways returns the names that Open takes.
func Ways() []string { return []string{Auto, Namespaces, Proxies, Plain} }

// openBest takes proxies where there can be no namespaces.
func openBest(ids []string, seed uint64) (Network, string, error) {
	best, err := openNamespaces(ids, seed)
	if err == nil {
		return best, "namespaces, as this machine allows them: each node in its own, with a switch between them", nil
	}
	if !errors.Is(err, ErrUnavailable) {
		return nil, "", err
	}
	second, problem := openProxies(ids, seed)
	return second, fmt.Sprintf("proxies, as there can be no namespaces: %v", err), problem
}
