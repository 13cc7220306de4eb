package overlay_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestAStoreOutlivesPowerCuts that come between a write and its sync; and one
// that leaves the sync out does not.
func TestAStoreOutlivesPowerCuts(t *testing.T) {
	binary := build(t, "./testdata/store")
	if output, err := exec.CommandContext(t.Context(), binary).CombinedOutput(); err != nil {
		t.Errorf("with sync: %v\n%s", err, output)
	}
	output, err := exec.CommandContext(t.Context(), binary, "-nosync", "-test.run", "Store").CombinedOutput()
	if err == nil || !strings.Contains(string(output), "writes are there") {
		t.Errorf("without sync no write was lost: %v\n%s", err, output)
	}
}
