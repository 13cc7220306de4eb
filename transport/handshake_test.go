package transport

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPeersThatDoNotBelongTogetherRefuseEachOther(t *testing.T) {
	tests := []struct {
		name   string
		dialer func(*Config)
		server func(*Config)
		want   error
		detail string
	}{
		{name: "other cluster", dialer: func(cfg *Config) { cfg.Cluster = "blue" },
			want: ErrWrongCluster, detail: `this node is in cluster "test", not "blue"`},
		{name: "other node at the address", server: func(cfg *Config) { cfg.ID = "c" },
			want: ErrWrongNode, detail: `this node is "c", not "b"`},
		{name: "peer is not a member", server: func(cfg *Config) { cfg.Known = func(string) bool { return false } },
			want: ErrUnknownPeer, detail: `"a" is not a member here`},
		{name: "peer has no address", server: func(cfg *Config) {
			cfg.Resolve = func(string) (string, bool) { return "", false }
		}, want: ErrUnknownPeer, detail: `"a" is not a member here`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, _ := w.open("a", optional(test.dialer)), w.open("b", optional(test.server))
				for range 10 {
					_, err := a.Call(w.Context(), "b", kindEcho, nil)
					called := w.mustFail(err, test.want, false)
					if !strings.Contains(called.Error(), test.detail) {
						w.Fatalf("%q does not say %q", called, test.detail)
					}
				}
				synctest.Wait()
				if n := w.net.Conns(); n > 0 {
					w.Errorf("%d ends of refused connections are open", n)
				}
				if n := w.log.count("WARN", "event=accept", test.want.Error()); n != 1 {
					w.Errorf("%d lines of the refusing node for 10 attempts", n)
				}
				if n := w.log.count("WARN", "event=dial", test.want.Error()); n != 1 {
					w.Errorf("%d lines of the dialling node for 10 attempts", n)
				}
			})
		})
	}
}

// optional returns an edit that does nothing in the place of none.
func optional(edit func(*Config)) func(*Config) {
	if edit == nil {
		return func(*Config) {}
	}
	return edit
}

func TestNodesWithTheSameIDRefuseEachOther(t *testing.T) {
	inWorld(t, func(w *world) {
		w.open("a")
		stranger := w.connect("a")
		stranger.Write(preface{stream: streamRequests, maxBody: 1, cluster: "test", from: "a", to: "a"}.encode())
		got, err := readAnswer(stranger)
		if err != nil || got.code != refusedPeer || !strings.Contains(got.detail, "two nodes") {
			w.Errorf("answer %+v, %v", got, err)
		}
	})
}

func TestRefusalsAreLoggedAgainAfterAChange(t *testing.T) {
	inWorld(t, func(w *world) {
		var known atomic.Bool
		a := w.open("a")
		b := w.open("b", func(cfg *Config) { cfg.Known = func(string) bool { return known.Load() } })
		for round := 1; round <= 3; round++ {
			known.Store(false)
			for range 5 {
				_, err := a.Call(w.Context(), "b", kindEcho, nil)
				w.mustFail(err, ErrUnknownPeer, false)
			}
			known.Store(true)
			w.mustCall(a, "b")
			b.Disconnect("a")
			synctest.Wait()
			refused := w.log.count("WARN", "event=accept", "peer=a")
			accepted := w.log.count("INFO", "event=accept", "peer=a")
			if refused != round || accepted != round {
				w.Fatalf("round %d: %d lines of refusal, %d of acceptance", round, refused, accepted)
			}
		}
	})
}

func TestPeerOfAnotherVersionIsToldSo(t *testing.T) {
	inWorld(t, func(w *world) {
		w.open("a")
		stranger := w.connect("a")
		later := encodeGreeting(byte(streamRequests), make([]byte, 2000))
		later[4] = protocolVersion + 1
		stranger.Write(later)
		got, err := readAnswer(stranger)
		if err != nil || !errors.Is(&refusal{code: got.code}, ErrVersion) {
			w.Errorf("answer %+v, %v", got, err)
		}
		expectEnd(w, stranger)
	})
}

func TestConnectionsBeyondTheLimitAreRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		w.open("hub", func(cfg *Config) { cfg.MaxConns = 2 })
		a, b, c := w.open("a"), w.open("b"), w.open("c")
		w.mustCall(a, "hub")
		w.mustCall(b, "hub")
		_, err := c.Call(w.Context(), "hub", kindEcho, nil)
		w.mustFail(err, ErrBusy, false)
		a.Close()
		synctest.Wait()
		w.mustCall(c, "hub")
	})
}

func TestStrangersThatSayNothingKeepNobodyOut(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		for range 3 * maxGreetings {
			w.connect("b")
			synctest.Wait()
		}
		time.Sleep(DefaultHandshakeTimeout)
		w.mustCall(a, "b")
		if n := w.log.count("WARN", "event=accept"); n > 2 {
			w.Errorf("%d lines about the strangers", n)
		}
	})
}

func TestStrangersAreDroppedUnanswered(t *testing.T) {
	valid := preface{stream: streamRequests, maxBody: 1, cluster: "test", from: "b", to: "a"}.encode()
	broken := append([]byte(nil), valid...)
	broken[len(broken)-1]++
	huge := append([]byte(magic), protocolVersion, byte(streamRequests), 0xff, 0xff)
	tests := []struct {
		name string
		says []byte
		// waits tells that only the deadline of the handshake ends it.
		waits bool
	}{
		{name: "nothing", waits: true},
		{name: "half a preface", says: valid[:20], waits: true},
		{name: "a request for a web page", says: []byte("GET / HTTP/1.1\r\n\r\n")},
		{name: "a preface with a wrong checksum", says: broken},
		{name: "a preface that is too long", says: huge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.open("a")
				stranger := w.connect("a")
				start := time.Now()
				stranger.Write(test.says)
				expectEnd(w, stranger)
				if waited := time.Since(start) == DefaultHandshakeTimeout; waited != test.waits {
					w.Errorf("dropped after %v", time.Since(start))
				}
			})
		})
	}
}

// expectEnd expects that the peer closes a connection without saying more.
func expectEnd(w *world, r io.Reader) {
	w.Helper()
	got, err := io.ReadAll(r)
	if err != nil || len(got) > 0 {
		w.Errorf("the peer said %q, %v", got, err)
	}
}

func TestDialTakesNoAnswerOfAStranger(t *testing.T) {
	tests := []struct {
		name string
		says []byte
		want error
	}{
		{"garbage", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), ErrMalformed},
		{"limits that allow nothing", answer{code: accepted}.encode(), ErrMalformed},
		{"a refusal of a later version", answer{code: 77}.encode(), ErrVersion},
		{"the end", nil, io.EOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a := w.open("a")
				l, err := w.net.Host("b").Listen(w.Context(), "b:1")
				if err != nil {
					w.Fatal(err)
				}
				defer l.Close()
				go func() {
					c, err := l.Accept()
					if err != nil {
						return
					}
					defer c.Close()
					c.Write(test.says)
					readPreface(c)
				}()
				_, err = a.Call(w.Context(), "b", kindEcho, nil)
				w.mustFail(err, test.want, false)
			})
		})
	}
}

func TestAcceptSurvivesErrorsOfTheListener(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b", func(cfg *Config) { cfg.Network = tiredNetwork{cfg.Network, 5} })
		time.Sleep(waitTime)
		w.mustCall(a, "b")
		w.mustCall(w.open("c"), "b")
	})
}

func TestCloseDuringAPauseOfTheAcceptLoop(t *testing.T) {
	inWorld(t, func(w *world) {
		b := w.open("b", func(cfg *Config) { cfg.Network = tiredNetwork{cfg.Network, 1 << 20} })
		time.Sleep(waitTime)
		start := time.Now()
		b.Close()
		if took := time.Since(start); took > 0 {
			w.Errorf("Close took %v", took)
		}
	})
}

func TestDialIsNotHeldUpByItsCallers(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		w.net.Delay("a", "b", time.Second)
		ctx, cancel := context.WithTimeout(w.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := a.Call(ctx, "b", kindEcho, nil)
		w.mustFail(err, context.DeadlineExceeded, false)
		time.Sleep(5 * time.Second)
		start := time.Now()
		w.mustCall(a, "b")
		if took := time.Since(start); took != time.Second {
			w.Errorf("the call took %v, so it had to dial", took)
		}
	})
}
