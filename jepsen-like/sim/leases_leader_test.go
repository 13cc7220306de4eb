package sim

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestLeasesLoseASecondWithALeader holds cluster.Expire to what it says of one
// change of leader: beside the time without one, the clock loses what the old
// leader had not told yet. The changes come at all times between two ticks.
func TestLeasesLoseASecondWithALeader(t *testing.T) {
	for name, change := range map[string]func(w *world, leader string){
		"cut off": func(w *world, leader string) { w.net.Isolate(leader) },
		"crash":   func(w *world, leader string) { w.crash(leader, "", time.Second) },
		"close":   func(w *world, leader string) { w.restart(leader, "", time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := openWorld(t, shortRun(*first), none, soakConfig)
				defer w.stopAll()
				most := time.Duration(0)
				for i := range 3 * *seeds {
					late := w.leaseAcross(t, i, func(leader string) { change(w, leader) })
					if most = max(most, late); late > time.Second+lateMax {
						t.Errorf("change %d: the lease ended %v late", i, late)
					}
				}
				t.Logf("at most %v late", most)
				for _, finding := range w.findings() {
					t.Error(finding)
				}
			})
		})
	}
}

// leaseAcross grants a lease, changes the leader and returns how late the lease
// ends, beside the time without a leader.
func (w *world) leaseAcross(t *testing.T, i int, change func(leader string)) time.Duration {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	w.calm()
	leader := w.awaitLeader()
	n := w.node(w.others(leader)[0])
	item, ttl := tree.Path{"leased", fmt.Sprint(i)}, 10*time.Second
	called := time.Now()
	if _, err := n.Apply(ctx, cluster.Insert(item, i), cluster.Expire(item, ttl)); err != nil {
		t.Fatal(err)
	}
	granted := time.Now()
	time.Sleep(time.Second + time.Duration(w.random.IntN(3000))*time.Millisecond)
	changed, done := time.Now(), make(chan struct{})
	go func() {
		defer close(done)
		change(leader)
	}()
	if _, err := n.Set(ctx, tree.Path{"led"}, i); err != nil {
		t.Fatal(err)
	}
	without := time.Since(changed)
	for range n.Watch(ctx, tree.Subtree(item)) {
		if _, ok := n.Tree().Get(item); !ok {
			break
		}
	}
	gone := time.Now()
	if gone.Sub(called) < ttl {
		t.Errorf("change %d: the lease ended after %v", i, gone.Sub(called))
	}
	<-done
	return gone.Sub(granted) - ttl - without
}
