package cluster

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

// TestMemberThatIsDownDoesNotFillTheLog: the engine says with every attempt
// that it cannot reach a member.
func TestMemberThatIsDownDoesNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := newEngineLog(hclog.New(&hclog.LoggerOptions{Output: &out, Level: hclog.Info}))
		lines := func() int {
			defer out.Reset()
			return strings.Count(out.String(), "\n")
		}
		for term := range 100 {
			for _, member := range []string{"b", "c"} {
				log.Named("replication").Error("failed to reach", "peer", member, "term", term)
				log.Debug("details")
			}
			log.With("x", 1).Warn("election timeout reached, restarting election")
			time.Sleep(100 * time.Millisecond)
		}
		if n := lines(); n != 3 {
			t.Errorf("%d lines in ten seconds, want one for each member and one for the election", n)
		}
		time.Sleep(repeatedAfter)
		log.Error("failed to reach", "peer", "b", "term", 200)
		log.Warn("failed to reach", "peer", "b", "term", 200)
		if n := lines(); n != 2 {
			t.Errorf("%d lines a minute later, want one for each level", n)
		}
		log.quiet()
		log.Named("replication").Error("transport is closed")
		if n := lines(); n != 0 {
			t.Errorf("%d lines while the node closes", n)
		}
		log.seen.mu.quiet = false
		for i := range 2 * seenLinesMax {
			log.seen.repeated(strings.Repeat("x", i))
		}
		if n := len(log.seen.mu.last); n > seenLinesMax {
			t.Errorf("%d lines are remembered", n)
		}
	})
}
