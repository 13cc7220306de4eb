package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/harness"
)

// TestFiveThousandWritesSurviveKillsEverySecond is the promise of the whole
// project on real processes: three nodes, 5,000 writes from all of them at
// once, a kill -9 of a random node and its restart every second; then nothing
// acknowledged is lost and all nodes agree. If it fails, the folder of the run
// outlives the test only with go test -artifacts.
func TestFiveThousandWritesSurviveKillsEverySecond(t *testing.T) {
	config := defaults()
	config.Seed = 1
	config.Time = time.Minute
	config.Writes = 5000
	config.Clients = 12
	config.Nemeses = []string{"kill"}
	config.Dir = t.ArtifactDir()
	var out bytes.Buffer
	result, err := execute(t.Context(), config, &out)
	t.Log("\n" + out.String())
	if err != nil || result.Outcome() != harness.Pass {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	left, err := os.ReadDir(config.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("a run that passes leaves %v behind, error %v", left, err)
	}
	if !strings.Contains(out.String(), "writes: 5030 invoked") {
		t.Error("want 5,000 writes during the faults and 30 after them")
	}
}
