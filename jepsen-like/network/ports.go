package network

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// The ports that nodes are given. They lie below the range from which systems
// take the local ports of outgoing connections: otherwise a client's connection
// could take the port of a node that is down for a second, which could then
// not come back.
const (
	firstPort = 15000
	lastPort  = 30000
)

// errNoPorts is returned when the machine is full of listeners.
var errNoPorts = errors.New("no free ports")

// freeAddresses returns loopback addresses on which nobody listens. They begin
// at a random place, so that two harnesses on one machine seldom meet. Nothing
// reserves them: who is unlucky gets a node that cannot start.
func freeAddresses(count int) ([]string, error) {
	var addresses []string
	ports := lastPort - firstPort
	start := rand.IntN(ports)
	for i := 0; i < ports && len(addresses) < count; i++ {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+(start+i)%ports)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
	}
	if len(addresses) < count {
		return nil, fmt.Errorf("%w: %d of %d between %d and %d", errNoPorts, len(addresses), count, firstPort, lastPort)
	}
	return addresses, nil
}
