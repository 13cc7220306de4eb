package sim

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/simulate"
	"example.com/gstate/jepsen-like/swarm"
)

// playWith makes a run of nodes that have a bug.
func playWith(t *testing.T, bug string, run swarm.Run) simulate.Attempt {
	s := simulation{run: run, bug: bug, trace: newTrace(nil)}
	return simulate.Attempt{Result: s.play(t)}
}

// busy is a run with much that is not needed to find a bug.
var busy = swarm.Run{
	Virtual: 6 * time.Second, Nodes: 5, Clients: 10, Rate: 200, Period: 2 * time.Second,
	Workloads: []string{"six-steps", "registers"}, SnapshotEntries: 50, TrailingLogs: 10,
}

func TestASimulationFindsPlantedBugs(t *testing.T) {
	for _, test := range []struct{ bug, kind, faults, rule string }{
		{"stale-reads", swarm.Service, "kill,deception", "revisions"},
		{"stale-reads", "registers", "crash,cut", "registers"},
		{"ignored-conflicts", swarm.Service, "pause,lost-replies", "lost-updates"},
	} {
		t.Run(test.bug+" in "+test.kind, func(t *testing.T) {
			t.Parallel()
			run := busy
			run.Kind, run.Nemeses = test.kind, strings.Split(test.faults, ",")
			for run.Seed = 1; run.Seed <= seedsForBug; run.Seed++ {
				if got := playWith(t, test.bug, run); got.Outcome == swarm.Violation && slices.Contains(got.Rules, test.rule) {
					return
				}
			}
			t.Errorf("%d seeds break no rule %s", seedsForBug, test.rule)
		})
	}
}

// TestAFailedSimulationIsMadeSmaller: each conditional write shows the bug, so
// that nothing else is needed.
func TestAFailedSimulationIsMadeSmaller(t *testing.T) {
	const bug = "ignored-conflicts"
	run := busy
	run.Seed, run.Kind, run.Nemeses = 1, swarm.Service, []string{"kill", "pause"}
	shrinker := simulate.Shrinker{Tries: 2, Most: 30, Again: func(_ context.Context, smaller swarm.Run) (simulate.Attempt, error) {
		return playWith(t, bug, smaller), nil
	}}
	small, err := shrinker.Shrink(t.Context(), playWith(t, bug, run))
	if err != nil {
		t.Fatal(err)
	}
	got := small.Run
	if got.Virtual > 3*time.Second || got.Nodes != 3 || got.Clients > 4 || len(got.Workloads) != 1 || len(got.Faults()) > 0 {
		t.Errorf("it comes down to no more than\n%s", got.Command())
	}
}

func TestALivelockEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trace := newTrace(nil)
		for range 3 * mostAtOnce {
			if _, err := trace.Write([]byte("busy\n")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Nanosecond)
		}
		defer func() {
			if said, ok := recover().(string); !ok || !strings.HasPrefix(said, "livelock: ") {
				t.Errorf("panic with %v", said)
			}
		}()
		for range mostAtOnce + 1 {
			if _, err := trace.Write([]byte("stuck\n")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestTheTraceTellsRunsApart(t *testing.T) {
	of := func(records ...string) string {
		trace := newTrace(nil)
		for _, record := range records {
			if _, err := trace.Write([]byte(record)); err != nil {
				t.Fatal(err)
			}
		}
		_, sum := trace.sum()
		return sum
	}
	if one, other := of("a", "b"), of("a", "b"); one != other {
		t.Errorf("%s, and then %s", one, other)
	}
	if one, other := of("a", "b"), of("b", "a"); one == other {
		t.Error("another order is not seen")
	}
}
