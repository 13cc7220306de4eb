package memnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// arrived returns what can be read without waiting.
func arrived(c net.Conn) string {
	synctest.Wait()
	c.SetReadDeadline(time.Now().Add(time.Nanosecond))
	defer c.SetReadDeadline(time.Time{})
	got := make([]byte, 100)
	n, _ := c.Read(got)
	return string(got[:n])
}

func TestKeptBytesArriveInOrderWhenTheFaultEnds(t *testing.T) {
	tests := []struct {
		name       string
		start, end func(n *Network)
	}{
		{"cut and heal", func(n *Network) { n.Cut("a", "b") }, func(n *Network) { n.Heal("a", "b") }},
		{"hold and release", func(n *Network) { n.Hold("a", "b") }, func(n *Network) { n.Release("a", "b") }},
		{"cut and heal all", func(n *Network) { n.Cut("a", "b") }, (*Network).HealAll},
		{"hold and heal all", func(n *Network) { n.Hold("a", "b") }, (*Network).HealAll},
		{"isolate the sender", func(n *Network) { n.Isolate("a") }, (*Network).HealAll},
		{"isolate the receiver", func(n *Network) { n.Isolate("b") }, (*Network).HealAll},
		{"partition", func(n *Network) { n.Partition([]string{"a"}, []string{"b"}) }, (*Network).HealAll},
		{"partition from the rest", func(n *Network) { n.Partition([]string{"b"}) }, func(n *Network) { n.Partition() }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
				send(t, a, "before ")
				test.start(n)
				send(t, a, "one ")
				time.Sleep(time.Hour)
				send(t, a, "two")
				if got := arrived(b); got != "before " {
					t.Errorf("%q arrived during the fault", got)
				}
				test.end(n)
				if got := arrived(b); got != "one two" {
					t.Errorf("%q arrived after the fault", got)
				}
			})
		})
	}
}

func TestCutIsOneWay(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		n.Cut("a", "b")
		send(t, b, "back")
		receive(t, a, "back")
	})
}

func TestHealDoesNotRelease(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		n.Hold("a", "b")
		n.Cut("a", "b")
		send(t, a, "late")
		n.Heal("a", "b")
		if got := arrived(b); got != "" {
			t.Errorf("%q arrived while it was held", got)
		}
		n.Release("a", "b")
		receive(t, b, "late")
	})
}

func TestCutHidesTheEnd(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		n.Cut("a", "b")
		a.Close()
		send(t, b, "nobody reads this")
		if got := arrived(b); got != "" {
			t.Errorf("%q arrived", got)
		}
		n.Heal("a", "b")
		if _, err := b.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("read returned %v", err)
		}
	})
}

// Its bytes reach the closed end, which drops them, and only the news of the
// end cannot come back.
func TestWriterThatCannotLearnOfTheEndGoesOn(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		const size = 4 * BufferBytes
		done := make(chan error, 1)
		go func() {
			sent, err := a.Write(make([]byte, size))
			if sent != size {
				t.Errorf("sent %d of %d bytes", sent, size)
			}
			done <- err
		}()
		synctest.Wait()
		n.Cut("b", "a")
		b.Close()
		if err := <-done; err != nil {
			t.Errorf("write returned %v", err)
		}
		n.Heal("b", "a")
		if _, err := a.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write after the news returned %v", err)
		}
	})
}

func TestWriterWaitsBehindACut(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		n.Cut("a", "b")
		a.SetWriteDeadline(time.Now().Add(time.Second))
		if sent, err := a.Write(make([]byte, 2*BufferBytes)); sent != BufferBytes || err == nil {
			t.Errorf("sent %d bytes, %v", sent, err)
		}
	})
}

func TestDialWaitsBehindAFault(t *testing.T) {
	tests := []struct {
		name  string
		start func(n *Network)
	}{
		{"cut there", func(n *Network) { n.Cut("a", "b") }},
		{"cut back", func(n *Network) { n.Cut("b", "a") }},
		{"held there", func(n *Network) { n.Hold("a", "b") }},
		{"held back", func(n *Network) { n.Hold("b", "a") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New()
				l := listen(t, n, "b", "b:1")
				defer l.Close()
				test.start(n)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				if _, err := n.Host("a").Dial(ctx, "b:1"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Dial returned %v", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("Dial took %v", took)
				}
				time.AfterFunc(time.Hour, n.HealAll)
				c, err := n.Host("a").Dial(t.Context(), "b:1")
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
			})
		})
	}
}

func TestDelayIsPerDirectionAndKeepsOrder(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		start := time.Now()
		after := func(want time.Duration) {
			t.Helper()
			if took := time.Since(start); took != want {
				t.Errorf("arrived after %v, want %v", took, want)
			}
		}
		n.Delay("a", "b", 10*time.Second)
		send(t, a, "slow ")
		time.Sleep(time.Second)
		send(t, a, "slower ")
		n.Delay("a", "b", 0)
		send(t, a, "fast")
		send(t, b, "back")
		receive(t, a, "back")
		after(time.Second)
		receive(t, b, "slow ")
		after(10 * time.Second)
		receive(t, b, "slower fast")
		after(11 * time.Second)
	})
}

func TestLatencyIsAskedForEachWrite(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		start := time.Now()
		n.Latency("a", "b", func(size int) time.Duration { return time.Duration(size) * time.Second })
		send(t, a, "five!")
		send(t, a, "2.")
		receive(t, b, "five!2.")
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("arrived after %v, want what the first and larger write takes", took)
		}
		n.Latency("a", "b", nil)
		send(t, a, "at once")
		receive(t, b, "at once")
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("arrived after %v without a latency", took)
		}
	})
}

func TestDelayGoesOnDuringACut(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		start := time.Now()
		n.Delay("a", "b", 10*time.Second)
		send(t, a, "text")
		n.Cut("a", "b")
		time.Sleep(15 * time.Second)
		n.Heal("a", "b")
		receive(t, b, "text")
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("arrived after %v", took)
		}
	})
}

func TestDialTakesTheDelayOfBothDirections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		defer listen(t, n, "b", "b:1").Close()
		n.Delay("a", "b", time.Second)
		n.Delay("b", "a", 2*time.Second)
		start := time.Now()
		for _, to := range []string{"b:1", "b:2"} {
			n.Host("a").Dial(t.Context(), to)
			if took := time.Since(start); took != 3*time.Second {
				t.Errorf("Dial of %s took %v", to, took)
			}
			start = time.Now()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.Host("a").Dial(ctx, "b:1")
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("Dial returned %v after %v", err, took)
		}
	})
}

func TestResetBreaksConnectionsAtOnce(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		other, otherEnd := join(t, n, "a", "c")
		defer other.Close()
		defer otherEnd.Close()
		n.Isolate("a")
		send(t, a, "lost")
		n.Reset("b", "a")
		for _, c := range []net.Conn{a, b} {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("read returned %v", err)
			}
			if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("write returned %v", err)
			}
		}
		n.HealAll()
		if got := arrived(b); got != "" {
			t.Errorf("%q arrived after the reset", got)
		}
		send(t, other, "still here")
		receive(t, otherEnd, "still here")
	})
}

func TestCrash(t *testing.T) {
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprintf("with the route cut %v", cut), func(t *testing.T) {
			inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
				dead := n.Host("a")
				l := listen(t, n, "a", "a:1")
				n.Hold("a", "b")
				send(t, a, "lost")
				if cut {
					n.Cut("a", "b")
				}
				n.Crash("a")
				n.Release("a", "b")
				if got := arrived(b); got != "" {
					t.Errorf("%q arrived from a crashed host", got)
				}
				n.Heal("a", "b")
				if _, err := b.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the peer reads %v", err)
				}
				if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("the crashed host reads %v", err)
				}
				if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("the crashed host accepts %v", err)
				}
				if _, err := dead.Listen(t.Context(), "a:1"); !errors.Is(err, syscall.ENETDOWN) {
					t.Errorf("the crashed host listens, %v", err)
				}
				if _, err := dead.Dial(t.Context(), "a:1"); !errors.Is(err, syscall.ENETDOWN) {
					t.Errorf("the crashed host dials, %v", err)
				}
				listen(t, n, "a", "a:1").Close()
			})
		})
	}
}

func TestCrashEndsADial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		n.Cut("a", "b")
		done := make(chan error, 1)
		go func() { _, err := n.Host("a").Dial(t.Context(), "b:1"); done <- err }()
		synctest.Wait()
		n.Crash("a")
		if err := <-done; !errors.Is(err, syscall.ENETDOWN) {
			t.Errorf("Dial returned %v", err)
		}
	})
}

func TestPartitionReplacesTheFormerOne(t *testing.T) {
	hosts := []string{"a", "b", "c", "d", "e"}
	tests := []struct {
		name   string
		groups [][]string
		want   []string
	}{
		{"in halves", [][]string{{"a", "b"}, {"c", "d", "e"}}, []string{"ab", "cd", "ce", "de"}},
		{"hosts in no group are together", [][]string{{"a", "c"}}, []string{"ac", "bd", "be", "de"}},
		{"everybody alone but two", [][]string{{"a"}, {"b"}, {"c"}}, []string{"de"}},
		{"nobody cut off", nil, []string{"ab", "ac", "ad", "ae", "bc", "bd", "be", "cd", "ce", "de"}},
	}
	n := New()
	for _, host := range hosts {
		n.Host(host)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n.Partition(test.groups...)
			var got []string
			for i, from := range hosts {
				for _, to := range hosts[i+1:] {
					if n.blocked(route{from, to}) != n.blocked(route{to, from}) {
						t.Errorf("%s and %s are cut in one direction", from, to)
					}
					if !n.blocked(route{from, to}) {
						got = append(got, from+to)
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("connected are %v, want %v", got, test.want)
			}
		})
	}
}

// Whatever cuts, holds and delays do at random, what arrives is what was sent.
func TestFaultsNeverLoseReorderOrInventBytes(t *testing.T) {
	for seed := range uint64(20) {
		inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
			random := rand.New(rand.NewPCG(seed, 0))
			const total = 4 * BufferBytes
			go func() {
				defer a.Close()
				for sent := 0; sent < total; {
					chunk := make([]byte, min(total-sent, 1+random.IntN(BufferBytes)))
					for i := range chunk {
						chunk[i] = byte((sent + i) % 251)
					}
					a.Write(chunk)
					sent += len(chunk)
				}
			}()
			stop := make(chan struct{})
			go disturb(n, rand.New(rand.NewPCG(seed, 1)), stop)
			got, err := io.ReadAll(b)
			close(stop)
			if err != nil || len(got) != total {
				t.Fatalf("seed %d: received %d bytes, %v", seed, len(got), err)
			}
			for i, c := range got {
				if c != byte(i%251) {
					t.Fatalf("seed %d: byte %d is %d", seed, i, c)
				}
			}
		})
	}
}

// disturb changes faults until it is stopped, and now and then heals all of
// them.
func disturb(n *Network, random *rand.Rand, stop <-chan struct{}) {
	faults := []func(){
		func() { n.Cut("a", "b") },
		func() { n.Heal("a", "b") },
		func() { n.Hold("a", "b") },
		func() { n.Release("a", "b") },
		func() { n.Delay("a", "b", time.Duration(random.IntN(100))*time.Millisecond) },
		n.HealAll,
	}
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(random.IntN(20)) * time.Millisecond):
			faults[random.IntN(len(faults))]()
		}
	}
}
