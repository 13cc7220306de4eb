package simulate

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// large is a run with much that can be left out.
var large = swarm.Run{
	Seed: 7, Kind: swarm.Service, Virtual: 10 * time.Minute, Nodes: 5, Clients: 20,
	Workloads: []string{"inserts", "registers", "six-steps"}, Nemeses: []string{"kill", "pause", "cut", "slow"},
}

// failing returns an attempt that has broken the rule.
func failing(run swarm.Run, rule string) Attempt {
	return Attempt{Result: swarm.Result{Run: run, Outcome: swarm.Violation, Rules: []string{rule}}}
}

// shrinker makes runs that fail when the condition holds, and else pass.
func shrinker(fails func(swarm.Run) bool) Shrinker {
	return Shrinker{Tries: 1, Most: 1000, Again: func(_ context.Context, run swarm.Run) (Attempt, error) {
		if fails(run) {
			return failing(run, "items"), nil
		}
		return Attempt{Result: swarm.Result{Run: run, Outcome: swarm.Pass}}, nil
	}}
}

func TestShrinkingLeavesOutWhatIsNotNeeded(t *testing.T) {
	s := shrinker(func(run swarm.Run) bool {
		return run.Virtual >= 40*time.Second && slices.Contains(run.Nemeses, "kill") && slices.Contains(run.Nemeses, "cut") &&
			slices.Contains(run.Workloads, "registers") && run.Clients >= 5
	})
	got, err := s.Shrink(t.Context(), failing(large, "items"))
	if err != nil {
		t.Fatal(err)
	}
	run := got.Run
	if run.Virtual < 40*time.Second || run.Virtual > 60*time.Second || run.Nodes != 3 || run.Clients < 5 || run.Clients > 10 ||
		!slices.Equal(run.Nemeses, []string{"kill", "cut"}) || !slices.Equal(run.Workloads, []string{"registers"}) {
		t.Errorf("it comes down to %v", run.Command())
	}
}

func TestShrinkingKeepsTheFailure(t *testing.T) {
	other := func(_ context.Context, run swarm.Run) (Attempt, error) { return failing(run, "agreement"), nil }
	crash := func(_ context.Context, run swarm.Run) (Attempt, error) {
		return Attempt{Result: swarm.Result{Run: run, Outcome: swarm.Crash, Rules: []string{"items"}}}, nil
	}
	void := func(_ context.Context, run swarm.Run) (Attempt, error) {
		return Attempt{Result: swarm.Result{Run: run, Outcome: swarm.Void}}, nil
	}
	for name, again := range map[string]func(context.Context, swarm.Run) (Attempt, error){"another rule": other, "a crash": crash, "void": void} {
		t.Run(name, func(t *testing.T) {
			got, err := Shrinker{Again: again, Tries: 1, Most: 100}.Shrink(t.Context(), failing(large, "items"))
			if err != nil || got.Run.Virtual != large.Virtual || len(got.Run.Nemeses) != len(large.Nemeses) {
				t.Errorf("it comes down to %v, %v", got.Run.Command(), err)
			}
		})
	}
}

func TestShrinkingTriesAgainWhatMayNotRepeat(t *testing.T) {
	made := 0
	s := shrinker(func(swarm.Run) bool {
		made++
		return made%3 == 0
	})
	s.Tries = 3
	got, err := s.Shrink(t.Context(), failing(large, "items"))
	if err != nil || len(got.Run.Smaller()) > 0 {
		t.Errorf("it comes down to %v, %v", got.Run.Command(), err)
	}
}

func TestShrinkingEndsAfterSoManyRuns(t *testing.T) {
	made := 0
	s := shrinker(func(swarm.Run) bool { made++; return true })
	s.Most = 4
	if _, err := s.Shrink(t.Context(), failing(large, "items")); err != nil || made != 4 {
		t.Errorf("%d runs were made, want 4; %v", made, err)
	}
}

func TestShrinkingKeepsWhatItHasWhenItIsInterrupted(t *testing.T) {
	stopped := errors.New("stopped")
	made := 0
	s := Shrinker{Tries: 1, Most: 100, Again: func(_ context.Context, run swarm.Run) (Attempt, error) {
		if made++; made > 2 {
			return Attempt{}, stopped
		}
		return failing(run, "items"), nil
	}}
	got, err := s.Shrink(t.Context(), failing(large, "items"))
	if !errors.Is(err, stopped) || got.Run.Virtual >= large.Virtual {
		t.Errorf("it comes down to %v, %v", got.Run.Command(), err)
	}
}
