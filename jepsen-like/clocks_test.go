package main

import (
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
	config := seedOne(t)
	config.Time, config.Period = 5*time.Second, 500*time.Millisecond
	config.Workloads = []string{"leases", "locks"}
	config.Nemeses = []string{nemesis.ClockForwardName, nemesis.ClockBackName, nemesis.ClockStrobeName}
	result, printed, err := onRealNodes(t, config)
	if errors.Is(err, skew.ErrUnsupported) || errors.Is(err, overlay.ErrAnchor) {
		return
	}
	// A machine that is busy may see too few writes to say anything.
	if err != nil || result.Outcome() == harness.Violation {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	if !regexp.MustCompile(`clock-[a-z-]+ [1-9]\d* \([1-9]`).MatchString(printed) {
		t.Error("want jumps of clocks that nodes have seen")
	}
}
