//go:build linux

package overlay_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/overlay"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// watchmaker is a process that tells what its clocks show whenever it is asked.
type watchmaker struct {
	t       *testing.T
	clock   *skew.Clock
	ask     io.Writer
	answers *bufio.Reader
}

// buildWatchmaker makes the node's program so that it does only this.
func buildWatchmaker(t *testing.T) (binary string) {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile("testdata/clocks/watchmaker.go")
	if err != nil {
		t.Fatal(err)
	}
	const program = "example.com/gstate/cmd/node"
	path, err := overlay.Make(t.Context(), dir, overlay.Clocks(), overlay.Set{
		Name:  "watchmaker",
		Files: []overlay.File{{Package: program, Name: "watchmaker.go", Content: string(source)}},
		Edits: []overlay.Edit{{Package: program, File: "main.go", Anchor: "func main() {\n", New: "func main() {\n	tellClocks()\n"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "watchmaker")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", path, "-o", binary, program).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}

// startWatchmaker starts a process with a clock of its own.
func startWatchmaker(t *testing.T) watchmaker {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clock")
	clock, err := skew.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	// It ends with its input.
	command := exec.Command(buildWatchmaker(t))
	command.Env = []string{skew.Variable + "=" + path}
	command.Stderr = os.Stderr
	ask, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ask.Close()
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
		if err := clock.Close(); err != nil {
			t.Error(err)
		}
	})
	return watchmaker{t, clock, ask, bufio.NewReader(answers)}
}

// look returns how far the wall clock is ahead of ours, and how much has passed on
// the monotonic clock since the process was started.
func (w watchmaker) look(skew skew.Skew) (wall, monotonic time.Duration) {
	w.t.Helper()
	if err := w.clock.Set(skew); err != nil {
		w.t.Fatal(err)
	}
	var shown int64
	w.order("look", &shown, &monotonic)
	return time.Duration(shown - time.Now().UnixNano()), monotonic
}

func (w watchmaker) order(order string, answers ...any) {
	w.t.Helper()
	if _, err := fmt.Fprintln(w.ask, order); err != nil {
		w.t.Fatal(err)
	}
	if _, err := fmt.Fscanln(w.answers, answers...); err != nil {
		w.t.Fatal(err)
	}
}

// about is wide enough for any machine.
func about(got, want time.Duration) bool { return (got - want).Abs() < time.Minute }

func TestAProcessGoesByItsClock(t *testing.T) {
	w := startWatchmaker(t)
	for _, test := range []struct {
		name            string
		skew            skew.Skew
		wall, monotonic time.Duration
	}{
		{"sound", skew.Skew{}, 0, 0},
		{"ahead", skew.Skew{Wall: time.Hour}, time.Hour, 0},
		{"behind", skew.Skew{Wall: -time.Hour}, -time.Hour, 0},
		{"leap", skew.Skew{Leap: 2 * time.Hour}, 0, 2 * time.Hour},
		{"sound again", skew.Skew{}, 0, 2 * time.Hour},
	} {
		if wall, monotonic := w.look(test.skew); !about(wall, test.wall) || !about(monotonic, test.monotonic) {
			t.Errorf("%s: wall clock %v, monotonic %v, want about %v and %v", test.name, wall, monotonic, test.wall, test.monotonic)
		}
	}
	if w.clock.Looks() == 0 {
		t.Error("no look was counted")
	}
}

// TestTimersGoByTheRate: on clocks that go twice and half as fast, a timer and a
// ticker take their time as those clocks tell it.
func TestTimersGoByTheRate(t *testing.T) {
	w := startWatchmaker(t)
	for _, rate := range []float64{1, -0.5} {
		if err := w.clock.Set(skew.Skew{Rate: rate}); err != nil {
			t.Fatal(err)
		}
		var shortest time.Duration
		if w.order("wait", &shortest); shortest < 100*time.Millisecond {
			t.Errorf("rate %v: 100ms are over after %v", rate, shortest)
		}
	}
}

func TestAProcessWithoutAClockGoesByTheSystem(t *testing.T) {
	binary := buildWatchmaker(t)
	for name, test := range map[string]struct {
		environment []string
		wants       bool
	}{
		"none":    {nil, true},
		"missing": {[]string{skew.Variable + "=" + filepath.Join(t.TempDir(), "missing")}, false},
	} {
		command := exec.CommandContext(t.Context(), binary)
		command.Env, command.Stdin = test.environment, strings.NewReader("look\n")
		output, err := command.CombinedOutput()
		var shown, passed int64
		_, problem := fmt.Sscan(string(output), &shown, &passed)
		ahead := time.Duration(shown - time.Now().UnixNano())
		if works := err == nil && problem == nil && about(ahead, 0); works != test.wants {
			t.Errorf("%s: %v, the wall clock is %v ahead\n%s", name, err, ahead, output)
		}
		if !test.wants && !strings.Contains(string(output), "missing") {
			t.Errorf("%s: the output does not name the file: %s", name, output)
		}
	}
}
