package cluster_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestMemberWhoseLogContradictsASnapshotCatchesUp cuts off a leader that has
// entries which never commit, lets the others take a snapshot that ends at the
// index of one of them, and heals. The engine alone then sends the snapshot
// for ever (hashicorp/raft#697).
func TestMemberWhoseLogContradictsASnapshotCatchesUp(t *testing.T) {
	for committed := range 4 {
		t.Run(fmt.Sprint(committed, " writes on the other side"), func(t *testing.T) {
			often := func(cfg *cluster.Config) { cfg.SnapshotAge, cfg.TrailingLogs = time.Second, 1 }
			inVirtualTime(t, 3, often, func(t *testing.T, v *virtual) {
				old, other := v.leader(), v.follower()
				for _, node := range v.nodes { // each has its session from now on
					if _, err := node.Set(within(t, time.Minute), path("n"), 0); err != nil {
						t.Fatal(err)
					}
				}
				v.net.Isolate(old)
				var lost sync.WaitGroup
				for i := range 4 { // one entry each
					lost.Go(func() { v.nodes[old].Set(within(t, 400*time.Millisecond), path("lost"), i) })
					time.Sleep(50 * time.Millisecond)
				}
				lost.Wait()
				for i := range committed {
					if _, err := v.nodes[other].Set(within(t, time.Minute), path("kept"), i); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(10 * time.Second) // a snapshot is taken, the log is cut
				v.net.HealAll()
				if _, err := v.nodes[other].Set(within(t, time.Minute), path("kept"), "healed"); err != nil {
					t.Fatal(err)
				}
				v.converged()
			})
		})
	}
}

// TestEntriesThatWereNeverCommittedAreNeverShown lets a leader that was cut
// off, with entries that nobody else has, catch up by a snapshot, lead again,
// and bring a member up to date that has lost everything. The false entries lie
// before the snapshot. How many good ones come before them decides where the
// engine's messages of a few entries each end, and so whether they would show.
func TestEntriesThatWereNeverCommittedAreNeverShown(t *testing.T) {
	for good := range 17 {
		t.Run(fmt.Sprint(good, " entries before them"), func(t *testing.T) {
			often := func(cfg *cluster.Config) { cfg.SnapshotEntries, cfg.TrailingLogs = 20, 50 }
			inVirtualTime(t, 3, often, func(t *testing.T, v *virtual) {
				old := v.leader()
				for i := range good + 3 {
					if _, err := v.nodes[old].Set(within(t, time.Minute), path("good"), i); err != nil {
						t.Fatal(err)
					}
				}
				v.net.Isolate(old)
				var lost sync.WaitGroup
				for i := range 8 {
					lost.Go(func() { v.nodes[old].Set(within(t, 2*time.Second), path("false", fmt.Sprint(i)), i) })
					time.Sleep(time.Millisecond)
				}
				lost.Wait()
				time.Sleep(3 * time.Second)
				other := v.peers[0].ID
				if other == old {
					other = v.peers[1].ID
				}
				for i := range 400 {
					if _, err := v.nodes[other].Set(within(t, time.Minute), path("other"), i); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Millisecond)
				}
				v.tune = func(cfg *cluster.Config) { cfg.SnapshotEntries, cfg.TrailingLogs = 1<<40, 50 } // none of its own
				v.stop(old)
				v.start(old)
				v.tune = often
				v.net.HealAll()
				time.Sleep(15 * time.Second)
				v.converged()
				v.leadBy(old)
				lostAll := v.follower()
				v.stop(lostAll)
				v.disks[lostAll] = nil
				v.net.Delay(old, lostAll, 20*time.Millisecond) // so that a watch sees each step
				w := watch(within(t, 20*time.Second), v.start(lostAll), tree.Subtree(path("false")))
				<-w.done
				if len(w.events) != 1 || w.events[0].Exists {
					t.Errorf("entries that were never committed were shown: %v", w.results())
				}
				v.converged()
			})
		})
	}
}
