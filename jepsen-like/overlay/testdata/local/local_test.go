// Package local looks at clocks that goroutines of one process have each for
// themselves.
package local

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
	"example.com/gstate/transport/memnet"
)

// clock returns one that goes like this.
func clock(t *testing.T, to skew.Skew) *skew.Clock {
	t.Helper()
	c, err := skew.Local()
	if err != nil {
		t.Fatal(err)
	}
	set(t, c, to)
	return c
}

func set(t *testing.T, c *skew.Clock, to skew.Skew) {
	t.Helper()
	if err := c.Set(to); err != nil {
		t.Fatal(err)
	}
}

// ahead returns how far the wall clock of this goroutine is ahead.
func ahead() time.Duration {
	return time.Now().Round(0).Sub(skew.SystemNow().Round(0)).Round(time.Minute)
}

// TestAClockIsInherited by goroutines and timers, whether in a bubble or not, and by
// nobody else.
func TestAClockIsInherited(t *testing.T) {
	t.Run("bubble", func(t *testing.T) { synctest.Test(t, inherit) })
	t.Run("process", inherit)
}

func inherit(t *testing.T) {
	const other = "another goroutine"
	type sight struct {
		who   string
		ahead time.Duration
	}
	fast, slow := clock(t, skew.Skew{Wall: time.Hour}), clock(t, skew.Skew{Wall: -time.Hour})
	sights, start := make(chan sight), make(chan struct{})
	look := func(who string) { sights <- sight{who, ahead()} }
	want := map[string]time.Duration{"child": time.Hour, "grandchild": time.Hour, "timer": time.Hour, "context": time.Hour, other: 0}
	go func() {
		<-start
		look(other)
	}()
	leave := fast.Enter()
	go func() {
		look("child")
		look("child")
		go look("grandchild")
	}()
	time.AfterFunc(time.Millisecond, func() { look("timer") })
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	context.AfterFunc(ctx, func() { look("context") })
	if got := ahead(); got != time.Hour {
		t.Errorf("within: %v ahead", got)
	}
	back := slow.Enter()
	if got := ahead(); got != -time.Hour {
		t.Errorf("within another: %v ahead", got)
	}
	back()
	leave()
	if got := ahead(); got != 0 {
		t.Errorf("outside again: %v ahead", got)
	}
	close(start)
	for range len(want) + 1 {
		if got := <-sights; got.ahead != want[got.who] {
			t.Errorf("%s: %v ahead, want %v", got.who, got.ahead, want[got.who])
		}
	}
	if fast.Looks() == 0 || slow.Looks() == 0 {
		t.Errorf("%d and %d looks were counted", fast.Looks(), slow.Looks())
	}
}

// TestAJumpOfTheWallClockTakesNoTime: what is measured goes by the monotonic clock,
// which bubbles have none of otherwise.
func TestAJumpOfTheWallClockTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock(t, skew.Skew{})
		defer c.Enter()()
		began, wall := time.Now(), time.Now().Round(0)
		deadline := began.Add(time.Second)
		for _, test := range []struct {
			skew         skew.Skew
			passed, wall time.Duration
		}{
			{skew.Skew{Wall: time.Hour}, 0, time.Hour},
			{skew.Skew{Wall: -time.Hour}, 0, -time.Hour},
			{skew.Skew{Leap: time.Minute}, time.Minute, 0},
			{skew.Skew{}, time.Minute, 0},
		} {
			set(t, c, test.skew)
			if got := time.Since(began); got != test.passed {
				t.Errorf("%+v: %v have passed, want %v", test.skew, got, test.passed)
			}
			if got := time.Until(deadline); got != time.Second-test.passed {
				t.Errorf("%+v: %v are left, want %v", test.skew, got, time.Second-test.passed)
			}
			if got := time.Since(wall); got != test.wall {
				t.Errorf("%+v: the wall clock is %v ahead, want %v", test.skew, got, test.wall)
			}
		}
	})
}

// TestTimersGoByTheRateThatTheyWereSetAt measures how long they take on the clock of
// the bubble.
func TestTimersGoByTheRateThatTheyWereSetAt(t *testing.T) {
	for rate, want := range map[float64]time.Duration{1: 5 * time.Second, 0: 10 * time.Second, -0.5: 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c, began := clock(t, skew.Skew{Rate: rate}), time.Now()
			took := func(what string, times int) {
				t.Helper()
				if got := skew.SystemNow().Sub(began); got != time.Duration(times)*want {
					t.Errorf("rate %v: %s takes %v, want %v", rate, what, got, time.Duration(times)*want)
				}
				began = skew.SystemNow()
			}
			defer c.Enter()()
			own := time.Now()
			<-time.After(10 * time.Second)
			took("a timer", 1)
			if got := time.Since(own); got != 10*time.Second {
				t.Errorf("rate %v: %v have passed on the own clock, want 10s", rate, got)
			}
			ticker := time.NewTicker(10 * time.Second)
			defer ticker.Stop()
			<-ticker.C
			<-ticker.C
			took("two turns of a ticker", 2)
			set(t, c, skew.Skew{})
			<-ticker.C
			took("a turn that was set before", 1)
		})
	}
}

// TestTheNetworkGoesByTheSystem: how long something is under way is no matter of the
// clocks at its ends, and a deadline comes after as long as it was set for.
func TestTheNetworkGoesByTheSystem(t *testing.T) {
	for name, at := range map[string]skew.Skew{
		"ahead": {Wall: time.Hour}, "leap": {Leap: time.Minute}, "fast": {Rate: 1}, "slow": {Rate: -0.5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { overNetwork(t, clock(t, at), at) })
		})
	}
}

// overNetwork uses a connection by a clock whose skew is set anew, which may put it
// forward, while something is under way.
func overNetwork(t *testing.T, c *skew.Clock, at skew.Skew) {
	const late = 3 * time.Second
	net := memnet.New()
	net.Delay("a", "b", late)
	listener, err := net.Host("b").Listen(t.Context(), "b:1")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	defer c.Enter()()
	began := skew.SystemNow()
	took := func(what string, err error) {
		t.Helper()
		if got := skew.SystemNow().Sub(began); err != nil || got != late {
			t.Errorf("%s takes %v, want %v; error %v", what, got, late, err)
		}
		set(t, c, at)
		began = skew.SystemNow()
	}

	from, err := net.Host("a").Dial(t.Context(), "b:1")
	took("the opening", err)
	defer from.Close()
	to, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()

	_, err = from.Write([]byte{1})
	set(t, c, at)
	_, readErr := io.ReadFull(to, make([]byte, 1))
	took("a byte", errors.Join(err, readErr))

	err = from.SetReadDeadline(time.Now().Add(late))
	set(t, c, at)
	if _, readErr := from.Read(make([]byte, 1)); !os.IsTimeout(readErr) {
		t.Errorf("a read ends with %v", readErr)
	}
	took("a deadline", err)
}
