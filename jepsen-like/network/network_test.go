package network

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// eachWay runs a test in both ways that have faults. Where there can be no
// namespaces, their error must say so instead.
func eachWay(t *testing.T, test func(t *testing.T, n Network)) {
	for _, way := range []string{Namespaces, Proxies} {
		t.Run(way, func(t *testing.T) {
			n, _, err := Open(way, []string{"a", "b", "c"}, 1)
			if way == Namespaces && err != nil {
				if !errors.Is(err, ErrUnavailable) || !strings.HasPrefix(err.Error(), "namespaces: not available here: ") {
					t.Errorf("the error of what is not available is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			// It comes after the connections are closed.
			t.Cleanup(func() {
				if err := n.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, n)
		})
	}
}

// in calls action as a process in the place of a node would.
func in(n Network, id string, action func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- n.Enter(id, action)
	}()
	return <-done
}

// at is in, for what must not fail.
func at(t *testing.T, n Network, id string, action func() error) {
	t.Helper()
	if err := in(n, id, action); err != nil {
		t.Fatal(err)
	}
}

// listen listens in the place of a node.
func listen(t *testing.T, n Network, id, address string) (l net.Listener) {
	t.Helper()
	at(t, n, id, func() (err error) { l, err = net.Listen("tcp", address); return err })
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// connection is one between two nodes, seen from both ends.
type connection struct {
	near, far net.Conn
}

// connect lets one node dial another.
func connect(t *testing.T, n Network, from, to string) (c connection) {
	t.Helper()
	door := listen(t, n, to, n.Place(to).Listen)
	at(t, n, from, func() (err error) { c.near, err = net.Dial("tcp", n.Place(from).Peers[to]); return err })
	far, err := door.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.far = far
	t.Cleanup(func() { _, _ = c.near.Close(), c.far.Close() })
	return c
}

// say sends a line.
func say(t *testing.T, on net.Conn, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(on, line); err != nil {
		t.Fatal(err)
	}
}

// hear waits for a line.
func hear(t *testing.T, on net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want)+1)
	if _, err := io.ReadFull(on, got); err != nil || string(got) != want+"\n" {
		t.Errorf("heard %q, %v, want %q", got, err, want)
	}
}

// silent sees that nothing comes. It has to wait for that.
func silent(t *testing.T, on net.Conn) {
	t.Helper()
	if err := on.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := on.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes come, %v", n, err)
	}
	if err := on.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, n Network, from, to string, link nemesis.Link) {
	t.Helper()
	if err := n.SetLink(from, to, link); err != nil {
		t.Fatal(err)
	}
}

func TestNodesReachEachOther(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		say(t, c.near, "ping")
		hear(t, c.far, "ping")
		say(t, c.far, "pong")
		hear(t, c.near, "pong")
		if n.Touched() > 0 || !slices.Equal(n.IDs(), []string{"a", "b", "c"}) {
			t.Errorf("nodes %v, %d packets touched", n.IDs(), n.Touched())
		}
	})
}

func TestACutIsSilentAndOneWay(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		link(t, n, "a", "b", nemesis.Link{Cut: true})
		say(t, c.near, "held up")
		silent(t, c.far)
		say(t, c.far, "passes")
		hear(t, c.near, "passes")
		link(t, n, "a", "b", nemesis.Link{})
		hear(t, c.far, "held up")
		if n.Touched() == 0 {
			t.Error("nothing was touched")
		}
	})
}

func TestTheEndOfAConnectionArrivesNoEarlierThanTheCutEnds(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		link(t, n, "a", "b", nemesis.Link{Cut: true})
		if err := c.near.Close(); err != nil {
			t.Fatal(err)
		}
		silent(t, c.far)
		link(t, n, "a", "b", nemesis.Link{})
		if _, err := c.far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the connection ends with %v, want %v", err, io.EOF)
		}
	})
}

func TestADelayHoldsUpEachDirectionAlone(t *testing.T) {
	const delay = 60 * time.Millisecond
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		link(t, n, "b", "a", nemesis.Link{Delay: delay})
		start := time.Now()
		say(t, c.near, "ping")
		hear(t, c.far, "ping")
		say(t, c.far, "pong")
		hear(t, c.near, "pong")
		if took := time.Since(start); took < delay {
			t.Errorf("there and back took %v, want %v at least", took, delay)
		}
	})
}

func TestWhatIsUnderWayArrivesWhenItsLinkIsHealed(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		link(t, n, "a", "b", nemesis.Link{Delay: time.Hour})
		say(t, c.near, "late")
		silent(t, c.far)
		link(t, n, "a", "b", nemesis.Link{})
		hear(t, c.far, "late")
	})
}

func TestADialMeetsACutInEitherDirection(t *testing.T) {
	for _, cut := range [][2]string{{"a", "b"}, {"b", "a"}} {
		eachWay(t, func(t *testing.T, n Network) {
			link(t, n, cut[0], cut[1], nemesis.Link{Cut: true})
			door := listen(t, n, "b", n.Place("b").Listen).(*net.TCPListener)
			var dialling sync.WaitGroup
			defer dialling.Wait()
			dialling.Go(func() {
				err := in(n, "a", func() error {
					near, err := net.Dial("tcp", n.Place("a").Peers["b"])
					if err == nil {
						err = near.Close()
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
			if err := door.SetDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Error(err)
			}
			if _, err := door.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a connection is opened through a cut from %s to %s: %v", cut[0], cut[1], err)
			}
			link(t, n, cut[0], cut[1], nemesis.Link{})
			far := accept(t, door)
			_ = far.Close()
		})
	}
}

// accept waits for a connection.
func accept(t *testing.T, door *net.TCPListener) net.Conn {
	t.Helper()
	if err := door.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	c, err := door.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestManyBytesArriveWhole(t *testing.T) {
	for name, bad := range map[string]nemesis.Link{
		"sound":      {},
		"narrow":     {BytesPerSecond: 8 << 20},
		"slow":       {Delay: 2 * time.Millisecond, Jitter: 2 * time.Millisecond},
		"duplicate":  {Duplicate: 0.5},
		"reordering": {Reorder: 0.1},
		"corrupting": {Corrupt: 0.02},
		"lossy":      {Loss: 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, n Network) {
				if errors.Is(n.Supports(bad), ErrUnsupported) {
					if err := n.SetLink("a", "b", bad); !errors.Is(err, ErrUnsupported) {
						t.Errorf("got %v, want %v", err, ErrUnsupported)
					}
					return
				}
				c := connect(t, n, "a", "b")
				link(t, n, "a", "b", bad)
				carryMany(t, c)
				if touched := n.Touched(); (touched > 0) != (name != "sound") {
					t.Errorf("%d packets were touched", touched)
				}
			})
		})
	}
}

// carryMany sends numbers and sees whether the same ones come.
func carryMany(t *testing.T, c connection) {
	t.Helper()
	const count = 20_000
	go func() {
		out := bufio.NewWriter(c.near)
		for i := range count {
			fmt.Fprintln(out, i)
		}
		_ = out.Flush()
	}()
	in := bufio.NewScanner(c.far)
	for i := range count {
		if !in.Scan() || in.Text() != fmt.Sprint(i) {
			t.Fatalf("number %d is %q, %v", i, in.Text(), in.Err())
		}
	}
}

func TestNoFaultBetweenNodesDisturbsTheHarness(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		door := listen(t, n, "a", n.Place("a").HTTP)
		for _, other := range []string{"b", "c"} {
			link(t, n, "a", other, nemesis.Link{Cut: true})
			link(t, n, other, "a", nemesis.Link{Cut: true})
		}
		near, err := n.Dial(new(net.Dialer).DialContext)(t.Context(), "tcp", n.Place("a").HTTP)
		if err != nil {
			t.Fatal(err)
		}
		defer near.Close()
		far, err := door.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		say(t, near, "request")
		hear(t, far, "request")
	})
}

func TestANodeThatDoesNotRunEndsADial(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		at(t, n, "a", func() error {
			c, err := net.Dial("tcp", n.Place("a").Peers["b"])
			if err != nil {
				return nil
			}
			defer c.Close()
			if _, err := c.Read(make([]byte, 1)); err == nil {
				return errors.New("a node that does not run answers")
			}
			return nil
		})
	})
}

// TestCloseEndsConnectionsThatAreCut: a proxy must not wait for a link that
// nobody heals any more.
func TestCloseEndsConnectionsThatAreCut(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		link(t, n, "a", "b", nemesis.Link{Cut: true})
		say(t, c.near, "for ever")
	})
}

func TestPlainHasNoFaults(t *testing.T) {
	n, why, err := Open(Plain, []string{"a", "b", "c", "d"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range nemesis.OfNetwork(n) {
		if err := fault.Available(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s is available: %v", fault.Name(), err)
		}
	}
	if err := errors.Join(n.SetLink("a", "b", nemesis.Link{}), n.Close()); err != nil || !strings.HasPrefix(why, Plain) {
		t.Errorf("%q, %v", why, err)
	}
	c := connect(t, n, "a", "b")
	say(t, c.near, "ping")
	hear(t, c.far, "ping")
}

func TestTheBestWayIsTakenAndExplained(t *testing.T) {
	first, _, problem := Open(Namespaces, []string{"a", "b"}, 1)
	if problem == nil {
		problem = first.Close()
	}
	n, why, err := Open(Auto, []string{"a", "b"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if problem == nil && !strings.HasPrefix(why, Namespaces) {
		t.Errorf("there are namespaces, and it is %q", why)
	}
	if problem != nil && why != "proxies, as there can be no namespaces: "+problem.Error() {
		t.Errorf("there are none because of %v, and it is %q", problem, why)
	}
}

func TestAnUnknownWayIsRefused(t *testing.T) {
	if _, _, err := Open("pigeons", []string{"a"}, 1); !errors.Is(err, ErrUnknownWay) {
		t.Errorf("got %v, want %v", err, ErrUnknownWay)
	}
}

func TestADialThatIsNotForANodeIsLeftAlone(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		called := false
		dial := n.Dial(func(context.Context, string, string) (net.Conn, error) { called = true; return nil, io.EOF })
		if _, err := dial(t.Context(), "tcp", "192.0.2.1:80"); !called || !errors.Is(err, io.EOF) {
			t.Errorf("called %v, error %v", called, err)
		}
	})
}

func TestAResetEndsAConnectionAtBothEnds(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		c := connect(t, n, "a", "b")
		link(t, n, "a", "b", nemesis.Link{Reset: 1})
		say(t, c.near, "not to be heard")
		broken(t, c.far)
		// The near end is told when it goes on.
		link(t, n, "a", "b", nemesis.Link{})
		broken(t, c.near)
		if n.Touched() == 0 {
			t.Error("nothing was touched")
		}
	})
}

// broken waits for the reset of a connection.
func broken(t *testing.T, on net.Conn) {
	t.Helper()
	if n, err := on.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%d bytes come, %v, want %v", n, err, syscall.ECONNRESET)
	}
}
