package cluster_test

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
)

func TestNodeIsReadyAsSoonAsWaitReadySaysSo(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		for id, node := range v.nodes {
			if node.Status().Ready {
				t.Errorf("%s is ready before there is a leader", id)
			}
		}
		for id, node := range v.nodes {
			if err := node.WaitReady(within(t, time.Minute)); err != nil {
				t.Fatal(err)
			}
			if !node.Status().Ready {
				t.Errorf("%s is not ready after WaitReady", id)
			}
		}
		id := v.follower()
		v.net.Isolate(id)
		time.Sleep(5 * time.Second)
		if v.nodes[id].Status().Ready {
			t.Error("a node without a leader is ready")
		}
	})
}

func TestAllNodesTellTheSameMembersAndLeader(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader := v.leader()
		for id, node := range v.nodes {
			members := node.Members()
			if len(members) != 3 {
				t.Fatalf("%s tells %d members", id, len(members))
			}
			for i, member := range members {
				want := cluster.Member{ID: v.peers[i].ID, Address: v.peers[i].Address, Voter: true, Leader: v.peers[i].ID == leader, Self: v.peers[i].ID == id}
				if member != want {
					t.Errorf("%s tells %+v, want %+v", id, member, want)
				}
			}
			if role := node.Status().Role; (role == cluster.RoleLeader) != (id == leader) {
				t.Errorf("%s is %s, and %s leads", id, role, leader)
			}
		}
	})
}

func TestEachThresholdTriggersASnapshot(t *testing.T) {
	never := func(cfg *cluster.Config) {
		cfg.SnapshotEntries, cfg.SnapshotBytes, cfg.SnapshotAge = 1<<40, 1<<40, 1<<60
	}
	for name, test := range map[string]struct {
		set  func(cfg *cluster.Config)
		want bool
	}{
		"none":    {func(*cluster.Config) {}, false},
		"entries": {func(cfg *cluster.Config) { cfg.SnapshotEntries = 8 }, true},
		"bytes":   {func(cfg *cluster.Config) { cfg.SnapshotBytes = 128 }, true},
		"age":     {func(cfg *cluster.Config) { cfg.SnapshotAge = 10 * time.Second }, true},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, 1, func(cfg *cluster.Config) { never(cfg); test.set(cfg) }, func(t *testing.T, v *virtual) {
				node := v.nodes[v.leader()]
				for i := range 20 {
					if _, err := node.Set(within(t, time.Minute), path("n"), i); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(20 * time.Second)
				synctest.Wait()
				taken := node.Status().SnapshotIndex
				if (taken > 0) != test.want {
					t.Errorf("the last snapshot ends with entry %d", taken)
				}
				time.Sleep(time.Hour)
				if again := node.Status().SnapshotIndex; again != taken {
					t.Errorf("without further entries there was another snapshot, to entry %d", again)
				}
			})
		})
	}
}
