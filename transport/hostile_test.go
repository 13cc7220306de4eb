package transport

import (
	"bufio"
	"context"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// member connects to node "a" as a member that keeps to the protocol up to
// here.
func member(w *world) net.Conn {
	w.Helper()
	c := w.connect("a")
	c.Write(preface{stream: streamRequests, maxBody: 1 << 20, cluster: "test", from: "b", to: "a"}.encode())
	if got, err := readAnswer(c); err != nil || got.code != accepted {
		w.Fatalf("answer %+v, %v", got, err)
	}
	return c
}

// encodeFrame returns the bytes of a frame.
func encodeFrame(f frame) []byte {
	var b sliceWriter
	w := bufio.NewWriter(&b)
	writeFrame(w, f)
	w.Flush()
	return b
}

type sliceWriter []byte

func (b *sliceWriter) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func TestServingSideDropsAPeerThatBreaksTheRules(t *testing.T) {
	request := encodeFrame(frame{typ: frameRequest, kind: kindWait, id: 1, body: []byte("body")})
	damaged := append([]byte(nil), request...)
	damaged[len(damaged)-1]++
	oversize := append([]byte(nil), request...)
	oversize[frameLengthAt] = 0xff
	tests := []struct {
		name string
		says []byte
		// after is how long it takes to notice.
		after time.Duration
	}{
		{name: "garbage", says: make([]byte, 1000)},
		{name: "damaged frame", says: damaged},
		{name: "oversize frame", says: oversize},
		{name: "same request twice", says: append(append([]byte(nil), request...), request...)},
		{name: "frame of the serving side", says: encodeFrame(frame{typ: frameResponse, id: 1})},
		{name: "frame of no known type", says: encodeFrame(frame{typ: 99})},
		{name: "half a header", says: request[:10], after: DefaultSilenceTimeout},
		{name: "half a body", says: request[:len(request)-1], after: DefaultSilenceTimeout},
		{name: "nothing", after: DefaultSilenceTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.open("a")
				c := member(w)
				start := time.Now()
				c.Write(test.says)
				expectEnd(w, c)
				if took := time.Since(start); took != test.after {
					w.Errorf("dropped after %v, want %v", took, test.after)
				}
			})
		})
	}
}

func TestServingSideDropsAPeerThatPingsWithoutReading(t *testing.T) {
	inWorld(t, func(w *world) {
		w.open("a", func(cfg *Config) { cfg.MaxRequests = 4 })
		c := member(w)
		ping := encodeFrame(frame{typ: framePing})
		for range 1 << 20 {
			if _, err := c.Write(ping); err != nil {
				return
			}
		}
		w.Error("a million pings were taken from a peer that does not read")
	})
}

func TestServingSideStopsReadingAPeerThatIgnoresItsLimits(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a", func(cfg *Config) { cfg.MaxRequests = 3 })
		started := make(chan struct{}, 100)
		a.Handle(7, func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
			started <- struct{}{}
			<-ctx.Done()
			return nil, nil
		})
		c := member(w)
		for id := range uint64(10) {
			c.Write(encodeFrame(frame{typ: frameRequest, kind: 7, id: id}))
		}
		synctest.Wait()
		if n := len(started); n != 3 {
			w.Errorf("%d handlers run, allowed are 3", n)
		}
	})
}

func TestAnswersThatNobodyReadsStopFurtherRequests(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a", func(cfg *Config) { cfg.MaxRequests = 3 })
		started := make(chan struct{}, 100)
		a.Handle(7, func(context.Context, string, []byte) ([]byte, error) {
			started <- struct{}{}
			return make([]byte, 1<<20), nil
		})
		c := member(w)
		for id := range uint64(50) {
			c.Write(encodeFrame(frame{typ: frameRequest, kind: 7, id: id}))
		}
		synctest.Wait()
		if n := len(started); n > 2*3+1 {
			w.Errorf("%d large answers were prepared for a peer that does not read", n)
		}
	})
}

// impostor answers the preface of one connection to "b:1" as node b does, and
// gives it to the test.
func impostor(w *world, serve func(c net.Conn)) {
	w.Helper()
	l, err := w.net.Host("b").Listen(w.Context(), "b:1")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := readPreface(c); err == nil {
			c.Write(answer{terms: terms{1 << 20, 100, 1 << 20}}.encode())
			serve(c)
		}
	}()
}

func TestCallingSideDropsAPeerThatBreaksTheRules(t *testing.T) {
	tests := []struct {
		name string
		says frame
	}{
		{"answer to nothing", frame{typ: frameResponse, id: 99}},
		{"frame of the calling side", frame{typ: frameRequest, id: 1}},
		{"failure without a code", frame{typ: frameFailure, id: 1}},
		{"failure that is too long", frame{typ: frameFailure, id: 1, body: make([]byte, 2*MaxErrorBytes)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a := w.open("a")
				impostor(w, func(c net.Conn) {
					readFrame(bufio.NewReader(c), 100)
					c.Write(encodeFrame(test.says))
					expectEnd(w, c)
				})
				_, err := a.Call(w.Context(), "b", kindEcho, nil)
				w.mustFail(err, ErrConnLost, true)
				w.mustFail(err, ErrMalformed, true)
			})
		})
	}
}

func TestMalformedAnswerEndsAConnectionWhoseWriterWaits(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		end := make(chan struct{})
		impostor(w, func(c net.Conn) {
			time.Sleep(time.Second)
			c.Write(make([]byte, 100))
			<-end
		})
		start := time.Now()
		_, err := a.Call(w.Context(), "b", kindEcho, make([]byte, 1<<20))
		w.mustFail(err, ErrMalformed, true)
		synctest.Wait()
		if n := w.net.Conns(); n != 1 || time.Since(start) != time.Second {
			w.Errorf("%d ends of connections are open after %v, want the impostor's", n, time.Since(start))
		}
		close(end)
	})
}

func TestPeerThatDoesNotReadIsDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		done := make(chan struct{})
		impostor(w, func(c net.Conn) {
			defer close(done)
			// Pongs keep the calling side hearing something, so that only its
			// writes have to wait.
			for {
				if _, err := c.Write(encodeFrame(frame{typ: framePong})); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		start := time.Now()
		_, err := a.Call(w.Context(), "b", kindEcho, make([]byte, 1<<20))
		w.mustFail(err, os.ErrDeadlineExceeded, true)
		if took := time.Since(start); took != DefaultSilenceTimeout {
			w.Errorf("dropped after %v", took)
		}
		<-done
	})
}
