package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/report"
)

// savedHistories is where the histories of bugs that were found are kept, each in
// a folder with the names of the rules that must notice it. No other may: that would
// be a false alarm, or is to be added.
const savedHistories = "testdata"

func TestHistoriesOfBugsAreStillViolations(t *testing.T) {
	records, err := filepath.Glob(filepath.Join(savedHistories, "*", harness.RecordFile+"*"))
	if err != nil || len(records) == 0 {
		t.Fatalf("no histories in %s, error %v", savedHistories, err)
	}
	for _, file := range records {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			record, err := harness.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			v, err := record.Judge()
			if err != nil {
				t.Fatal(err)
			}
			rules, err := os.ReadFile(filepath.Join(dir, "rules.txt"))
			if err != nil {
				t.Fatal(err)
			}
			want, noticed := strings.Fields(string(rules)), rulesOf(v)
			if !slices.Equal(noticed, want) {
				t.Errorf("rules %v notice it, want %v", noticed, want)
			}
		})
	}
}

// rulesOf returns the names of the rules that notice something, in order.
func rulesOf(v harness.Verdict) []string {
	var noticed []string
	for _, finding := range v.Violations {
		noticed = append(noticed, finding.Rule)
	}
	return slices.Compact(slices.Sorted(slices.Values(noticed)))
}

func TestCheckJudgesAndReportsASavedHistory(t *testing.T) {
	dir := copied(t, "fake-stale-update")
	var out, problems bytes.Buffer
	if status := run(t.Context(), []string{"check", dir}, &out, &problems); status != exitViolation {
		t.Fatalf("status %d, want %d\n%s%s", status, exitViolation, out.String(), problems.String())
	}
	if !strings.Contains(out.String(), "stale-updates: an update was accepted") || !strings.HasSuffix(out.String(), "must not do\n") {
		t.Errorf("it does not say what is wrong:\n%s", out.String())
	}
	for _, name := range []string{report.PageFile, report.SummaryFile, report.EDNFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}

func TestCheckSaysWhatItCannotJudge(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"nothing", nil, exitBroken, "usage"},
		{"help", []string{"-help"}, exitPass, "usage"},
		{"an unknown flag", []string{"-x"}, exitBroken, "-x"},
		{"an empty folder", []string{t.TempDir()}, exitBroken, harness.ErrNoRecord.Error()},
		{"a violation and an empty folder", []string{copied(t, "fake-lost-write"), t.TempDir()}, exitBroken, harness.ErrNoRecord.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, problems bytes.Buffer
			status := run(t.Context(), append([]string{"check"}, test.args...), &out, &problems)
			if status != test.want || !strings.Contains(problems.String(), test.says) {
				t.Errorf("status %d, want %d and %q in:\n%s", status, test.want, test.says, problems.String())
			}
		})
	}
}

// copied returns a folder with a saved history that may be written to.
func copied(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(savedHistories, name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAKeptRunOfRealNodesCanBeCheckedAgain: it is kept in any case, though most
// such short runs are void.
func TestAKeptRunOfRealNodesCanBeCheckedAgain(t *testing.T) {
	parent := t.ArtifactDir()
	var out bytes.Buffer
	args := strings.Fields("-time 2s -seed 1 -nemesis kill -keep")
	status := run(t.Context(), append(args, "-dir", parent), &out, &out)
	if status == exitBroken {
		t.Fatal(out.String())
	}
	kept, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, error %v, want one folder", kept, err)
	}
	record, err := harness.Load(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	if record.Config.Time != 2*time.Second || len(record.Samples) == 0 || record.Versions["github.com/hashicorp/raft"] == "" {
		t.Errorf("config %+v, %d samples, versions %v", record.Config, len(record.Samples), record.Versions)
	}
	var again bytes.Buffer
	if got := run(t.Context(), []string{"check", kept[0]}, &again, &again); got != status || !strings.Contains(out.String(), again.String()) {
		t.Errorf("status %d, it was %d:\n%s\nthe run:\n%s", got, status, again.String(), out.String())
	}
}
