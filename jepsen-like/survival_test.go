package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/network"
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

// TestWritesSurvivePartitions: the same with cut and slow links in place of
// kills. These faults are possible on every machine.
func TestWritesSurvivePartitions(t *testing.T) {
	config := defaults()
	config.Seed = 1
	config.Writes = 2000
	config.Nemeses = []string{
		nemesis.PartitionOneName, nemesis.PartitionOneWayName, nemesis.PartitionFlappingName, nemesis.LinkSlowName,
	}
	config.Dir = t.ArtifactDir()
	var out bytes.Buffer
	result, err := execute(t.Context(), config, &out)
	t.Log("\n" + out.String())
	if err != nil || result.Outcome() != harness.Pass {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	if !strings.HasPrefix(out.String(), "network: "+network.Namespaces) && !strings.HasPrefix(out.String(), "network: "+network.Proxies) {
		t.Error("the first line does not say how the nodes are connected")
	}
}

func TestARunThatIsInterruptedLeavesNoFolder(t *testing.T) {
	for _, keep := range []bool{false, true} {
		config := defaults()
		config.Dir, config.Keep = t.TempDir(), keep
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out bytes.Buffer
		if _, err := execute(ctx, config, &out); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		left, err := os.ReadDir(config.Dir)
		if err != nil || (len(left) > 0) != keep || (out.Len() > 0) != keep {
			t.Errorf("to be kept: %v; left are %v, error %v, printed %q", keep, left, err, out.String())
		}
	}
}
