package memnet

import (
	"slices"
	"syscall"
	"time"
)

// Cut stops everything from one host to another, in this direction only and
// silently: what is on its way and what is sent later is kept back, and a new
// dial between the two, in either direction, waits until its context ends.
// Nobody sees an error. Heal delivers what was kept, as TCP's retransmission
// does after a short cut; to have the connections break as well, call Reset.
func (n *Network) Cut(from, to string) {
	n.change(from, to, func(f *faults) { f.cut = true })
}

// Heal ends a Cut of this direction and delivers what it kept back.
func (n *Network) Heal(from, to string) {
	n.change(from, to, func(f *faults) { f.cut = false })
}

// Hold keeps what is sent in one direction until Release delivers it in order:
// the way to make replies late. It works as Cut does and is a separate switch,
// so that a test can cut and heal around a reply that it holds.
func (n *Network) Hold(from, to string) {
	n.change(from, to, func(f *faults) { f.held = true })
}

// Release ends a Hold of this direction and delivers what it kept back.
func (n *Network) Release(from, to string) {
	n.change(from, to, func(f *faults) { f.held = false })
}

// Delay sets the latency of one direction for everything that is sent from now
// on; zero removes it. What a connection carries stays in order.
func (n *Network) Delay(from, to string, d time.Duration) {
	n.Latency(from, to, func(int) time.Duration { return d })
}

// Latency asks for the latency of one direction each time that something is
// sent, with its size in bytes, which is 0 for a dial: the way to have jitter
// or a narrow line. nil removes it. Delay and Latency replace each other. It is
// asked with the lock of the network held, and must not use the network.
func (n *Network) Latency(from, to string, of func(size int) time.Duration) {
	n.change(from, to, func(f *faults) { f.latency = of })
}

// HealAll ends every Cut and Hold. Delays stay.
func (n *Network) HealAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.healCuts()
	for _, f := range n.mu.routes {
		f.held = false
	}
	n.settle()
}

// Partition heals all cuts, and then cuts every two hosts that are in different
// groups, in both directions. The hosts that are in no group form one more
// group. A host that appears later is in none.
func (n *Network) Partition(groups ...[]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.healCuts()
	for _, a := range n.mu.hosts {
		for _, b := range n.mu.hosts {
			if groupOf(a.name, groups) != groupOf(b.name, groups) {
				n.faultsOf(route{a.name, b.name}).cut = true
			}
		}
	}
	n.settle()
}

// Isolate cuts a host off from every other one that exists, in both directions,
// and leaves other cuts as they are.
func (n *Network) Isolate(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.mu.hosts {
		if h.name != host {
			n.faultsOf(route{h.name, host}).cut = true
			n.faultsOf(route{host, h.name}).cut = true
		}
	}
}

// Reset breaks all connections between two hosts at once: both sides read and
// write connection reset, and what was on its way is lost. It works through a
// Cut.
func (n *Network) Reset(a, b string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	there, back := route{a, b}, route{b, a}
	for _, c := range n.mu.conns {
		if c.in.route == there || c.in.route == back {
			c.in.lose()
			c.in.arrive(segment{end: syscall.ECONNRESET})
		}
	}
}

// Crash takes a host off the network as the death of its process does: its
// listeners and connections are gone, and what was on its way from it is lost.
// Its peers read connection reset as soon as that can reach them, so after a
// Cut only when it heals. The Host is dead from then on; Network.Host returns a
// new one.
func (n *Network) Crash(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mu.hosts = slices.DeleteFunc(n.mu.hosts, func(h *Host) bool {
		h.dead = h.name == host
		return h.dead
	})
	for _, l := range slices.Clone(n.mu.listeners) {
		if l.host == host {
			l.shut()
		}
	}
	for _, c := range slices.Clone(n.mu.conns) {
		if c.out.route.from == host {
			c.out.lose()
			c.shut(syscall.ECONNRESET)
		}
	}
	n.changed.Broadcast()
}

// change alters the faults of one route and lets what may move now move.
func (n *Network) change(from, to string, alter func(*faults)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	alter(n.faultsOf(route{from, to}))
	n.settle()
}

// healCuts ends every Cut, under the lock; settle has to follow.
func (n *Network) healCuts() {
	for _, f := range n.mu.routes {
		f.cut = false
	}
}

// settle delivers what faults no longer keep back, and lets dials look again.
func (n *Network) settle() {
	for _, c := range n.mu.conns {
		c.in.deliver()
		c.out.deliver()
	}
	n.changed.Broadcast()
}

// groupOf returns the number of the group that a host is in, and the number
// after the last when it is in none.
func groupOf(host string, groups [][]string) int {
	for i, group := range groups {
		if slices.Contains(group, host) {
			return i
		}
	}
	return len(groups)
}
