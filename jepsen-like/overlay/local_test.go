package overlay_test

import (
	"os/exec"
	"testing"
)

// TestGoroutinesGoByClocksOfTheirOwn in a program of its own, which measures them and
// what lies between them.
func TestGoroutinesGoByClocksOfTheirOwn(t *testing.T) {
	if output, err := exec.CommandContext(t.Context(), build(t, "./testdata/local")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
