package memnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// inNetwork runs a test in a bubble, with a connection from host "a" to host
// "b" that is closed at the end.
func inNetwork(t *testing.T, test func(t *testing.T, n *Network, a, b net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := New()
		a, b := join(t, n, "a", "b")
		test(t, n, a, b)
		a.Close()
		b.Close()
		n.HealAll()
		synctest.Wait()
		if left := n.Conns(); left != 0 {
			t.Errorf("%d ends of connections are open after both were closed", left)
		}
	})
}

// join makes a connection between two hosts.
func join(t *testing.T, n *Network, from, to string) (dialled, accepted net.Conn) {
	t.Helper()
	l := listen(t, n, to, to+":0")
	defer l.Close()
	dialled, err := n.Host(from).Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if accepted, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return dialled, accepted
}

func listen(t *testing.T, n *Network, host, address string) net.Listener {
	t.Helper()
	l, err := n.Host(host).Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// receive reads as much as was sent and compares.
func receive(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("received %q, %v, want %q", got, err, want)
	}
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("sent %d bytes of %q, %v", n, text, err)
	}
}

func TestBytesArriveInOrderBothWays(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		send(t, a, "one ")
		send(t, a, "two")
		send(t, b, "back")
		receive(t, b, "one two")
		receive(t, a, "back")
		if a.LocalAddr().String() != b.RemoteAddr().String() || a.RemoteAddr().String() != b.LocalAddr().String() {
			t.Errorf("addresses are %v -> %v and %v -> %v", a.LocalAddr(), a.RemoteAddr(), b.LocalAddr(), b.RemoteAddr())
		}
		if a.LocalAddr().Network() != "mem" {
			t.Errorf("network is %q", a.LocalAddr().Network())
		}
	})
}

func TestWriteDoesNotKeepTheCallersBytes(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		n.Hold("a", "b")
		text := []byte("first")
		a.Write(text)
		copy(text, "later")
		n.Release("a", "b")
		receive(t, b, "first")
	})
}

func TestWriterWaitsForTheReader(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		data := bytes.Repeat([]byte("0123456789"), BufferBytes/4)
		done := make(chan error, 1)
		go func() { _, err := a.Write(data); a.Close(); done <- err }()
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("the writer did not wait")
		}
		got, err := io.ReadAll(b)
		if err != nil || !bytes.Equal(got, data) || <-done != nil {
			t.Errorf("received %d of %d bytes, %v", len(got), len(data), err)
		}
	})
}

func TestClosedEnd(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		send(t, a, "last words")
		waiting := make(chan error, 1)
		go func() { _, err := a.Read(make([]byte, 1)); waiting <- err }()
		synctest.Wait()
		a.Close()
		if err := <-waiting; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read that waited returned %v", err)
		}
		if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write returned %v", err)
		}
		if err := a.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetDeadline returned %v", err)
		}
		if err := a.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Close returned %v", err)
		}
		got, err := io.ReadAll(b)
		if string(got) != "last words" || err != nil {
			t.Errorf("the peer received %q, %v", got, err)
		}
		if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("the peer's write returned %v", err)
		}
	})
}

func TestWriterThatWaitsLearnsOfTheEnd(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		done := make(chan error, 1)
		go func() { _, err := a.Write(make([]byte, 2*BufferBytes)); done <- err }()
		synctest.Wait()
		b.Close()
		if err := <-done; !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write returned %v", err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	read := func(c net.Conn) error { _, err := c.Read(make([]byte, 1)); return err }
	write := func(c net.Conn) error { _, err := c.Write(make([]byte, 2*BufferBytes)); return err }
	tests := []struct {
		name string
		set  func(net.Conn, time.Time) error
		wait func(net.Conn) error
	}{
		{"of reads", net.Conn.SetReadDeadline, read},
		{"of writes", net.Conn.SetWriteDeadline, write},
		{"of both, for reads", net.Conn.SetDeadline, read},
		{"of both, for writes", net.Conn.SetDeadline, write},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
				start := time.Now()
				expect := func(after time.Duration) {
					t.Helper()
					err := test.wait(a)
					if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() ||
						!errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != after {
						t.Errorf("returned %v after %v, want the deadline after %v", err, time.Since(start), after)
					}
				}
				test.set(a, start.Add(-time.Second))
				expect(0)
				test.set(a, start.Add(time.Second))
				expect(time.Second)
				test.set(a, start.Add(time.Hour))
				time.AfterFunc(time.Second, func() { test.set(a, start.Add(3*time.Second)) })
				expect(3 * time.Second)
				test.set(a, time.Time{})
				time.AfterFunc(time.Hour, func() { test.set(a, time.Now()) })
				expect(3*time.Second + time.Hour)
			})
		})
	}
}

func TestEmptyReadAndWrite(t *testing.T) {
	inNetwork(t, func(t *testing.T, n *Network, a, b net.Conn) {
		if got, err := a.Read(nil); got != 0 || err != nil {
			t.Errorf("read %d, %v", got, err)
		}
		if got, err := a.Write(nil); got != 0 || err != nil {
			t.Errorf("wrote %d, %v", got, err)
		}
	})
}

func TestListen(t *testing.T) {
	tests := []struct {
		name    string
		address string
		want    error
		addr    string
	}{
		{name: "a free address", address: "a:1", addr: "a:1"},
		{name: "without a host", address: ":1", addr: "a:1"},
		{name: "without a port", address: "a", addr: "a"},
		{name: "a taken address", address: "a:7", want: syscall.EADDRINUSE},
		{name: "a taken address without a host", address: ":7", want: syscall.EADDRINUSE},
		{name: "an address of another host", address: "b:1", want: syscall.EADDRNOTAVAIL},
		{name: "any port", address: "a:0", addr: "a:32769"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := New()
			listen(t, n, "a", "a:7")
			l, err := n.Host("a").Listen(t.Context(), test.address)
			if !errors.Is(err, test.want) {
				t.Fatalf("error is %v", err)
			}
			if test.want == nil && l.Addr().String() != test.addr {
				t.Errorf("listens at %v", l.Addr())
			}
		})
	}
}

func TestClosedListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		l := listen(t, n, "b", "b:1")
		c, err := n.Host("a").Dial(t.Context(), "b:1")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the connection that nobody accepted reads %v", err)
		}
		c.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept returned %v", err)
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Close returned %v", err)
		}
		if _, err := n.Host("a").Dial(t.Context(), "b:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial returned %v", err)
		}
		listen(t, n, "b", "b:1").Close()
		if n.Conns() != 0 {
			t.Errorf("%d ends of connections are open", n.Conns())
		}
	})
}

func TestAcceptThatWaitsEndsWithTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen(t, New(), "b", "b:1")
		done := make(chan error, 1)
		go func() { _, err := l.Accept(); done <- err }()
		synctest.Wait()
		l.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept returned %v", err)
		}
	})
}

func TestDialWaitsForAFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		l := listen(t, n, "b", "b:1")
		for range maxQueue {
			if _, err := n.Host("a").Dial(t.Context(), "b:1"); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := n.Host("a").Dial(ctx, "b:1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial to a full queue returned %v", err)
		}
		dialled := make(chan error, 1)
		go func() { _, err := n.Host("a").Dial(t.Context(), "b:1"); dialled <- err }()
		synctest.Wait()
		l.Accept()
		if err := <-dialled; err != nil {
			t.Errorf("Dial to a queue with room returned %v", err)
		}
	})
}
