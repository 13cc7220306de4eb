package web

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestAThousandWatchesOfALargeResultLeaveProcessorsToTheNode: only so many make
// their events into text at a time. A small result waits for nobody, and a client
// that is gone is not waited for.
func TestAThousandWatchesOfALargeResultLeaveProcessorsToTheNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Handler(nil, Config{}).(*handler)
		large := cluster.Event{Value: tree.StringValue(strings.Repeat("x", smallResult)), Exists: true}
		small := cluster.Event{Value: tree.StringValue("x"), Exists: true}
		for range cap(h.framing) {
			h.framing <- struct{}{}
		}
		waiting := func(ctx context.Context) <-chan error {
			made := make(chan error, 1)
			go func() {
				_, err := h.frame(ctx, &teller{}, large)
				made <- err
			}()
			return made
		}
		stays := waiting(t.Context())
		ctx, leave := context.WithCancel(t.Context())
		leaves := waiting(ctx)
		synctest.Wait()
		if _, err := h.frame(t.Context(), &teller{}, small); err != nil || len(stays) > 0 || len(leaves) > 0 {
			t.Fatalf("a small result: %v; of large ones %d and %d were made", err, len(stays), len(leaves))
		}
		leave()
		if err := <-leaves; !errors.Is(err, context.Canceled) {
			t.Errorf("the frame of a client that is gone: %v", err)
		}
		<-h.framing
		if err := <-stays; err != nil || len(h.framing) != cap(h.framing)-1 {
			t.Errorf("after a turn was free: %v, and %d are taken", err, len(h.framing))
		}
	})
}
