package overlay_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/overlay"
	"example.com/gstate/jepsen-like/overlay/seeded"
)

// build compiles the tests of a package with the sets for simulated nodes. All
// tests take the same ones: what they change is compiled once.
func build(t *testing.T, folder string) (binary string) {
	t.Helper()
	path, err := overlay.Make(t.Context(), t.TempDir(), overlay.Seeded(), overlay.Disks(), overlay.LocalClocks())
	if err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(t.TempDir(), "overlaid.test")
	command := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", binary, "-overlay", path, folder)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go test -c %s: %v\n%s", folder, err, output)
	}
	return binary
}

// TestABubbleRepeatsFromItsSeed compares all that the runtime draws: the orders
// of maps, selects, timers and waiting goroutines, and random numbers. It is the
// same whatever the process has done before, and whether garbage is collected.
func TestABubbleRepeatsFromItsSeed(t *testing.T) {
	binary := build(t, "./testdata/draws")
	draws := func(arguments ...string) map[string]string {
		command := exec.CommandContext(t.Context(), binary, arguments...)
		command.Env = append(os.Environ(), seeded.Environment()...)
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", arguments, err, output)
		}
		return bySource(string(output))
	}
	first, second, other := draws("-seed", "1"), draws("-seed", "1", "-before", "1234", "-litter", "300"), draws("-seed", "2")
	for source, drawn := range first {
		if second[source] != drawn {
			t.Errorf("%s, with one seed twice:\n%s\n%s", source, drawn, second[source])
		}
	}
	for _, source := range []string{"math/rand", "crypto/rand", "map", "map of pointers", "select", "timers"} {
		if first[source] == "" || other[source] == first[source] {
			t.Errorf("%s, with two seeds: %q and %q, want two that differ", source, first[source], other[source])
		}
	}
}

// bySource takes lines such as "map: 3 1 2" apart.
func bySource(output string) map[string]string {
	bySource := map[string]string{}
	for line := range strings.Lines(output) {
		if source, drawn, ok := strings.Cut(line, ": "); ok {
			bySource[source] = drawn
		}
	}
	return bySource
}

// TestASeededBubbleWantsItsEnvironment: with another one a run would repeat
// mostly, which is worse than never.
func TestASeededBubbleWantsItsEnvironment(t *testing.T) {
	command := exec.CommandContext(t.Context(), build(t, "./testdata/draws"))
	command.Env = append(append(os.Environ(), seeded.Environment()...), "GOMAXPROCS=2")
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), seeded.ErrEnvironment.Error()) {
		t.Errorf("with two threads: %v, want %q\n%s", err, seeded.ErrEnvironment, output)
	}
}
