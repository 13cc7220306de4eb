package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallReturnsTheResponseOfTheHandler(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		b.Handle(7, func(_ context.Context, from string, body []byte) ([]byte, error) {
			return fmt.Appendf(nil, "%s says %s", from, body), nil
		})
		got, err := a.Call(w.Context(), "b", 7, []byte("hello"))
		if err != nil || string(got) != "a says hello" {
			w.Fatalf("got %q, %v", got, err)
		}
	})
}

func TestCallCarriesBodiesOfEverySize(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		for _, size := range []int{0, 1, writeBufferBytes - frameHeaderBytes, readChunkBytes, readChunkBytes + 1,
			1 << 20, DefaultMaxBodyBytes} {
			body := bytes.Repeat([]byte("0123456789abcde"), size/15+1)[:size]
			got, err := a.Call(w.Context(), "b", kindEcho, bytes.Clone(body))
			if err != nil || !bytes.Equal(got, body) {
				w.Errorf("body of %d bytes came back with %d, %v", size, len(got), err)
			}
		}
	})
}

// A call to another node and a call to oneself have the same results.
func TestCallErrors(t *testing.T) {
	tests := []struct {
		name    string
		kind    Kind
		body    string
		want    error
		sent    bool
		unknown bool
	}{
		{name: "no handler for the kind", kind: kindMissing, want: ErrNoHandler, sent: true},
		{name: "request above the limit", kind: kindEcho, body: "too long, this", want: ErrTooLarge},
		{name: "response above the limit", kind: kindLarge, want: ErrTooLarge, sent: true, unknown: true},
		{name: "deadline while the handler runs", kind: kindWait, want: context.DeadlineExceeded, sent: true,
			unknown: true},
	}
	for _, to := range []string{"a", "b"} {
		for _, test := range tests {
			t.Run(test.name+" at node "+to, func(t *testing.T) {
				inWorld(t, func(w *world) {
					small := func(cfg *Config) { cfg.MaxBodyBytes = 10 }
					a := w.open("a", small)
					w.open("b", small)
					ctx, cancel := context.WithTimeout(w.Context(), waitTime)
					defer cancel()
					_, err := a.Call(ctx, to, test.kind, []byte(test.body))
					called := w.mustFail(err, test.want, test.sent)
					if called.OutcomeUnknown() != test.unknown {
						w.Errorf("outcome unknown = %v, want %v", !test.unknown, test.unknown)
					}
					if called.To != to || called.Kind != test.kind {
						w.Errorf("error names node %q and kind %d", called.To, called.Kind)
					}
				})
			})
		}
	}
}

func TestCallReturnsTheTextOfTheHandlersError(t *testing.T) {
	for _, to := range []string{"a", "b"} {
		t.Run("at node "+to, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a := w.open("a")
				w.open("b")
				for _, length := range []int{0, 10, MaxErrorBytes, MaxErrorBytes + 1} {
					text := bytes.Repeat([]byte("x"), length)
					_, err := a.Call(w.Context(), to, kindRefuse, text)
					remote, ok := errors.AsType[*RemoteError](err)
					if !ok || remote.Text != string(text[:min(length, MaxErrorBytes)]) {
						w.Fatalf("text of %d bytes: %v", length, err)
					}
					if called, _ := errors.AsType[*CallError](err); called.OutcomeUnknown() {
						w.Error("the outcome is unknown after the handler answered")
					}
				}
			})
		})
	}
}

func TestCallThatCannotReachTheNodeWasNotSent(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(w *world, ctx context.Context) context.Context
		want    error
	}{
		{"no address", func(w *world, ctx context.Context) context.Context {
			w.place("b", "")
			return ctx
		}, ErrNoAddress},
		{"nobody listens", func(w *world, ctx context.Context) context.Context {
			w.place("b", "b:2")
			return ctx
		}, syscall.ECONNREFUSED},
		{"the network drops everything", func(w *world, ctx context.Context) context.Context {
			w.net.Cut("a", "b")
			return ctx
		}, context.DeadlineExceeded},
		{"the answer to the preface does not come", func(w *world, ctx context.Context) context.Context {
			w.net.Delay("b", "a", DefaultHandshakeTimeout)
			return ctx
		}, context.DeadlineExceeded},
		{"the context has ended", func(w *world, ctx context.Context) context.Context {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return ended
		}, context.Canceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a := w.open("a")
				w.open("b")
				ctx := test.prepare(w, w.Context())
				start := time.Now()
				_, err := a.Call(ctx, "b", kindEcho, nil)
				w.mustFail(err, test.want, false)
				if took := time.Since(start); took > DefaultHandshakeTimeout {
					w.Errorf("the call took %v", took)
				}
			})
		})
	}
}

func TestResponsesComeInTheOrderInWhichHandlersReturn(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		const calls = 50
		b.Handle(7, func(_ context.Context, _ string, body []byte) ([]byte, error) {
			time.Sleep(time.Duration(calls-body[0]) * time.Second)
			return body, nil
		})
		order := make(chan byte, calls)
		for i := range byte(calls) {
			go func() {
				got, err := a.Call(w.Context(), "b", 7, []byte{i})
				if err != nil || len(got) != 1 || got[0] != i {
					w.Errorf("call %d got %v, %v", i, got, err)
				}
				order <- i
			}()
		}
		for i := range calls {
			if got := <-order; int(got) != calls-1-i {
				w.Fatalf("call %d returned at position %d", got, i)
			}
		}
		if n := w.net.Conns(); n != 2 {
			w.Errorf("%d ends of connections, want the 2 of one", n)
		}
	})
}

func TestContextOfTheHandlerEndsWithTheCallers(t *testing.T) {
	for _, to := range []string{"a", "b"} {
		t.Run("at node "+to, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b := w.open("a"), w.open("b")
				ended := make(chan error, 1)
				handler := func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
					<-ctx.Done()
					ended <- ctx.Err()
					return nil, nil
				}
				a.Handle(7, handler)
				b.Handle(7, handler)
				ctx, cancel := context.WithTimeout(w.Context(), time.Second)
				defer cancel()
				start := time.Now()
				_, err := a.Call(ctx, to, 7, nil)
				w.mustFail(err, context.DeadlineExceeded, true)
				<-ended
				if took := time.Since(start); took != time.Second {
					w.Errorf("the handler's context ended after %v", took)
				}
				w.mustCall(a, to)
			})
		})
	}
}

func TestLateAnswerIsDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		w.mustCall(a, "b")
		w.net.Hold("b", "a")
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		_, err := a.Call(ctx, "b", kindEcho, []byte("late"))
		w.mustFail(err, context.DeadlineExceeded, true)
		w.net.Release("b", "a")
		w.mustCall(a, "b")
		if n := w.net.Conns(); n != 2 {
			w.Errorf("%d ends of connections, want the 2 of one", n)
		}
	})
}

func TestRequestsAreBoundedOnTheCallingSide(t *testing.T) {
	tests := []struct {
		name  string
		to    string
		size  int
		limit func(*Config)
	}{
		{"in number", "b", 10, func(cfg *Config) { cfg.MaxRequests = 3 }},
		{"in bytes", "b", 100, func(cfg *Config) { cfg.MaxBodyBytes = 100; cfg.MaxRequestBytes = 399 }},
		{"in number towards oneself", "a", 10, func(cfg *Config) { cfg.MaxRequests = 3 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b := w.open("a", test.limit), w.open("b", test.limit)
				var running, most atomic.Int32
				handler := func(ctx context.Context, from string, body []byte) ([]byte, error) {
					most.Store(max(most.Load(), running.Add(1)))
					defer running.Add(-1)
					time.Sleep(time.Second)
					return body, nil
				}
				a.Handle(7, handler)
				b.Handle(7, handler)
				start := time.Now()
				var calls []<-chan error
				for range 30 {
					calls = append(calls, w.background(w.Context(), a, test.to, 7, make([]byte, test.size)))
				}
				for _, call := range calls {
					if err := <-call; err != nil {
						w.Fatal(err)
					}
				}
				if most.Load() != 3 || time.Since(start) != 10*time.Second {
					w.Errorf("%d handlers ran at once, all took %v", most.Load(), time.Since(start))
				}
			})
		})
	}
}

func TestCallThatEndsWhileItWaitsForItsPlaceWasNotSent(t *testing.T) {
	for _, to := range []string{"a", "b"} {
		t.Run("at node "+to, func(t *testing.T) {
			inWorld(t, func(w *world) {
				one := func(cfg *Config) { cfg.MaxRequests = 1 }
				a := w.open("a", one)
				w.open("b", one)
				ctx, cancel := context.WithCancel(w.Context())
				first := w.background(ctx, a, to, kindWait, nil)
				synctest.Wait()
				short, cancelShort := context.WithTimeout(w.Context(), time.Second)
				defer cancelShort()
				_, err := a.Call(short, to, kindEcho, nil)
				w.mustFail(err, context.DeadlineExceeded, false)
				cancel()
				w.mustFail(<-first, context.Canceled, true)
				w.mustCall(a, to)
			})
		})
	}
}

// blockWriter makes the writer of the connection from a to b wait for the
// network, with one large request taken.
func blockWriter(w *world, a *Transport) (large <-chan error) {
	w.mustCall(a, "b")
	w.net.Cut("a", "b")
	large = w.background(w.Context(), a, "b", kindEcho, make([]byte, 1<<20))
	synctest.Wait()
	return large
}

func TestCallThatEndsInTheQueueWasNotSent(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		large := blockWriter(w, a)
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		_, err := a.Call(ctx, "b", kindEcho, nil)
		w.mustFail(err, context.DeadlineExceeded, false)
		w.net.HealAll()
		if err := <-large; err != nil {
			w.Fatal(err)
		}
	})
}

func TestConnectionLossTellsWhatWasSent(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		large := blockWriter(w, a)
		queued := w.background(w.Context(), a, "b", kindEcho, nil)
		synctest.Wait()
		w.net.Reset("a", "b")
		if !w.mustFail(<-large, ErrConnLost, true).OutcomeUnknown() {
			w.Error("the outcome of a request that was being written is not unknown")
		}
		w.mustFail(<-queued, ErrConnLost, false)
		w.net.HealAll()
		w.mustCall(a, "b")
	})
}

func TestConnectionLossEndsTheWaitForAPlace(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b", func(cfg *Config) { cfg.MaxRequests = 1 })
		running := w.background(w.Context(), a, "b", kindWait, nil)
		synctest.Wait()
		waiting := w.background(w.Context(), a, "b", kindEcho, nil)
		synctest.Wait()
		w.net.Reset("a", "b")
		w.mustFail(<-running, ErrConnLost, true)
		w.mustFail(<-waiting, ErrConnLost, false)
	})
}

func TestCallWithAnEndedContextIsNotSent(t *testing.T) {
	for _, to := range []string{"a", "b"} {
		t.Run("to node "+to, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a := w.open("a")
				w.open("b")
				w.mustCall(a, to)
				ctx, cancel := context.WithCancel(w.Context())
				cancel()
				for range 50 {
					_, err := a.Call(ctx, to, kindEcho, nil)
					w.mustFail(err, context.Canceled, false)
				}
			})
		})
	}
}

func TestConcurrentCallsShareOneDial(t *testing.T) {
	inWorld(t, func(w *world) {
		counted := &countingNetwork{Network: w.net.Host("a")}
		a := w.open("a", func(cfg *Config) { cfg.Network = counted })
		w.net.Delay("a", "b", time.Second)
		for range 3 {
			var calls []<-chan error
			for range 20 {
				calls = append(calls, w.background(w.Context(), a, "b", kindEcho, nil))
			}
			for _, call := range calls {
				w.mustFail(<-call, syscall.ECONNREFUSED, false)
			}
		}
		if n := counted.dials.Load(); n != 3 {
			w.Errorf("%d dials for 3 rounds of calls", n)
		}
	})
}

func TestEveryDialAsksWhereTheNodeIs(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b").Close()
		w.place("b", "b:1")
		_, err := a.Call(w.Context(), "b", kindEcho, nil)
		w.mustFail(err, syscall.ECONNREFUSED, false)
		w.open("b", func(cfg *Config) { cfg.Network = w.net.Host("elsewhere"); cfg.Listen = "elsewhere:5" })
		w.place("b", "elsewhere:5")
		w.mustCall(a, "b")
	})
}

func TestNodeThatMovedSilentlyIsFoundAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		old := w.open("b")
		w.mustCall(a, "b")
		w.net.Isolate("b")
		moved := func(cfg *Config) { cfg.Network = w.net.Host("elsewhere"); cfg.Listen = "elsewhere:5" }
		w.open("b", moved)
		w.place("b", "elsewhere:5")
		start := time.Now()
		_, err := a.Call(w.Context(), "b", kindEcho, nil)
		w.mustFail(err, ErrConnLost, true)
		if took := time.Since(start); took > DefaultSilenceTimeout {
			w.Errorf("the silent connection was dropped after %v", took)
		}
		w.mustCall(a, "b")
		w.net.HealAll()
		old.Close()
	})
}

func TestIdleConnectionStays(t *testing.T) {
	inWorld(t, func(w *world) {
		counted := &countingNetwork{Network: w.net.Host("a")}
		a := w.open("a", func(cfg *Config) { cfg.Network = counted })
		w.open("b")
		w.mustCall(a, "b")
		time.Sleep(time.Hour)
		w.mustCall(a, "b")
		if n := counted.dials.Load(); n != 1 {
			w.Errorf("%d dials in an hour without faults", n)
		}
	})
}

func TestSilentCallerEndsItsRequests(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		ended := make(chan time.Time, 1)
		b.Handle(7, func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
			<-ctx.Done()
			ended <- time.Now()
			return nil, nil
		})
		call := w.background(w.Context(), a, "b", 7, nil)
		synctest.Wait()
		start := time.Now()
		w.net.Cut("a", "b")
		if took := (<-ended).Sub(start); took != DefaultSilenceTimeout {
			w.Errorf("the handler's context ended after %v", took)
		}
		w.mustFail(<-call, ErrConnLost, true)
	})
}

func TestDisconnectClosesBothDirections(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b, c := w.open("a"), w.open("b"), w.open("c")
		w.mustCall(a, "b")
		w.mustCall(b, "a")
		w.mustCall(a, "c")
		w.mustCall(c, "a")
		call := w.background(w.Context(), a, "b", kindWait, nil)
		synctest.Wait()
		a.Disconnect("b")
		w.mustFail(<-call, ErrConnLost, true)
		synctest.Wait()
		if n := w.net.Conns(); n != 4 {
			w.Errorf("%d ends of connections are open, want the 4 between a and c", n)
		}
		w.mustCall(b, "a")
	})
}

func TestHandlersCanBeReplacedAndRemoved(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		for _, text := range []string{"first", "second"} {
			b.Handle(7, func(context.Context, string, []byte) ([]byte, error) { return []byte(text), nil })
			if got, err := a.Call(w.Context(), "b", 7, nil); err != nil || string(got) != text {
				w.Fatalf("got %q, %v, want %q", got, err, text)
			}
		}
		b.Handle(7, nil)
		_, err := a.Call(w.Context(), "b", 7, nil)
		w.mustFail(err, ErrNoHandler, true)
	})
}
