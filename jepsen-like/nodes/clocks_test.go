package nodes_test

import (
	"errors"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// TestANodeKeepsItsClock: it is seen after a restart, and by no other node. Where
// there are no such clocks, the error has to say so.
func TestANodeKeepsItsClock(t *testing.T) {
	cluster, h, guests := running(t, 2)
	if err := cluster.CanShift(); err != nil {
		if shift := cluster.SetClock("a", skew.Skew{}); !errors.Is(err, skew.ErrUnsupported) || !errors.Is(shift, err) {
			t.Errorf("got %v and %v, want %v", err, shift, skew.ErrUnsupported)
		}
		return
	}
	must(t, cluster.SetClock("a", skew.Skew{Wall: time.Hour}))
	guests["a"].do("look")
	guests["b"].do("look")
	must(t, cluster.Kill("a"))
	must(t, cluster.Start("a"))
	again := h.next(t)
	again.do("look")
	must(t, cluster.SetClock("a", skew.Skew{}))
	again.do("look")
	if a, b := cluster.Looks("a"), cluster.Looks("b"); a != 2 || b != 0 {
		t.Errorf("%d and %d looks were counted, want 2 and 0", a, b)
	}
	if err := cluster.SetClock("a", skew.Skew{Leap: -1}); !errors.Is(err, skew.ErrSkew) {
		t.Errorf("got %v, want %v", err, skew.ErrSkew)
	}
	must(t, cluster.Close())
	if err := cluster.SetClock("a", skew.Skew{}); !errors.Is(err, nodes.ErrClosed) || cluster.Looks("a") != 0 {
		t.Errorf("a clock is set after close: %v", err)
	}
}

func TestAProgramThatGoesByNoClockSaysWhy(t *testing.T) {
	why := errors.New("another version of Go")
	cluster, err := nodes.New(nodes.Config{Dir: t.TempDir(), Count: 1, Program: nodes.Program{NoClocks: why}})
	must(t, err)
	if err := cluster.SetClock("a", skew.Skew{}); !errors.Is(err, why) || cluster.CanShift() != why {
		t.Errorf("got %v and %v, want %v", err, cluster.CanShift(), why)
	}
	must(t, cluster.Close())
}
