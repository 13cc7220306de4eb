package cluster_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	returned.Close() // the log is told of the snapshot after the state is shown
	newest = returned.Status().SnapshotIndex
	if newest <= missed {
		t.Fatal("it was sent no snapshot: the test tests nothing")
	}
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

// rotten is a store that flips a bit of an entry when it is read.
type rotten struct {
	*raft.InmemStore
	index uint64
	now   *atomic.Bool
}

func (r rotten) GetLog(index uint64, entry *raft.Log) error {
	err := r.InmemStore.GetLog(index, entry)
	if err == nil && index == r.index && r.now.Load() {
		entry.Data = bytes.Clone(entry.Data)
		entry.Data[len(entry.Data)-1] ^= 1
	}
	return err
}

// TestEntryThatRotsStopsTheNodeAndNotTheProcess: the engine panics over an entry
// that it cannot read when it is to be applied.
func TestEntryThatRotsStopsTheNodeAndNotTheProcess(t *testing.T) {
	now := new(atomic.Bool)
	tune := func(cfg *cluster.Config) {
		inner, id := cfg.Tune, cfg.ID
		cfg.Tune = func(e *cluster.Engine) {
			if inner(e); id == "a" {
				e.Logs = rotten{e.Logs.(*raft.InmemStore), 5, now}
			}
		}
	}
	inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
		v.leader()
		for i := range 10 {
			if _, err := v.nodes["b"].Set(within(t, time.Minute), path("n"), i); err != nil {
				t.Fatal(err)
			}
		}
		v.converged()
		v.stop("a")
		time.Sleep(5 * time.Second)
		v.net.Isolate("a")
		v.start("a")
		time.Sleep(time.Second)
		now.Store(true)
		v.net.HealAll()
		<-v.nodes["a"].Done()
		if err := v.nodes["a"].Err(); !errors.Is(err, cluster.ErrCorrupt) {
			t.Errorf("it stopped with %v", err)
		}
		if _, err := v.nodes["b"].Set(within(t, time.Minute), path("n"), "more"); err != nil {
			t.Error(err)
		}
	})
}

// TestFirstStartThatWasInterruptedIsBegunAnew, also with a list of members that
// was mended meanwhile: nothing has run on what it left.
func TestFirstStartThatWasInterruptedIsBegunAnew(t *testing.T) {
	cfg := alone(t)
	open(t, cfg).Close()
	file := filepath.Join(cfg.Dir, "identity.json")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unfinished := strings.Replace(string(content), `"formed": true`, `"formed": false`, 1)
	if err := os.WriteFile(file, []byte(unfinished), 0o600); err != nil || unfinished == string(content) {
		t.Fatalf("%v, %s", err, content)
	}
	cfg.Peers = append(cfg.Peers, cluster.Peer{ID: "b", Address: freeAddress(t)})
	if members := open(t, cfg).Members(); len(members) != 2 {
		t.Errorf("the members are %+v", members)
	}
}

// TestUnfinishedSnapshotsOfFormerProcessesAreRemoved: each process that was killed
// while it wrote one has left a folder as large as the state, for ever.
func TestUnfinishedSnapshotsOfFormerProcessesAreRemoved(t *testing.T) {
	cfg := alone(t)
	open(t, cfg).Close()
	unfinished := filepath.Join(cfg.Dir, "snapshots", "2-5-1700000000000.tmp")
	if err := os.MkdirAll(unfinished, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(unfinished, "state.bin"), []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, cfg).Close()
	if _, err := os.Stat(unfinished); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there, error %v", err)
	}
}

// TestSnapshotThatAnotherProcessWritesIsLeftAlone: who does not get the folder
// removes nothing from it.
func TestSnapshotThatAnotherProcessWritesIsLeftAlone(t *testing.T) {
	cfg := alone(t)
	open(t, cfg)
	unfinished := filepath.Join(cfg.Dir, "snapshots", "2-5-1700000000000.tmp")
	if err := os.MkdirAll(unfinished, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Open(t.Context(), cfg); !errors.Is(err, cluster.ErrInUse) {
		t.Fatalf("error is %v, want ErrInUse", err)
	}
	if _, err := os.Stat(unfinished); err != nil {
		t.Error(err)
	}
}

// TestOpenWithAStoreOfItsOwnIsTheSameAtEveryStart: only the snapshots are in the
// folder.
func TestOpenWithAStoreOfItsOwnIsTheSameAtEveryStart(t *testing.T) {
	cfg, logs := alone(t), raft.NewInmemStore()
	cfg.Tune = func(e *cluster.Engine) { e.Logs, e.Stable = logs, logs }
	for range 3 {
		open(t, cfg).Close()
	}
}
