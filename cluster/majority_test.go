package cluster_test

import (
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
)

// TestWriteIsAcknowledgedOnceAMajorityHasStoredIt: the disks of all members but
// the leader hang, and then that of one goes on.
func TestWriteIsAcknowledgedOnceAMajorityHasStoredIt(t *testing.T) {
	disks := map[string]*failingDisk{}
	for _, id := range []string{"a", "b", "c"} {
		disks[id] = &failingDisk{InmemStore: raft.NewInmemStore()}
	}
	onDisks := func(cfg *cluster.Config) {
		disk := disks[cfg.ID]
		cfg.Tune = func(e *cluster.Engine) { e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore() }
	}
	inVirtualTime(t, 3, onDisks, func(t *testing.T, v *virtual) {
		leader, first := v.leader(), v.follower()
		if _, err := v.nodes[leader].Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		v.converged()
		goOn := map[string]func(){}
		for _, peer := range v.peers {
			if hang := make(chan struct{}); peer.ID != leader {
				disks[peer.ID].hang.Store(&hang)
				goOn[peer.ID] = func() { disks[peer.ID].hang.Store(nil); close(hang) }
			}
		}
		acknowledged := make(chan error, 1)
		go func() {
			_, err := v.nodes[leader].Set(within(t, time.Minute), path("n"), 2)
			acknowledged <- err
		}()
		time.Sleep(100 * time.Millisecond)
		if len(acknowledged) > 0 {
			t.Errorf("it ended (%v) when the leader alone had stored it", <-acknowledged)
		}
		goOn[first]()
		if err := <-acknowledged; err != nil {
			t.Errorf("with one more disk: %v", err)
		}
		delete(goOn, first)
		for _, release := range goOn {
			release()
		}
	})
}
