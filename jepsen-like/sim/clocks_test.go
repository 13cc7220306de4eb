package sim

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// makeClocks gives each node clocks of its own, in binaries that have them.
func (f *fleet) makeClocks() {
	f.clocks = map[string]*skew.Clock{}
	for _, id := range f.IDs() {
		clock, err := skew.Local()
		if err != nil {
			f.noClocks = err
			return
		}
		f.clocks[id] = clock
	}
}

// enter has this goroutine be one of a node until it calls leave: it goes by the
// clocks of the node, and so does whatever it starts.
func (f *fleet) enter(id string) (leave func()) {
	if f.noClocks != nil {
		return func() {}
	}
	return f.clocks[id].Enter()
}

// CanShift returns nil, or why all nodes have one clock.
func (f *fleet) CanShift() error { return f.noClocks }

// SetClock gives the clocks of a node this skew, until the next call.
func (f *fleet) SetClock(id string, to skew.Skew) error {
	if f.noClocks != nil {
		return f.noClocks
	}
	return f.clocks[id].Set(to)
}

// Looks returns how often a node has looked at clocks that were ahead or behind.
func (f *fleet) Looks(id string) uint64 {
	if f.noClocks != nil {
		return 0
	}
	return f.clocks[id].Looks()
}

// wallClock returns what the wall clock of a node shows, as its answers tell.
func wallClock(t *testing.T, clients *http.Client, id string) time.Time {
	t.Helper()
	response, err := clients.Get("http://" + id + "/v1/status")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	shown, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// TestANodeHasItsOwnClocks in all its lives. In binaries without them faults of
// clocks have to say so.
func TestANodeHasItsOwnClocks(t *testing.T) {
	inFleet(t, func(t *testing.T, f *fleet, clients *http.Client) {
		if why := f.CanShift(); why != nil {
			if err := f.SetClock("a", skew.Skew{}); !errors.Is(why, skew.ErrNotBuilt) || !errors.Is(err, why) || f.Looks("a") != 0 {
				t.Errorf("no clocks: %v; one is set: %v", why, err)
			}
			return
		}
		if err := f.SetClock("a", skew.Skew{Wall: time.Hour}); err != nil {
			t.Fatal(err)
		}
		for _, restart := range []func(string) error{f.Start, f.Succeed, f.Kill, f.Start} {
			if err := restart("a"); err != nil {
				t.Fatal(err)
			}
			for id, want := range map[string]time.Duration{"a": time.Hour, "b": 0} {
				if !f.Running(id) {
					continue
				}
				if ahead := time.Until(wallClock(t, clients, id)).Round(time.Minute); ahead != want {
					t.Errorf("the wall clock of %s is %v ahead, want %v", id, ahead, want)
				}
			}
		}
		if a, b := f.Looks("a"), f.Looks("b"); a == 0 || b != 0 {
			t.Errorf("a has looked %d times at a wrong clock, and b %d times", a, b)
		}
		if err := f.SetClock("a", skew.Skew{Leap: -1}); !errors.Is(err, skew.ErrSkew) {
			t.Errorf("a leap back: %v, want %v", err, skew.ErrSkew)
		}
	})
}
