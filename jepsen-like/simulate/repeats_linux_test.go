package simulate

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// TestARunUnderFaultsOfDisksAndClocksRepeats makes a run of the real simulation twice:
// nodes lose what they have not flushed, fill their disks, find them hung and dead, and
// see their clocks jump and go wrong, and nobody notices but in the time that it takes.
func TestARunUnderFaultsOfDisksAndClocksRepeats(t *testing.T) {
	program := buildReal(t)
	run := swarm.Run{
		Seed: 1, Kind: swarm.Service, Virtual: 15 * time.Second, Rate: 60, Period: time.Second, Disks: swarm.Files,
		Workloads: []string{"inserts", "registers"},
		Nemeses: []string{
			"power-cut-all", "dead-disk", "full-disk", "failed-flushes", "slow-disk", "hung-disk",
			"clock-jump-forward", "clock-jump-back", "clock-strobe", "clock-drift", "clock-leap",
		},
	}
	first, second := attempt(t, program, run), attempt(t, program, run)
	if differs := compare(first, second); differs != "" {
		t.Errorf("trace %s, and %s", first.Trace, differs)
	}
	if first.Outcome != swarm.Pass {
		t.Errorf("%s, %q", first.Outcome, first.Findings)
	}
}

// buildReal makes the program of the real simulation.
func buildReal(t *testing.T) Program {
	t.Helper()
	program, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !program.Repeats {
		t.Fatalf("the runtime cannot be seeded: %v", program.WhyNot)
	}
	return program
}

func attempt(t *testing.T, program Program, run swarm.Run) Attempt {
	t.Helper()
	attempt, err := program.Run(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return attempt
}
