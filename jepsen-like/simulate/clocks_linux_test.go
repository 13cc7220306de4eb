package simulate

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// TestSimulatedNodesHaveClocksOfTheirOwn runs the test of that in a program that has
// them. Then a node that trusts in its wall clock is found, and by no other fault
// than that of its clock.
func TestSimulatedNodesHaveClocksOfTheirOwn(t *testing.T) {
	program := buildReal(t)
	command := exec.CommandContext(t.Context(), program.Path, "-test.run", "^TestANodeHasItsOwnClocks$")
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	program.Extra = append(program.Extra, "-plant", "remembered-reads")
	for fault, want := range map[string]bool{"clock-jump-forward": true, "kill": false} {
		got := attempt(t, program, swarm.Run{
			Seed: 1, Kind: swarm.Service, Virtual: 5 * time.Second, Nodes: 3, Clients: 6, Rate: 80, Period: 500 * time.Millisecond,
			Workloads: []string{"registers"}, Nemeses: []string{fault}, Disks: swarm.Files,
		})
		if found := slices.Contains(got.Rules, "revisions"); found != want || got.Failed() != want {
			t.Errorf("under %s: %s of %q, found %v, want %v\n%q", fault, got.Outcome, got.Rules, found, want, got.Findings)
		}
	}
}
