package simulate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

func TestARunHasTheResultThatItsProcessWrote(t *testing.T) {
	for guest, want := range map[string]swarm.Outcome{"pass": swarm.Pass, "fail": swarm.Violation, "void": swarm.Void} {
		t.Run(guest, func(t *testing.T) {
			p := program(t, guest)
			got, err := p.Run(t.Context(), swarm.Run{Seed: 7, Kind: "lists"})
			if err != nil || got.Outcome != want || got.Run.Kind != "lists" || got.Trace != "abc" || got.Took <= 0 {
				t.Errorf("got %+v, %v, want %v", got, err, want)
			}
			if left, err := os.ReadDir(p.Dir); err != nil || len(left) > 0 {
				t.Errorf("the run leaves %v behind, %v", left, err)
			}
		})
	}
}

func TestTheRecordOfAFailedRunIsKept(t *testing.T) {
	for guest, want := range map[string]int{"pass": 0, "fail": 1} {
		p := program(t, guest)
		p.Keep = t.TempDir()
		for range 2 {
			if _, err := p.Run(t.Context(), swarm.Run{Seed: 7}); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadDir(p.Keep)
		if err != nil || len(kept) != want {
			t.Fatalf("%s: kept %v, %v", guest, kept, err)
		}
		if _, err := os.Stat(filepath.Join(p.Keep, "seed-7", "report.html")); (err == nil) != (want == 1) {
			t.Errorf("%s: %v", guest, err)
		}
	}
}

func TestAProcessThatBreaksIsACrash(t *testing.T) {
	for guest, rule := range map[string]string{"panic": "panic: livelock", "exit": "exit status 7"} {
		t.Run(guest, func(t *testing.T) {
			got, err := program(t, guest).Run(t.Context(), swarm.Run{Seed: 7, Kind: "lists"})
			if err != nil || got.Outcome != swarm.Crash || !slices.Equal(got.Rules, []string{rule}) || got.Run.Kind != "lists" {
				t.Errorf("got %+v, %v, want the crash %q", got, err, rule)
			}
		})
	}
}

func TestAProcessThatSaysNothingIsABrokenHarness(t *testing.T) {
	p := program(t, "silent")
	p.Traces = t.TempDir()
	got, err := p.Run(t.Context(), swarm.Run{Seed: 7})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "the run was not made") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestARunThatTakesTooLongIsEnded(t *testing.T) {
	p := program(t, "hang")
	p.Limit = time.Second
	got, err := p.Run(t.Context(), swarm.Run{Seed: 7})
	if err != nil || got.Outcome != swarm.Crash || !slices.Equal(got.Rules, []string{ErrTooLong.Error()}) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if text := strings.Join(got.Findings, "\n"); !strings.Contains(text, "goroutine") {
		t.Errorf("it does not say what it did: %q", text)
	}
}

// TestAnInterruptedRunLeavesNoProcess: the run returns only when its process has
// ended, and this one ends by nothing but a signal.
func TestAnInterruptedRunLeavesNoProcess(t *testing.T) {
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	p := program(t, "hang")
	timer := time.AfterFunc(300*time.Millisecond, func() { cancel(interrupted) })
	defer timer.Stop()
	if got, err := p.Run(ctx, swarm.Run{Seed: 7}); !errors.Is(err, interrupted) {
		t.Errorf("got %+v, %v", got, err)
	}
	if left, err := os.ReadDir(p.Dir); err != nil || len(left) > 0 {
		t.Errorf("the run leaves %v behind, %v", left, err)
	}
}
