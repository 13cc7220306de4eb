package nemesis_test

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// TestFaultsOfClocksDrawWhatTheirNameSays, both small and large, and tell by how
// much, where the checkers need it.
func TestFaultsOfClocksDrawWhatTheirNameSays(t *testing.T) {
	// Each is true for one half of what is drawn.
	halves := map[string]func(skew.Skew) bool{
		nemesis.ClockForwardName: func(s skew.Skew) bool { return s.Wall >= 2*time.Minute },
		nemesis.ClockBackName:    func(s skew.Skew) bool { return s.Wall <= -2*time.Minute },
		nemesis.ClockDriftName:   func(s skew.Skew) bool { return s.Rate > 0 },
		nemesis.ClockLeapName:    func(s skew.Skew) bool { return s.Leap > 3*time.Second },
	}
	for name, half := range halves {
		large := 0
		const draws = 200
		for seed := range uint64(draws) {
			m := newMachines()
			detail, err := named(t, m, name).Start(seeded(seed))
			if err != nil {
				t.Fatal(err)
			}
			made, event := m.skews["c"], history.Event{}
			event.Function, event.Detail = history.Function(name), detail
			leap, _ := nemesis.Leap(event)
			rate, _ := nemesis.Drift(event)
			if want := (skew.Skew{Wall: made.Wall, Leap: leap, Rate: rate}); made != want || made == (skew.Skew{}) {
				t.Fatalf("%s makes the clocks so: %+v, and says %q", name, made, detail)
			}
			if (name == nemesis.ClockForwardName) != (made.Wall > 0) || (name == nemesis.ClockBackName) != (made.Wall < 0) {
				t.Fatalf("%s puts the wall clock forward by %v", name, made.Wall)
			}
			if half(made) {
				large++
			}
		}
		if large < draws/4 || large > draws*3/4 {
			t.Errorf("%s draws %d of %d from one half", name, large, draws)
		}
	}
}

func TestAStrobeThatCannotGoOnSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachines()
		strobe := named(t, m, nemesis.ClockStrobeName)
		if _, err := strobe.Start(seeded(1)); err != nil {
			t.Fatal(err)
		}
		m.mu.Lock()
		m.broken = true
		m.mu.Unlock()
		time.Sleep(time.Second)
		m.mu.Lock()
		m.broken = false
		m.mu.Unlock()
		if _, err := strobe.Stop(seeded(1)); err == nil {
			t.Error("a strobe that has failed ends without an error")
		}
		if m.hurt() > 0 {
			t.Error("the clock is not right when the strobe has ended")
		}
	})
}

func TestFaultsOfClocksAreAKindOfTheirOwn(t *testing.T) {
	for _, fault := range nemesis.OfClocks(newMachines()) {
		if fault.Kind() != nemesis.Clock {
			t.Errorf("%s is of the kind %s", fault.Name(), fault.Kind())
		}
	}
}

func TestAFaultOfClocksSaysByHowMuch(t *testing.T) {
	for _, test := range []struct {
		function history.Function
		detail   string
		leap     time.Duration
		rate     float64
	}{
		{nemesis.ClockLeapName, "1.5s", 1500 * time.Millisecond, 0},
		{nemesis.ClockLeapName, "leader 1h0m0s", time.Hour, 0},
		{nemesis.ClockDriftName, "+0.25", 0, 0.25},
		{nemesis.ClockDriftName, "leader -0.50", 0, -0.5},
		{"kill", "leader 1s", 0, 0},
		{nemesis.ClockLeapName, "leader", 0, 0},
		{nemesis.ClockDriftName, "", 0, 0},
	} {
		var event history.Event
		event.Function, event.Detail = test.function, test.detail
		leap, leaps := nemesis.Leap(event)
		rate, drifts := nemesis.Drift(event)
		if leap != test.leap || leaps != (test.leap != 0) || rate != test.rate || drifts != (test.rate != 0) {
			t.Errorf("%s %q: leap %v %v, rate %v %v", test.function, test.detail, leap, leaps, rate, drifts)
		}
	}
}
