package network

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// socket is the end of a port at which a test plays the node.
type socket struct {
	address netip.Addr
	out     chan []byte
	start   time.Time
	// got has a line for each packet that came, as in "20ms hello".
	got []string
}

// Read returns what the node sends.
func (s *socket) Read(buffer []byte) (int, error) {
	packet, ok := <-s.out
	if !ok {
		return 0, io.EOF
	}
	return copy(buffer, packet), nil
}

// Write takes what comes for the node.
func (s *socket) Write(packet []byte) (int, error) {
	s.got = append(s.got, fmt.Sprintf("%v %s", time.Since(s.start), packet[headerBytes:]))
	return len(packet), nil
}

func (s *socket) Close() error {
	close(s.out)
	return nil
}

// send sends a packet, and returns when the switch has dealt with it.
func (s *socket) send(to *socket, text string) {
	s.out <- ipv4(to.address, text)
	synctest.Wait()
}

// ipv4 returns a packet with the fields that the switch knows.
func ipv4(to netip.Addr, text string) []byte {
	header := make([]byte, headerBytes)
	header[0] = 0x45
	copy(header[destinationOffset:], to.AsSlice())
	return append(header, text...)
}

// onSwitch plays a test with three nodes on a switch, in virtual time.
func onSwitch(t *testing.T, play func(t *testing.T, s *packetSwitch, a, b, c *socket)) {
	synctest.Test(t, func(t *testing.T) {
		var ports []port
		var sockets []*socket
		ids := []string{"a", "b", "c"}
		for i, id := range ids {
			address := netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})
			own := &socket{address: address, out: make(chan []byte), start: time.Now()}
			sockets = append(sockets, own)
			ports = append(ports, port{id, address, own})
		}
		s := newSwitch(newLines(ids, 1), ports)
		play(t, s, sockets[0], sockets[1], sockets[2])
		// The bubble fails the test if a goroutine of the switch goes on.
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
}

// await lets time pass, and returns when the switch has done what was due.
func await(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func set(t *testing.T, s *packetSwitch, from, to string, link nemesis.Link) {
	t.Helper()
	if err := s.SetLink(from, to, link); err != nil {
		t.Fatal(err)
	}
}

// expect compares what has come for a node.
func expect(t *testing.T, s *socket, want ...string) {
	t.Helper()
	if !slices.Equal(s.got, want) {
		t.Errorf("got %q, want %q", s.got, want)
	}
}

func TestAPacketGoesToItsAddressAlone(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		a.send(b, "hello")
		b.send(a, "hi")
		expect(t, a, "0s hi")
		expect(t, b, "0s hello")
		expect(t, c)
	})
}

func TestWhatIsForNoNodeIsDropped(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		six := ipv4(b.address, "version 6")
		six[0] = 0x60
		for _, packet := range [][]byte{six, {0x45}, {}, ipv4(netip.MustParseAddr("10.0.0.9"), "nobody"), ipv4(a.address, "itself")} {
			a.out <- packet
		}
		a.send(b, "hello")
		expect(t, a)
		expect(t, b, "0s hello")
		if s.Touched() > 0 {
			t.Errorf("%d packets are taken for touched by faults", s.Touched())
		}
	})
}

func TestACutIsOneWay(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Cut: true})
		a.send(b, "lost")
		a.send(c, "passes")
		b.send(a, "back")
		expect(t, a, "0s back")
		expect(t, b)
		expect(t, c, "0s passes")
		if s.Touched() != 1 {
			t.Errorf("%d packets are touched, want 1", s.Touched())
		}
		set(t, s, "a", "b", nemesis.Link{})
		a.send(b, "whole")
		expect(t, b, "0s whole")
	})
}

func TestDelayedPacketsArriveInTimeAndInOrder(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Delay: 100 * time.Millisecond})
		set(t, s, "c", "b", nemesis.Link{Delay: 20 * time.Millisecond})
		a.send(b, "one")
		a.send(b, "two")
		await(10 * time.Millisecond)
		c.send(b, "three")
		a.send(b, "four")
		await(time.Second)
		expect(t, b, "30ms three", "100ms one", "100ms two", "110ms four")
	})
}

func TestACutLosesWhatIsUnderWay(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Delay: 100 * time.Millisecond})
		set(t, s, "c", "b", nemesis.Link{Delay: 100 * time.Millisecond})
		a.send(b, "lost")
		c.send(b, "late")
		set(t, s, "a", "b", nemesis.Link{Cut: true})
		await(time.Second)
		expect(t, b, "100ms late")
		if s.Touched() != 3 {
			t.Errorf("touched %d, want 2 delays and 1 loss", s.Touched())
		}
	})
}

func TestAHealedLineDeliversAtOnceWhatWasUnderWay(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Delay: time.Hour})
		a.send(b, "one")
		a.send(b, "two")
		await(time.Second)
		set(t, s, "a", "b", nemesis.Link{})
		expect(t, b, "1s one", "1s two")
		a.send(b, "three")
		expect(t, b, "1s one", "1s two", "1s three")
	})
}

func TestADoubledPacketArrivesTwice(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Duplicate: 1})
		a.send(b, "again")
		expect(t, b, "0s again", "0s again")
	})
}

func TestAReorderedPacketArrivesAfterTheNext(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Reorder: 1})
		set(t, s, "c", "b", nemesis.Link{Delay: time.Millisecond})
		a.send(b, "first")
		c.send(b, "second")
		await(time.Second)
		if len(b.got) != 2 || b.got[0] != "1ms second" {
			t.Errorf("got %q", b.got)
		}
	})
}

func TestACorruptedPacketHasOneOtherBitBehindItsHeader(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, a, b, c *socket) {
		set(t, s, "a", "b", nemesis.Link{Corrupt: 1})
		seen := map[string]bool{}
		for range 20 {
			b.got = nil
			a.send(b, "\x00\x00")
			seen[b.got[0]] = true
			if n := onesOf([]byte(b.got[0][len("0s "):])); n != 1 {
				t.Errorf("%d bits are changed", n)
			}
		}
		if len(seen) < 5 {
			t.Errorf("the bits are always the same: %v", seen)
		}
	})
}

func onesOf(bytes []byte) int {
	n := 0
	for _, b := range bytes {
		for ; b > 0; b &= b - 1 {
			n++
		}
	}
	return n
}

func TestAPacketWithoutABodyIsNotCorrupted(t *testing.T) {
	packet := ipv4(netip.MustParseAddr("10.0.0.1"), "")
	before := bytes.Clone(packet)
	if flip(packet, 7); !bytes.Equal(packet, before) {
		t.Errorf("got %x, want %x", packet, before)
	}
}

func TestALinkOfAnUnknownNodeIsRefused(t *testing.T) {
	onSwitch(t, func(t *testing.T, s *packetSwitch, _, _, _ *socket) {
		for _, names := range [][2]string{{"a", "z"}, {"z", "a"}, {"a", "a"}} {
			if err := s.SetLink(names[0], names[1], nemesis.Link{Cut: true}); !errors.Is(err, ErrUnknownNode) {
				t.Errorf("from %s to %s: %v, want %v", names[0], names[1], err, ErrUnknownNode)
			}
		}
	})
}
