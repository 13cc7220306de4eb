package report

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
)

// keptRun makes a run on a fake cluster with a bug, in virtual time, and keeps it
// in a folder.
func keptRun(t *testing.T, bug fake.Bug, dir string, workloads ...string) (record harness.Record, v harness.Verdict) {
	t.Helper()
	// One processor: the race detector can crash when timers of one bubble fire
	// on two at a time (golang/go#78156).
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var events bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		config := harness.Config{
			Time: 2 * time.Second, Seed: 1, Clients: 8, Rate: harness.DefaultRate, Period: 300 * time.Millisecond,
			Workloads: workloads, Nemeses: []string{nemesis.Every},
			Command: "go run ./jepsen-like -seed=1",
		}
		c := fake.New([]string{"a", "b", "c"}, bug)
		h, err := harness.New(config, c, nemesis.OfNodes(c), c, &events, new(bytes.Buffer))
		if err != nil {
			t.Error(err)
			return
		}
		if v, err = h.Run(t.Context()); err != nil {
			t.Error(err)
		}
		record = h.Record()
	})
	if err := record.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, harness.HistoryFile), events.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return record, v
}
