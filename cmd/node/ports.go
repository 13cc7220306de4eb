package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports that freeAddresses chooses from lie below those that systems hand
// out to outgoing connections (32768 and up on Linux, 49152 and up elsewhere):
// otherwise a connection could take the port of a member while it is down.
const (
	firstPort = 20000
	lastPort  = 29999
)

// portTries is how many ports are tried for each address: a machine on which a
// hundred random ports of ten thousand are taken has other troubles.
const portTries = 100

// errNoPort is returned when no free port was found.
var errNoPort = errors.New("no free port")

// freeAddresses returns n different loopback addresses on which nobody listens
// now. Nothing reserves them: a program that takes one before it is used makes
// the member that wanted it say so and end.
func freeAddresses(n int) ([]string, error) {
	addresses := make([]string, 0, n)
	var held []net.Listener // kept until the end, so that no address is found twice
	defer func() {
		for _, listener := range held {
			_ = listener.Close()
		}
	}()
	for range n {
		listener, err := listenSomewhere()
		if err != nil {
			return nil, err
		}
		held = append(held, listener)
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// listenSomewhere listens on a random free port.
func listenSomewhere() (net.Listener, error) {
	var err error
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		listener, failed := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if failed == nil {
			return listener, nil
		}
		err = failed
	}
	return nil, fmt.Errorf("%w from %d to %d: %w", errNoPort, firstPort, lastPort, err)
}
