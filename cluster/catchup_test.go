package cluster_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/gstate/cluster"
)

// TestFollowerThatMissed200000WritesCatchesUpThroughASnapshot uses real files
// and sockets.
func TestFollowerThatMissed200000WritesCatchesUpThroughASnapshot(t *testing.T) {
	const writes, writers = 200_000, 512
	var configs []cluster.Config
	nodes := openReal(t, 3, func(cfg *cluster.Config) {
		cfg.SnapshotEntries, cfg.TrailingLogs = 100, 10
		configs = append(configs, *cfg)
	})
	if err := nodes[2].Shutdown(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}

	var next atomic.Int64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := next.Add(1); i <= writes; i = next.Add(1) {
				if _, err := nodes[w%2].Set(t.Context(), path("items", fmt.Sprint(i%5000)), i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	last := max(nodes[0].Tree().Revision(), nodes[1].Tree().Revision())
	if last != writes {
		t.Fatalf("%d writes made revision %d", writes, last)
	}

	returned := open(t, configs[2])
	want, err := nodes[0].ReadAt(within(t, 30*time.Second), last)
	if err != nil {
		t.Fatal(err)
	}
	got, err := returned.ReadAt(within(t, 30*time.Second), last)
	if err != nil {
		t.Fatalf("the follower is at revision %d: %v", returned.Tree().Revision(), err)
	}
	if got.Digest() != want.Digest() || !got.Root().Value().Equal(want.Root().Value()) {
		t.Error("the follower serves other content")
	}
	if returned.Status().SnapshotIndex == 0 {
		t.Error("it was caught up without a snapshot: the test tests nothing")
	}
}

// TestMemberThatReturnsIsServedAtOnce: the engine alone waits longer and longer
// before it tries a member again, up to ten seconds.
func TestMemberThatReturnsIsServedAtOnce(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		v.stop(id)
		leader := v.nodes[v.leader()]
		for i := range 600 {
			if _, err := leader.Set(within(t, time.Minute), path("n"), i); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		v.start(id)
		began := time.Now()
		if _, err := v.nodes[id].ReadAt(within(t, time.Minute), leader.Tree().Revision()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it was up to date after %v", took)
		}
	})
}
