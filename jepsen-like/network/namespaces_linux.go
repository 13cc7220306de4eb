package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"example.com/gstate/jepsen-like/nemesis"
)

// The ports of each node. It has the network for itself.
const (
	peerPort = 7001
	httpPort = 8001
)

// nodesNet are the addresses of the nodes. Only they know of them.
var nodesNet = netip.MustParsePrefix("10.0.0.0/24")

// namespaces gives each node a network namespace with one device, at whose other
// end is the switch.
type namespaces struct {
	*packetSwitch
	spaces map[string]*space
	places map[string]Place
}

// openNamespaces makes the namespaces and the switch. The error matches
// ErrUnavailable where that is not possible.
func openNamespaces(ids []string, seed uint64) (Network, error) {
	n := &namespaces{spaces: map[string]*space{}, places: map[string]Place{}}
	var ports []port
	peers := map[string]string{}
	address := nodesNet.Addr()
	for _, id := range ids {
		address = address.Next()
		own, device, err := newSpace(netip.PrefixFrom(address, nodesNet.Bits()))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("namespaces: %w: %w", ErrUnavailable, err), n.leave(ports))
		}
		n.spaces[id] = own
		ports = append(ports, port{id, address, device})
		peers[id] = netip.AddrPortFrom(address, peerPort).String()
		n.places[id] = Place{Listen: peers[id], HTTP: netip.AddrPortFrom(address, httpPort).String(), Peers: peers}
	}
	n.packetSwitch = newSwitch(newLines(ids, seed), ports)
	return n, nil
}

// leave gives back what there is when not all namespaces can be made.
func (n *namespaces) leave(ports []port) error {
	var problems []error
	for _, p := range ports {
		problems = append(problems, p.Close())
	}
	return errors.Join(append(problems, n.closeSpaces())...)
}

func (n *namespaces) closeSpaces() error {
	var problems []error
	for _, s := range n.spaces {
		problems = append(problems, s.close())
	}
	return errors.Join(problems...)
}

// Supports returns nil: a switch can do everything to a packet.
func (n *namespaces) Supports(nemesis.Link) error { return nil }

// Place implements Network.
func (n *namespaces) Place(id string) Place { return n.places[id] }

// Enter implements Network.
func (n *namespaces) Enter(id string, start func() error) error {
	own, ok := n.spaces[id]
	if !ok {
		return fmt.Errorf("%w: %q", ErrUnknownNode, id)
	}
	return own.visit(start)
}

// Dial implements Network. The connection begins inside the node's namespace,
// and so it never meets the switch.
func (n *namespaces) Dial(dial Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		for id, place := range n.places {
			if place.HTTP == address {
				return n.spaces[id].dial(ctx, dial, network, address)
			}
		}
		return dial(ctx, network, address)
	}
}

// Close implements Network.
func (n *namespaces) Close() error { return errors.Join(n.packetSwitch.close(), n.closeSpaces()) }
