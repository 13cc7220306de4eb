package transport

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCloseEndsCallsAndWaitsForHandlers(t *testing.T) {
	for _, to := range []string{"a", "b"} {
		t.Run("with calls to node "+to, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a := w.open("a")
				w.open("b")
				returned := make(chan time.Time, 1)
				slow := func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					returned <- time.Now()
					return nil, nil
				}
				a.Handle(7, slow)
				call := w.background(w.Context(), a, to, 7, nil)
				if to == "b" {
					call = w.background(w.Context(), a, to, kindWait, nil)
					w.background(w.Context(), w.open("c"), "a", 7, nil)
				}
				synctest.Wait()
				start := time.Now()
				go func() { w.mustFail(<-call, ErrClosed, true) }()
				a.Close()
				closed := time.Now()
				if ended := <-returned; !closed.Equal(ended) || closed.Sub(start) != time.Second {
					w.Errorf("Close returned after %v", closed.Sub(start))
				}
			})
		})
	}
}

func TestCloseEndsTheWaitForAPlaceAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a", func(cfg *Config) { cfg.MaxRequests = 1 })
		a.Handle(7, func(context.Context, string, []byte) ([]byte, error) {
			time.Sleep(time.Second)
			return nil, nil
		})
		running := w.background(w.Context(), a, "a", 7, nil)
		synctest.Wait()
		waiting := w.background(w.Context(), a, "a", 7, nil)
		synctest.Wait()
		start := time.Now()
		go a.Close()
		w.mustFail(<-running, ErrClosed, true)
		w.mustFail(<-waiting, ErrClosed, false)
		if took := time.Since(start); took > 0 {
			w.Errorf("the calls ended after %v", took)
		}
		a.Close()
	})
}

func TestCloseMayBeCalledAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		w.mustCall(a, "b")
		closed := make(chan error, 3)
		for range cap(closed) {
			go func() { closed <- a.Close() }()
		}
		for range cap(closed) {
			if err := <-closed; err != nil {
				w.Error(err)
			}
		}
		for _, to := range []string{"a", "b"} {
			_, err := a.Call(w.Context(), to, kindEcho, nil)
			w.mustFail(err, ErrClosed, false)
		}
		a.Handle(7, echo)
		a.Disconnect("b")
		if a.Addr().String() != "a:1" {
			w.Errorf("address is %v", a.Addr())
		}
		w.open("a")
	})
}

func TestCloseEndsADial(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		for _, fault := range []func(){
			func() { w.net.Hold("b", "a") },
			func() { w.net.Delay("b", "a", time.Hour) },
		} {
			fault()
			call := w.background(w.Context(), a, "b", kindEcho, nil)
			synctest.Wait()
			start := time.Now()
			a.Close()
			w.mustFail(<-call, ErrClosed, false)
			if took := time.Since(start); took > 0 {
				w.Errorf("Close took %v", took)
			}
			w.net.HealAll()
			a = w.open("a")
		}
		w.net.Delay("b", "a", 0)
	})
}

func TestCloseIsSilentInTheLog(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		b := w.open("b")
		w.mustCall(a, "b")
		w.mustCall(b, "a")
		a.Close()
		synctest.Wait()
		if n := w.log.count(" a: ", "WARN"); n != 0 {
			w.Errorf("%d warnings of the node that closed", n)
		}
		if n := w.log.count(" b: ", "WARN"); n != 1 {
			w.Errorf("%d warnings of the node that lost its peer, want 1", n)
		}
	})
}

func TestCloseUnderLoad(t *testing.T) {
	for round := range 20 {
		inWorld(t, func(w *world) {
			a, b := w.open("a"), w.open("b")
			w.net.Delay("a", "b", 3*time.Millisecond)
			var callers sync.WaitGroup
			for i := range 40 {
				caller := []*Transport{a, b}[i%2]
				callers.Go(func() { callUntilError(w, caller, "b") })
			}
			time.Sleep(time.Duration(round) * time.Millisecond)
			a.Close()
			b.Close()
			callers.Wait()
		})
	}
}

func callUntilError(w *world, caller *Transport, to string) {
	for {
		if _, err := caller.Call(w.Context(), to, kindEcho, nil); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
