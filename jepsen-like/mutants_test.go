package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/mutants"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/workload"
)

// TestPlantedBugsOfProcessesNameWhatThereIs: the workloads and faults of the bugs
// that are hunted by runs of real processes.
func TestPlantedBugsOfProcessesNameWhatThereIs(t *testing.T) {
	all, err := mutants.All()
	if err != nil {
		t.Fatal(err)
	}
	var workloads, faults []string
	for _, share := range workload.All([]string{"a", "b", "c"}) {
		workloads = append(workloads, share.Workload.Name())
	}
	for _, fault := range faultsOf(&nodes.Cluster{}) {
		faults = append(faults, fault.Name())
	}
	for _, patch := range all {
		if patch.Mode != mutants.Real {
			continue
		}
		if !slices.Contains(workloads, patch.Workload) {
			t.Errorf("%s: there is no workload %s", patch.File, patch.Workload)
		}
		for _, fault := range strings.Split(patch.Faults, ",") {
			if fault != mutants.Any && !slices.Contains(faults, fault) {
				t.Errorf("%s: there is no fault %s", patch.File, fault)
			}
		}
	}
}

func TestHuntTakesItsFlags(t *testing.T) {
	h, err := parseHunt([]string{"-only", "14b,3", "-tries", "2", "-budget", "5s", "-seed", "9", "-virtual", "30s"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if h.Tries != 2 || h.Budget != 5*time.Second || h.First != 9 || h.Virtual != 30*time.Second {
		t.Errorf("the flags were taken as %+v", h)
	}
	patches, err := h.patches()
	if err != nil || len(patches) != 2 || patches[0].Number != "14b" || patches[1].Number != "3" {
		t.Errorf("the bugs are %v, %v", patches, err)
	}
	h.Only = []string{"99"}
	if _, err := h.patches(); err == nil || !strings.Contains(err.Error(), "99") {
		t.Errorf("a bug that there is not: %v", err)
	}
}

func TestHuntRefusesFlagsThatCannotBe(t *testing.T) {
	for _, args := range [][]string{{"-tries", "0"}, {"-processes", "0"}, {"-virtual", "1ms"}, {"-budget", "-1s"}, {"3"}} {
		var said strings.Builder
		if _, err := parseHunt(args, &said); err == nil || said.Len() == 0 {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestBrokenRulesAreNamedOnce(t *testing.T) {
	rules, finding := broken(harness.Verdict{Violations: []checker.Finding{
		{Rule: "inserts", Text: "one is lost"}, {Rule: "items"}, {Rule: "inserts", Text: "another"},
	}})
	if !slices.Equal(rules, []string{"inserts", "items"}) || !strings.Contains(finding, "one is lost") {
		t.Errorf("the rules are %v, the finding is %q", rules, finding)
	}
}
