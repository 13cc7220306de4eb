package skew_test

import (
	"errors"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// TestABinaryWithoutTheOverlayHasNoLocalClocks, and tells the time all the same.
func TestABinaryWithoutTheOverlayHasNoLocalClocks(t *testing.T) {
	if clock, err := skew.Local(); clock != nil || !errors.Is(err, skew.ErrNotBuilt) {
		t.Errorf("got %v and %v, want %v", clock, err, skew.ErrNotBuilt)
	}
	before := time.Now()
	if now := skew.SystemNow(); now.Before(before) || now.After(time.Now()) {
		t.Errorf("the system tells %v, and has told %v", now, before)
	}
}
