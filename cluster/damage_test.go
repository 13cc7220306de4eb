package cluster_test

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
)

// TestMemberWhoseNewestSnapshotIsDamagedDoesNotStartFromAnOlderOne: what came
// with the snapshot is in no log. The member would show an old state, and
// answer for entries that it no longer has.
func TestMemberWhoseNewestSnapshotIsDamagedDoesNotStartFromAnOlderOne(t *testing.T) {
	for name, file := range map[string]string{"state": "state.bin", "description": "meta.json"} {
		t.Run(name, func(t *testing.T) {
			cfg, newest := installed(t)
			files, err := filepath.Glob(filepath.Join(cfg.Dir, "snapshots", fmt.Sprintf("*-%d-*", newest), file))
			if err != nil || len(files) != 1 {
				t.Fatalf("snapshots %v, %v", files, err)
			}
			truncate(t, files[0], 2)
			_, err = cluster.Open(t.Context(), cfg)
			if !errors.Is(err, cluster.ErrCorrupt) {
				t.Errorf("error is %v, want ErrCorrupt", err)
			}
		})
	}
}

// installed leaves the closed third member of a cluster with a snapshot of its
// own and a newer one that the leader sent, with no log between.
func installed(t *testing.T) (cfg cluster.Config, newest uint64) {
	var configs []cluster.Config
	nodes := openReal(t, 3, func(cfg *cluster.Config) {
		cfg.SnapshotEntries, cfg.TrailingLogs = 5, 1
		configs = append(configs, *cfg)
	})
	write := func(i int) {
		if _, err := nodes[0].Set(within(t, 20*time.Second), path("n"), i); err != nil {
			t.Fatal(err)
		}
	}
	own := nodes[2]
	for i := 0; own.Status().SnapshotIndex == 0; i++ {
		write(i)
	}
	own.Close()
	missed := own.Status().AppliedIndex
	for i := 0; nodes[0].Status().SnapshotIndex < missed+10 || nodes[1].Status().SnapshotIndex < missed+10; i++ {
		write(i)
	}
	configs[2].SnapshotEntries = 1 << 40 // no further one of its own
	returned := open(t, configs[2])
	if _, err := returned.ReadAt(within(t, 20*time.Second), nodes[0].Tree().Revision()); err != nil {
		t.Fatal(err)
	}
	newest = returned.Status().SnapshotIndex
	if newest <= missed {
		t.Fatal("it was sent no snapshot: the test tests nothing")
	}
	returned.Close()
	return configs[2], newest
}

// unreadable is a store whose snapshots cannot be opened while bad is true.
type unreadable struct {
	raft.SnapshotStore
	bad *atomic.Bool
}

func (u unreadable) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	if u.bad.Load() {
		return nil, nil, errors.New("input/output error")
	}
	return u.SnapshotStore.Open(id)
}

// TestMemberThatCannotReadTheSnapshotItWasSentKeepsItsLog: it goes on from
// where it was, under any leader, and takes the snapshot once it can.
func TestMemberThatCannotReadTheSnapshotItWasSentKeepsItsLog(t *testing.T) {
	for name, trailing := range map[string]map[string]uint64{
		"the next leader has as short a log": {"a": 1, "b": 1, "c": 1},
		"the next leader has a longer log":   {"a": 1, "b": 1000, "c": 1000},
	} {
		t.Run(name, func(t *testing.T) {
			tune := func(cfg *cluster.Config) { cfg.SnapshotAge, cfg.TrailingLogs = time.Second, trailing[cfg.ID] }
			inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
				v.leadBy("a")
				cannot := new(atomic.Bool)
				v.stop("c")
				v.disks["c"].snapshots = unreadable{v.disks["c"].snapshots, cannot}
				v.start("c")
				v.leader()
				v.net.Isolate("c")
				for i := range 20 {
					if _, err := v.nodes["a"].Set(within(t, time.Minute), path("n"), i); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(10 * time.Second)
				cannot.Store(true)
				v.net.HealAll()
				time.Sleep(3 * time.Second)
				if v.nodes["c"].Tree().Revision() == 20 {
					t.Fatal("c is up to date: the test tests nothing")
				}
				v.stop("a")
				time.Sleep(10 * time.Second)
				cannot.Store(false)
				if _, err := v.nodes["b"].Set(within(t, time.Minute), path("n"), "more"); err != nil {
					t.Fatal(err)
				}
				v.converged()
				v.start("a")
				v.leader()
				v.converged()
			})
		})
	}
}
