package nemesis_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

// schedule makes the named faults on m. Node b leads.
func schedule(t *testing.T, m *machines, seed uint64, record func(history.Function, string, string), names ...string) nemesis.Schedule {
	t.Helper()
	faults, err := nemesis.Choose(nemesis.OfNodes(m), names)
	if err != nil {
		t.Fatal(err)
	}
	return nemesis.Schedule{
		Faults: faults, Nodes: m.ids, Period: time.Second,
		Random:     func(nemesis.Kind) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) },
		FindLeader: func(context.Context) string { return "b" },
		Record:     record,
	}
}

func ignore(history.Function, string, string) {}

func TestOneFaultIsMadeEachSecondAndEndsWithinIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachines()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second+time.Millisecond)
		defer cancel()
		kills := map[time.Duration]int{}
		hit := func(function history.Function, _, _ string) {
			since := time.Since(m.start)
			switch function {
			case nemesis.KillName, nemesis.PauseName:
				if since%time.Second != 0 || m.hurt() != 1 {
					t.Errorf("fault at %v with %d nodes hurt", since, m.hurt())
				}
				kills[since.Truncate(time.Second)]++
			case "kill-end", "pause-end":
				if into := since % time.Second; into > 750*time.Millisecond || into < 250*time.Millisecond {
					// The last one is cut short by the end of the run.
					if ctx.Err() == nil {
						t.Errorf("a fault lasts %v", into)
					}
				}
			}
		}
		if err := schedule(t, m, 1, hit, "kill", "pause").Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(kills) != 100 {
			t.Errorf("faults in %d of 100 seconds", len(kills))
		}
	})
}

func TestTheLeaderIsHitInHalfOfTheFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Second+time.Millisecond)
		defer cancel()
		leader := 0
		hit := func(_ history.Function, node, detail string) {
			if (detail == nemesis.Leader) && node != "b" {
				t.Errorf("node %s is taken for the leader", node)
			}
			if detail == nemesis.Leader {
				leader++
			}
		}
		if err := schedule(t, newMachines(), 1, hit, "kill").Run(ctx); err != nil {
			t.Fatal(err)
		}
		if leader < 420 || leader > 580 {
			t.Errorf("%d of 1000 faults hit the leader, want about half", leader)
		}
	})
}

func TestAllIsWholeWhenTheRunEnds(t *testing.T) {
	for name, end := range map[string]time.Duration{
		"before the first fault": 500 * time.Millisecond,
		"in a fault":             3100 * time.Millisecond,
		"between two faults":     3900 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachines()
				ctx, cancel := context.WithTimeout(t.Context(), end)
				defer cancel()
				if err := schedule(t, m, 1, ignore, "kill", "pause").Run(ctx); err != nil {
					t.Fatal(err)
				}
				if m.hurt() > 0 || time.Since(m.start) != end {
					t.Errorf("%d nodes are hurt %v after the start: %v", m.hurt(), time.Since(m.start), m.log)
				}
			})
		})
	}
}

// lasting is a fault whose Stop does nothing.
type lasting struct{ *nemesis.Kill }

func (lasting) Stop(nemesis.Target) (string, error) { return "", nil }

func TestAFaultThatDoesNotStopIsHealedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachines()
		ctx, cancel := context.WithTimeout(t.Context(), 10500*time.Millisecond)
		defer cancel()
		s := schedule(t, m, 1, ignore, "kill")
		s.Faults = []nemesis.Nemesis{lasting{nemesis.NewKill(m)}}
		if err := s.Run(ctx); err != nil || m.hurt() > 0 {
			t.Errorf("%d nodes are hurt, error %v: %v", m.hurt(), err, m.log)
		}
	})
}

// long is a fault that lasts longer than a period.
type long struct{ *nemesis.Kill }

func (long) Lasts(period time.Duration) (least, most time.Duration) {
	return period * 11 / 10, period * 19 / 10
}

func TestAfterALongFaultTheNextOneWaitsForAFullPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachines()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		made := 0
		s := schedule(t, m, 1, func(function history.Function, _, _ string) {
			if since := time.Since(m.start); function == nemesis.KillName {
				if made++; since%(2*time.Second) != time.Second {
					t.Errorf("a fault begins at %v", since)
				}
			}
		}, "kill")
		s.Faults = []nemesis.Nemesis{long{nemesis.NewKill(m)}}
		if err := s.Run(ctx); err != nil || made != 50 {
			t.Errorf("%d faults in 100 seconds, error %v", made, err)
		}
	})
}

func TestTheSeedDecidesThePlan(t *testing.T) {
	play := func(seed uint64) (log []string) {
		synctest.Test(t, func(t *testing.T) {
			m := newMachines()
			// Not at a full second: a fault that begins then may be made or
			// not.
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second+time.Millisecond)
			defer cancel()
			if err := schedule(t, m, seed, ignore, "kill", "pause").Run(ctx); err != nil {
				t.Fatal(err)
			}
			log = m.log
		})
		return log
	}
	if !slices.Equal(play(1), play(1)) {
		t.Error("one seed gives two plans")
	}
	if slices.Equal(play(1), play(2)) {
		t.Error("two seeds give one plan")
	}
}

func TestAFaultThatCannotBeMadeEndsTheRunWithItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachines()
		m.broken = true
		if err := schedule(t, m, 1, ignore, "kill").Run(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("got %v, want %v", err, errBroken)
		}
	})
}
