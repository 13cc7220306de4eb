package network

import (
	"container/heap"
	"errors"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// largestPacket is the most that a TUN device gives at once: its own limit is
// smaller.
const largestPacket = 64 << 10

// port is where the packets of one node go in and out, one at a call. After
// Close its calls return.
type port struct {
	id      string
	address netip.Addr
	io.ReadWriteCloser
}

// packetSwitch carries IP packets between ports. It ends with close.
type packetSwitch struct {
	*lines
	ports []port
	// underWay holds the packets that have not arrived. Guarded by lines.mu.
	underWay parcels
	// sent counts the packets, to keep those in order that arrive at one time.
	// Guarded by lines.mu.
	sent uint64
	// news tells the goroutine that delivers to look again what is next.
	news   chan struct{}
	closed chan struct{}
	// running waits for the goroutines: one for each port, and one that
	// delivers.
	running sync.WaitGroup
}

// newSwitch begins to carry packets between the ports, which it closes at its
// end.
func newSwitch(lines *lines, ports []port) *packetSwitch {
	s := &packetSwitch{lines: lines, ports: ports, news: make(chan struct{}, 1), closed: make(chan struct{})}
	for _, p := range ports {
		s.running.Go(func() { s.read(p) })
	}
	s.running.Go(s.deliver)
	return s
}

// read takes in what a node sends, until its port is closed.
func (s *packetSwitch) read(from port) {
	buffer := make([]byte, largestPacket)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		packet := buffer[:n]
		if to := s.portOf(destination(packet)); to != nil && to.id != from.id {
			s.forward(route{from.id, to.id}, to, packet)
		}
	}
}

// portOf returns the port with this address, or nil.
func (s *packetSwitch) portOf(address netip.Addr) *port {
	at := slices.IndexFunc(s.ports, func(p port) bool { return p.address == address })
	if at < 0 {
		return nil
	}
	return &s.ports[at]
}

// forward decides what becomes of a packet, and delivers all that is due.
func (s *packetSwitch) forward(r route, to *port, packet []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	fate, touched := s.all[r].send(now, len(packet))
	s.note(touched)
	for _, at := range fate.arrivals {
		s.sent++
		p := parcel{at: at, number: s.sent, route: r, to: to, packet: slices.Clone(packet)}
		if fate.reset {
			p.packet = reset(p.packet)
		}
		if fate.flip >= 0 {
			flip(p.packet, fate.flip)
		}
		heap.Push(&s.underWay, p)
	}
	s.flush(now)
	if len(s.underWay) > 0 {
		s.hurry()
	}
}

// SetLink implements nemesis.Links. What waits in the line's queue goes on at
// once, in the order in which it was sent, or is lost in a cut.
func (s *packetSwitch) SetLink(from, to string, link nemesis.Link) error {
	if err := s.lines.SetLink(from, to, link); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for i := range s.underWay {
		if s.underWay[i].route == (route{from, to}) {
			s.underWay[i].at = now
		}
	}
	heap.Init(&s.underWay)
	s.flush(now)
	return nil
}

// hurry makes deliver look again. It does not wait: one piece of news is enough
// for any number of packets.
func (s *packetSwitch) hurry() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// flush delivers what is due. A packet that cannot be written is lost, as
// packets are. The caller holds mu, which keeps the order.
func (s *packetSwitch) flush(now time.Time) {
	for len(s.underWay) > 0 && !s.underWay[0].at.After(now) {
		p := heap.Pop(&s.underWay).(parcel)
		cut := s.all[p.route].link.Cut
		s.note(cut)
		if !cut {
			_, _ = p.to.Write(p.packet)
		}
	}
}

// deliver delivers each packet when it is due, until the switch is closed.
func (s *packetSwitch) deliver() {
	for {
		next := time.NewTimer(s.untilNext())
		select {
		case <-next.C:
			s.mu.Lock()
			s.flush(time.Now())
			s.mu.Unlock()
		case <-s.news:
		case <-s.closed:
			next.Stop()
			return
		}
		next.Stop()
	}
}

// idle is how long deliver waits when there is nothing to deliver: it is told
// of what comes.
const idle = time.Hour

func (s *packetSwitch) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.underWay) == 0 {
		return idle
	}
	return time.Until(s.underWay[0].at)
}

// close closes the ports, and loses what is under way.
func (s *packetSwitch) close() error {
	close(s.closed)
	var problems []error
	for _, p := range s.ports {
		problems = append(problems, p.Close())
	}
	s.running.Wait()
	return errors.Join(problems...)
}
