//go:build linux

package skew_test

import (
	"errors"
	"math"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// pair returns a clock as both sides have it.
func pair(t *testing.T) (own, other *skew.Clock) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clock")
	own, err := skew.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err = skew.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(own.Close(), other.Close()); err != nil {
			t.Error(err)
		}
	})
	return own, other
}

func set(t *testing.T, clock *skew.Clock, s skew.Skew) {
	t.Helper()
	if err := clock.Set(s); err != nil {
		t.Error(err)
	}
}

// later is a moment at which the clocks have drifted for long.
const later = math.MaxInt64 / 4

func TestTheMonotonicClockNeverGoesBack(t *testing.T) {
	own, other := pair(t)
	last := int64(0)
	for _, s := range []skew.Skew{{Leap: time.Hour}, {}, {Wall: -time.Hour}, {Leap: time.Second}, {}} {
		set(t, own, s)
		wall, monotonic := other.At(0)
		if monotonic < last || wall != int64(s.Wall) {
			t.Errorf("%+v: the wall clock is %v ahead, the monotonic clock %v after %v",
				s, time.Duration(wall), time.Duration(monotonic), time.Duration(last))
		}
		last = monotonic
	}
	for _, wrong := range []skew.Skew{{Leap: -1}, {Rate: -1}, {Rate: 2}} {
		if err := own.Set(wrong); !errors.Is(err, skew.ErrSkew) {
			t.Errorf("%+v: error %v, want %v", wrong, err, skew.ErrSkew)
		}
	}
}

func TestADriftAddsUp(t *testing.T) {
	own, other := pair(t)
	set(t, own, skew.Skew{Rate: 0.5})
	first, _ := other.At(later)
	second, _ := other.At(later + int64(time.Minute))
	if got := time.Duration(second - first).Round(time.Millisecond); (got - 30*time.Second).Abs() > time.Second {
		t.Errorf("a minute adds %v at the rate 0.5, want 30s", got)
	}
	if got := time.Duration(other.Span(int64(3 * time.Second))); got != 2*time.Second {
		t.Errorf("three seconds take %v, want 2s", got)
	}
}

// TestALookSeesAWholeChange: both clocks are ahead by as much, or none is.
func TestALookSeesAWholeChange(t *testing.T) {
	own, other := pair(t)
	var setting sync.WaitGroup
	setting.Go(func() {
		for range 10_000 {
			set(t, own, skew.Skew{Wall: time.Hour})
			set(t, own, skew.Skew{Wall: -time.Hour})
		}
	})
	for range 100_000 {
		if wall, monotonic := other.At(0); wall != 0 && wall != int64(time.Hour) && wall != -int64(time.Hour) || monotonic != 0 {
			t.Fatalf("the wall clock is %v ahead, the monotonic clock %v", time.Duration(wall), time.Duration(monotonic))
		}
	}
	setting.Wait()
}

func TestOnlyLooksAtAShiftedClockAreCounted(t *testing.T) {
	own, other := pair(t)
	other.At(0)
	if got := own.Looks(); got != 0 {
		t.Errorf("%d looks at a sound clock were counted", got)
	}
	set(t, own, skew.Skew{Wall: time.Hour})
	other.At(0)
	if got := own.Looks(); got != 1 {
		t.Errorf("%d looks were counted, want 1", got)
	}
}
