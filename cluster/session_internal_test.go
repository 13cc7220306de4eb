package cluster

import (
	"testing"
	"time"

	"example.com/gstate/fsm"
)

// TestSessionDoesNotEndBetweenItsRefreshes, however long it may be silent for the
// sake of its items: the instance would number its next writes in another one, and
// no longer refresh the one that keeps them.
func TestSessionDoesNotEndBetweenItsRefreshes(t *testing.T) {
	for _, ttl := range []time.Duration{MinSessionTTL, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour} {
		if pause := refreshPause(ttl); 2*pause >= min(ttl, fsm.SessionTTL*time.Millisecond) {
			t.Errorf("a session that may be silent for %v is refreshed each %v", ttl, pause)
		}
	}
}
