package main

import (
	"bytes"
	"errors"
	"regexp"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/overlay"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// TestLeasesDoNotGoByWallClocks that jump and strobe on real nodes. Where no clock can
// be changed, the run has to say so.
func TestLeasesDoNotGoByWallClocks(t *testing.T) {
	config := defaults()
	config.Seed, config.Time, config.Period = 1, 5*time.Second, 500*time.Millisecond
	config.Workloads = []string{"leases", "locks"}
	config.Nemeses = []string{nemesis.ClockForwardName, nemesis.ClockBackName, nemesis.ClockStrobeName}
	config.Dir = t.ArtifactDir()
	var out bytes.Buffer
	result, err := execute(t.Context(), config, &out)
	if errors.Is(err, skew.ErrUnsupported) || errors.Is(err, overlay.ErrAnchor) {
		return
	}
	t.Log("\n" + out.String())
	// A machine that is busy may see too few writes to say anything.
	if err != nil || result.Outcome() == harness.Violation {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	if !regexp.MustCompile(`clock-[a-z-]+ [1-9]\d* \([1-9]`).Match(out.Bytes()) {
		t.Error("want jumps of clocks that nodes have seen")
	}
}
