package nemesis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

var errBroken = errors.New("broken")

// machines are nodes that note what is done to them.
type machines struct {
	ids []string
	// down and paused hold the nodes that are so.
	down, paused map[string]bool
	// log has a line for each change, with the time since the start.
	log   []string
	start time.Time
	// broken makes each change fail.
	broken bool
}

func newMachines() *machines {
	return &machines{
		ids: []string{"a", "b", "c"}, down: map[string]bool{}, paused: map[string]bool{}, start: time.Now(),
	}
}

func (m *machines) change(state map[string]bool, what, id string, to bool) error {
	if m.broken {
		return errBroken
	}
	if state[id] != to {
		m.log = append(m.log, fmt.Sprintf("%v %s %s", time.Since(m.start), what, id))
	}
	state[id] = to
	return nil
}

func (m *machines) IDs() []string          { return m.ids }
func (m *machines) Running(id string) bool { return !m.down[id] && !m.paused[id] }
func (m *machines) Kill(id string) error   { return m.change(m.down, "kill", id, true) }
func (m *machines) Start(id string) error  { return m.change(m.down, "start", id, false) }
func (m *machines) CanPause() error        { return nil }
func (m *machines) Pause(id string) error  { return m.change(m.paused, "pause", id, true) }
func (m *machines) Resume(id string) error { return m.change(m.paused, "resume", id, false) }

// hurt counts the nodes that are not running.
func (m *machines) hurt() int {
	n := 0
	for _, id := range m.ids {
		if m.down[id] || m.paused[id] {
			n++
		}
	}
	return n
}

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
