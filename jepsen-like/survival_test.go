package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/network"
)

// seedOne returns a run of seed 1, whose folder is that of the test's artifacts.
func seedOne(t *testing.T) options {
	config := defaults()
	config.Seed, config.Dir = 1, t.ArtifactDir()
	return config
}

// onRealNodes makes the run, and logs what it prints.
func onRealNodes(t *testing.T, config options) (result harness.Verdict, printed string, err error) {
	t.Helper()
	var out bytes.Buffer
	result, err = execute(t.Context(), config, &out)
	t.Log("\n" + out.String())
	return result, out.String(), err
}

// TestFiveThousandWritesSurviveKillsEverySecond is the promise of the whole
// project on real processes: three nodes, 5,000 writes from all of them at
// once, a kill -9 of a random node and its restart every second; then nothing
// acknowledged is lost and all nodes agree. If it fails, the folder of the run
// outlives the test only with go test -artifacts.
func TestFiveThousandWritesSurviveKillsEverySecond(t *testing.T) {
	config := seedOne(t)
	config.Time = time.Minute
	config.Writes = 5000
	config.Clients = 12
	config.Nemeses = []string{"kill"}
	result, printed, err := onRealNodes(t, config)
	if err != nil || result.Outcome() != harness.Pass {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	left, err := os.ReadDir(config.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("a run that passes leaves %v behind, error %v", left, err)
	}
	if !regexp.MustCompile(`writes: [5-9]\d{3} invoked`).MatchString(printed) {
		t.Error("want 5,000 writes during the faults, and some after them")
	}
}

// TestWritesSurvivePartitions: the same with cut and slow links in place of
// kills. These faults are possible on every machine.
func TestWritesSurvivePartitions(t *testing.T) {
	config := seedOne(t)
	config.Writes = 2000
	config.Nemeses = []string{
		nemesis.PartitionOneName, nemesis.PartitionOneWayName, nemesis.PartitionFlappingName, nemesis.LinkSlowName,
	}
	result, printed, err := onRealNodes(t, config)
	if err != nil || result.Outcome() != harness.Pass {
		t.Fatalf("outcome %v, error %v", result.Outcome(), err)
	}
	if !strings.HasPrefix(printed, "network: "+network.Namespaces) && !strings.HasPrefix(printed, "network: "+network.Proxies) {
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

func TestARunThatCannotBeginSaysWhyAndLeavesNothing(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // there is no Go to build the nodes with
	parent := t.TempDir()
	var out, problems bytes.Buffer
	status := run(t.Context(), []string{"-dir", parent, "-time", "2s"}, &out, &problems)
	if status != exitBroken || !strings.Contains(problems.String(), errNotBegun.Error()) || !strings.Contains(problems.String(), `"go"`) {
		t.Errorf("status %d, want %d and what is missing: %s", status, exitBroken, problems.String())
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 || out.Len() > 0 {
		t.Errorf("it leaves %v behind, error %v, and says %q", left, err, out.String())
	}
}
