package main

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/disk"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
)

// TestAcknowledgedWritesOutlivePowerCutsOfAllNodes on disks that lose what was not
// flushed. Where there are none, the run has to say so.
func TestAcknowledgedWritesOutlivePowerCutsOfAllNodes(t *testing.T) {
	config := seedOne(t)
	config.Time, config.Period = 9*time.Second, 2*time.Second
	config.Nemeses = []string{nemesis.PowerCutAllName}
	result, printed, err := onRealNodes(t, config)
	if errors.Is(err, disk.ErrUnavailable) {
		return
	}
	// A machine that is busy may see too few writes to say anything.
	if err != nil || result.Outcome() == harness.Violation {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	if !regexp.MustCompile(`faults: power-cut-all [1-9]\d* \([1-9]`).MatchString(printed) {
		t.Error("want power cuts that had an effect")
	}
}
