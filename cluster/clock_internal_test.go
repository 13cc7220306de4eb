package cluster

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/go-hclog"

	"example.com/gstate/fsm"
)

// rounds ends when it has been asked too often whether it has ended.
type rounds struct {
	context.Context
	end   context.CancelFunc
	asked atomic.Int64
}

const tooManyRounds = 100

func (r *rounds) Err() error {
	if r.asked.Add(1) > tooManyRounds {
		r.end()
	}
	return r.Context.Err()
}

// TestLeaderThatIsReplacedWhileItsDiskIsSlowStandsStill: its engine knows the new
// leader, and says that the own reign is over when its disk has written.
func TestLeaderThatIsReplacedWhileItsDiskIsSlowStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &Node{cfg: Config{ID: "a"}, leadership: newLeadership(nil, nil, hclog.NewNullLogger())}
		fsm.New(n.progress.publish)
		n.leadership.mu.leader, n.leadership.mu.reign = "b", reign{term: 1}
		ctx, end := context.WithCancel(t.Context())
		defer end()
		turns := &rounds{Context: ctx, end: end}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			n.keepTime(turns)
		}()
		synctest.Wait()
		if got := turns.asked.Load(); got > tooManyRounds {
			t.Fatal("the clock goes round in circles")
		}
		n.leadership.endReign()
		end()
		<-ended
	})
}
