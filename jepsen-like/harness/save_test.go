package harness

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
)

// save writes a run to a folder, as it is kept.
func save(t *testing.T, got outcome) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := got.record.Save(dir); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, HistoryFile), got.file)
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASavedRunIsJudgedAsItWas(t *testing.T) {
	for _, bug := range []fake.Bug{
		fake.None, fake.LostWrite, fake.StaleUpdate, fake.StaleValue, fake.ForkedFeed, fake.Diverged, fake.NeverReady, fake.Crashing,
	} {
		t.Run(string(bug), func(t *testing.T) {
			got := fakeRun{bug: bug, change: func(c *Config) { c.Time = 3 * time.Second }}.run(t)
			loaded, err := Load(save(t, got))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(loaded.Feeds, got.record.Feeds) || len(loaded.Feeds) != 3 {
				t.Errorf("%d feeds were loaded, %d saved, or they differ", len(loaded.Feeds), len(got.record.Feeds))
			}
			if !reflect.DeepEqual(loaded.Samples, got.record.Samples) || len(loaded.Samples) == 0 {
				t.Errorf("%d samples were loaded, %d saved, or they differ", len(loaded.Samples), len(got.record.Samples))
			}
			verdict, err := loaded.Judge()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(undrawn(verdict), undrawn(got.verdict)) {
				t.Errorf("judged again: %v\nthen: %v", verdict, got.verdict)
			}
			var printed bytes.Buffer
			loaded.Print(&printed, verdict)
			if !strings.HasSuffix(got.printed, printed.String()) {
				t.Errorf("printed again:\n%s\nthen:\n%s", printed.String(), got.printed)
			}
		})
	}
}

// undrawn is the verdict without the drawings of other tools, which are not alike
// twice.
func undrawn(v Verdict) Verdict {
	v.Violations = slices.Clone(v.Violations)
	for i := range v.Violations {
		v.Violations[i].Drawing = nil
	}
	return v
}

func TestACompressedHistoryIsLoaded(t *testing.T) {
	got := fakeRun{change: func(c *Config) { c.Time = 2 * time.Second }}.run(t)
	dir := save(t, got)
	var packed bytes.Buffer
	lines := gzip.NewWriter(&packed)
	if _, err := lines.Write([]byte(got.file)); err != nil {
		t.Fatal(err)
	}
	if err := lines.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, HistoryFile)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, HistoryFile+".gz"), packed.String())
	if loaded, err := Load(dir); err != nil || !reflect.DeepEqual(loaded.Events, got.events) {
		t.Errorf("%d events, error %v, want %d events", len(loaded.Events), err, len(got.events))
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	got := fakeRun{change: func(c *Config) { c.Time = 2 * time.Second }}.run(t)
	for _, test := range []struct {
		name string
		hurt func(dir string) error
		is   error
		says string
	}{
		{"no record", func(dir string) error { return os.Remove(filepath.Join(dir, RecordFile)) }, ErrNoRecord, RecordFile + ":"},
		{"half a record", func(dir string) error { return os.Truncate(filepath.Join(dir, RecordFile), 100) }, nil, RecordFile},
		{"an empty record", func(dir string) error { return os.Truncate(filepath.Join(dir, RecordFile), 0) }, ErrNoRecord, "0 records"},
		{"a record of nothing", func(dir string) error { return os.WriteFile(filepath.Join(dir, RecordFile), []byte("{}"), 0o600) }, ErrNoRecord, "0 nodes"},
		{"a record without an end", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, RecordFile), []byte(`{"nodes":["a","b"],"config":{"workloads":["all"]}}`), 0o600)
		}, ErrNoRecord, "has 2 nodes, and what 0 of them held"},
		{"an unknown workload", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, RecordFile), []byte(`{"nodes":["a","b"],"config":{"workloads":["x"]},"end":{"problem":"stuck"}}`), 0o600)
		}, nil, `unknown workload: "x"`},
		{"no history", func(dir string) error { return os.Remove(filepath.Join(dir, HistoryFile)) }, os.ErrNotExist, HistoryFile},
		{"half a line", func(dir string) error { return os.Truncate(filepath.Join(dir, HistoryFile), 1000) }, nil, HistoryFile + ", value"},
		{"a line is missing", func(dir string) error {
			_, rest, _ := strings.Cut(got.file, "\n")
			return os.WriteFile(filepath.Join(dir, HistoryFile), []byte(rest), 0o600)
		}, history.ErrInvalid, "event 1 stands in the place of event 0"},
		{"the last lines are missing", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, HistoryFile), []byte(strings.Join(strings.SplitAfter(got.file, "\n")[:9], "")), 0o600)
		}, history.ErrInvalid, "it has 9 events"},
		{"what is not compressed", func(dir string) error {
			path := filepath.Join(dir, HistoryFile)
			return os.Rename(path, path+".gz")
		}, gzip.ErrHeader, HistoryFile + ".gz"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := save(t, got)
			if err := test.hurt(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Load(dir)
			if err == nil || !strings.Contains(err.Error(), test.says) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v, want %v that says %q", err, test.is, test.says)
			}
		})
	}
}

func TestSamplesShowTheNodesAllThroughTheRun(t *testing.T) {
	samples := fakeRun{}.run(t).record.Samples
	leaders, answers, silent := 0, map[string]int{}, 0
	for i, sample := range samples {
		if i > 0 && sample.Time-samples[i-1].Time > time.Second {
			t.Errorf("nothing was sampled between %v and %v", samples[i-1].Time, sample.Time)
		}
		silent += 3 - len(sample.Statuses)
		for id, status := range sample.Statuses {
			if status.ID != id {
				t.Fatalf("the status of %s is that of %s", id, status.ID)
			}
			answers[id]++
			if status.Role == "leader" {
				leaders++
			}
		}
	}
	if leaders == 0 || len(answers) != 3 || silent == 0 {
		t.Errorf("answers %v, %d of a leader, %d times a node was silent: want all three", answers, leaders, silent)
	}
}
