package seeded_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"example.com/gstate/jepsen-like/overlay/seeded"
)

// TestABinaryWithoutTheOverlaySaysSo: what calls Bubble goes on unseeded there.
func TestABinaryWithoutTheOverlaySaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if err := seeded.Bubble(1); !errors.Is(err, seeded.ErrNotBuilt) {
			t.Errorf("seeding without the overlay: %v, want %v", err, seeded.ErrNotBuilt)
		}
	})
}
