package main

import (
	"bytes"
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
	config := defaults()
	config.Seed, config.Time, config.Period = 1, 9*time.Second, 2*time.Second
	config.Nemeses = []string{nemesis.PowerCutAllName}
	config.Dir = t.ArtifactDir()
	var out bytes.Buffer
	result, err := execute(t.Context(), config, &out)
	if errors.Is(err, disk.ErrUnavailable) {
		return
	}
	t.Log("\n" + out.String())
	// A machine that is busy may see too few writes to say anything.
	if err != nil || result.Outcome() == harness.Violation {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	if !regexp.MustCompile(`faults: power-cut-all [1-9]\d* \([1-9]`).Match(out.Bytes()) {
		t.Error("want power cuts that had an effect")
	}
}
