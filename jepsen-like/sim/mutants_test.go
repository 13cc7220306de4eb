package sim

import (
	"slices"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/mutants"
	"example.com/gstate/jepsen-like/swarm"
)

// TestPlantedBugsNameWhatThereIs: the workloads and faults of the bugs that are
// hunted by simulated runs.
func TestPlantedBugsNameWhatThereIs(t *testing.T) {
	all, err := mutants.All()
	if err != nil {
		t.Fatal(err)
	}
	m := menu()
	for _, patch := range all {
		if patch.Mode != mutants.Sim {
			continue
		}
		kind, workload, service := strings.Cut(patch.Workload, "/")
		if !slices.Contains(m.Kinds, kind) || service && (kind != swarm.Service || !slices.Contains(m.Workloads, workload)) {
			t.Errorf("%s: there is no workload %s", patch.File, patch.Workload)
		}
		for _, fault := range strings.Split(patch.Faults, ",") {
			if fault != mutants.Any && !slices.Contains(m.Faults[kind], fault) {
				t.Errorf("%s: the kind %s has no fault %s", patch.File, kind, fault)
			}
		}
	}
}
