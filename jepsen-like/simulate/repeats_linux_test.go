package simulate

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// TestARunUnderFaultsOfDisksRepeats makes a run of the real simulation twice: nodes
// lose what they have not flushed, fill their disks, find them hung and dead, and
// nobody notices but in the time that it takes.
func TestARunUnderFaultsOfDisksRepeats(t *testing.T) {
	program, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !program.Repeats {
		t.Fatalf("the runtime cannot be seeded: %v", program.WhyNot)
	}
	run := swarm.Run{
		Seed: 1, Kind: swarm.Service, Virtual: 15 * time.Second, Rate: 60, Period: time.Second, Disks: swarm.Files,
		Workloads: []string{"inserts", "registers"},
		Nemeses:   []string{"power-cut-all", "dead-disk", "full-disk", "failed-flushes", "slow-disk", "hung-disk"},
	}
	first, second := attempt(t, program, run), attempt(t, program, run)
	if differs := compare(first, second); differs != "" {
		t.Errorf("trace %s, and %s", first.Trace, differs)
	}
}

func attempt(t *testing.T, program Program, run swarm.Run) Attempt {
	t.Helper()
	attempt, err := program.Run(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if attempt.Outcome != swarm.Pass {
		t.Errorf("%s, %q", attempt.Outcome, attempt.Findings)
	}
	return attempt
}
