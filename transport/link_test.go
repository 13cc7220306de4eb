package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestRequestThatWasTakenBackGivesItsPlaceBack: nobody answers what was never
// sent.
func TestRequestThatWasTakenBackGivesItsPlaceBack(t *testing.T) {
	l := newLink(&conn{}, terms{maxBody: 10, maxRequests: 1, maxRequestBytes: 10}, Config{}.withDefaults())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-l.out.wake // it is in the queue, and there is no writer
		cancel()
	}()
	if result := l.call(ctx, 1, []byte("x")); result.sent || !errors.Is(result.err, context.Canceled) {
		t.Fatalf("the call ended with %+v", result)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := l.window.acquire(ended, 1); err != nil {
		t.Errorf("the window has no place: %v", err)
	}
}

// TestCallAfterALostConnectionDialsAnew: whoever tries again at once must not
// meet the connection that has just ended.
func TestCallAfterALostConnectionDialsAnew(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.open("a")
		w.open("b")
		for range 200 {
			waiting := w.background(w.Context(), a, "b", kindWait, nil)
			synctest.Wait()
			again := make(chan error, 1)
			go func() {
				<-waiting
				_, err := a.Call(w.Context(), "b", kindEcho, nil)
				again <- err
			}()
			w.net.Reset("a", "b")
			if err := <-again; err != nil {
				w.Fatal(err)
			}
		}
	})
}
