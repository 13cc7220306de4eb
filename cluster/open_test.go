package cluster_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"

	"example.com/gstate/cluster"
	"example.com/gstate/transport/memnet"
)

// alone is the configuration of a cluster of one member on real files.
func alone(t *testing.T) cluster.Config {
	return cluster.Config{
		ID:               "a",
		Peers:            []cluster.Peer{{ID: "a", Address: freeAddress(t)}},
		Dir:              t.TempDir(),
		HeartbeatTimeout: 50 * time.Millisecond,
		ElectionTimeout:  50 * time.Millisecond,
	}
}

func open(t *testing.T, cfg cluster.Config) *cluster.Node {
	t.Helper()
	node, err := cluster.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { node.Close() })
	return node
}

// written opens a node, writes n items and closes it.
func written(t *testing.T, cfg cluster.Config, n int) {
	t.Helper()
	node := open(t, cfg)
	for i := range n {
		if _, err := node.Set(within(t, 10*time.Second), path("n"), strings.Repeat("x", 100)+string(rune('a'+i%26))); err != nil {
			t.Fatal(err)
		}
	}
	node.Close()
}

func TestConfigurationErrorsAreAllReportedAtOnce(t *testing.T) {
	cfg := cluster.Config{
		ID: "d",
		Peers: []cluster.Peer{
			{ID: "a", Address: "127.0.0.1:7001"},
			{ID: "a", Address: "localhost"},
			{ID: "b", Address: "0.0.0.0:7002"},
			{ID: "c", Address: "127.0.0.1:7001"},
			{ID: "", Address: ":7003"},
		},
		HeartbeatTimeout: time.Millisecond,
		ElectionTimeout:  time.Microsecond,
	}
	_, err := cluster.Open(t.Context(), cfg)
	if !errors.Is(err, cluster.ErrInvalid) {
		t.Fatalf("%v, want ErrInvalid", err)
	}
	for _, part := range []string{`"d" is not in Peers`, `"a" is there twice`, `peers "a" and "c" have one address`, `"localhost" is not host:port`, `"0.0.0.0:7002" names no host`, `peer id ""`, "Dir is empty", "HeartbeatTimeout is 1ms", "ElectionTimeout 1µs"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q:\n%v", part, err)
		}
	}
}

func TestOpenIsTheSameCallAtEveryStart(t *testing.T) {
	cfg := alone(t)
	var last uint64
	for i := range 3 {
		node := open(t, cfg)
		if err := node.WaitReady(within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := node.Tree().Revision(); got != last {
			t.Errorf("start %d: revision %d, and %d was written", i, got, last)
		}
		revision, err := node.Set(within(t, 10*time.Second), path("starts"), i)
		if err != nil {
			t.Fatal(err)
		}
		last = revision
		if err := node.Shutdown(within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	cases := map[string]struct {
		spoil func(t *testing.T, cfg *cluster.Config)
		want  error
		text  string
	}{
		"a folder in use": {func(t *testing.T, cfg *cluster.Config) {
			open(t, *cfg)
			cfg.Peers = []cluster.Peer{{ID: "a", Address: freeAddress(t)}}
		}, cluster.ErrInUse, ""},
		"an address in use": {func(t *testing.T, cfg *cluster.Config) {
			open(t, *cfg)
			cfg.Dir = t.TempDir()
		}, cluster.ErrAddressInUse, ""},
		"the folder of another member": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			cfg.ID, cfg.Peers[0].ID = "b", "b"
		}, cluster.ErrWrongIdentity, `member "a"`},
		"the folder of another cluster": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			cfg.Cluster = "another"
		}, cluster.ErrWrongIdentity, `"another"`},
		"the folder of a cluster of other members": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			cfg.Peers = append(cfg.Peers, cluster.Peer{ID: "b", Address: freeAddress(t)})
		}, cluster.ErrWrongIdentity, `members ["a"], and Peers lists ["a" "b"]`},
		"a log without its identity": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			remove(t, cfg.Dir, "identity.json")
		}, cluster.ErrCorrupt, "identity.json"},
		"a damaged identity": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			overwrite(t, filepath.Join(cfg.Dir, "identity.json"), 0, "garbage")
		}, cluster.ErrCorrupt, "identity.json"},
		"an identity with another cluster's id": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			file := filepath.Join(cfg.Dir, "identity.json")
			content, _ := os.ReadFile(file)
			overwrite(t, file, 0, strings.Replace(string(content), `"cluster_id": "gstate/`, `"cluster_id": "gstatf/`, 1))
		}, cluster.ErrCorrupt, "cluster_id"},
		"a folder of a later release": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			file := filepath.Join(cfg.Dir, "identity.json")
			content, _ := os.ReadFile(file)
			overwrite(t, file, 0, strings.Replace(string(content), `"format": 1`, `"format": 9`, 1))
		}, cluster.ErrVersion, "format 9"},
		"a truncated log": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 200)
			truncate(t, filepath.Join(cfg.Dir, "raft.db"), 2)
		}, cluster.ErrCorrupt, "raft.db"},
		"a log that is none": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			overwrite(t, filepath.Join(cfg.Dir, "raft.db"), 0, strings.Repeat("garbage ", 4096))
		}, cluster.ErrCorrupt, "raft.db"},
		"a log that has become empty": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			truncate(t, filepath.Join(cfg.Dir, "raft.db"), 1<<40)
		}, cluster.ErrCorrupt, "log is gone"},
		"a log that is missing": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 1)
			remove(t, cfg.Dir, "raft.db")
		}, cluster.ErrCorrupt, "log is gone"},
		"an entry with a flipped bit": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 3)
			flip(t, filepath.Join(cfg.Dir, "raft.db"), "xxxxxxxxxxxxxxxx")
		}, cluster.ErrCorrupt, "checksum"},
		"a log whose first entries are missing": {func(t *testing.T, cfg *cluster.Config) {
			written(t, *cfg, 3)
			forget(t, filepath.Join(cfg.Dir, "raft.db"), 1, 2)
		}, cluster.ErrCorrupt, "begins with entry 3"},
		"only damaged snapshots": {func(t *testing.T, cfg *cluster.Config) {
			snapshotted(t, *cfg)
			spoilSnapshots(t, *cfg, func(file string) { flip(t, file, "xxxxxxxxxxxxxxxx") })
		}, cluster.ErrCorrupt, "snapshot"},
		"only truncated snapshots": {func(t *testing.T, cfg *cluster.Config) {
			snapshotted(t, *cfg)
			spoilSnapshots(t, *cfg, func(file string) { truncate(t, file, 2) })
		}, cluster.ErrCorrupt, "snapshot"},
		"a folder that cannot be made": {func(t *testing.T, cfg *cluster.Config) {
			file := filepath.Join(t.TempDir(), "file")
			overwrite(t, file, 0, "x")
			cfg.Dir = filepath.Join(file, "data")
		}, nil, "not a directory"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := alone(t)
			c.spoil(t, &cfg)
			node, err := cluster.Open(t.Context(), cfg)
			if err == nil {
				node.Close()
				t.Fatal("it was opened")
			}
			if c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want %v with %q in it", err, c.want, c.text)
			}
		})
	}
}

// snapshotted leaves a folder whose log begins after a snapshot.
func snapshotted(t *testing.T, cfg cluster.Config) {
	t.Helper()
	cfg.SnapshotEntries, cfg.TrailingLogs = 5, 1
	node := open(t, cfg)
	for i := 0; node.Status().SnapshotIndex == 0; i++ {
		if _, err := node.Set(within(t, 20*time.Second), path("n"), strings.Repeat("x", 100)+strings.Repeat("y", i%100)); err != nil {
			t.Fatal(err)
		}
	}
	node.Close()
}

func spoilSnapshots(t *testing.T, cfg cluster.Config, spoil func(file string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cfg.Dir, "snapshots", "*", "state.bin"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no snapshots: %v", err)
	}
	for _, file := range files {
		spoil(file)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, file string, at int64, content string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(content), at); err != nil {
		t.Fatal(err)
	}
}

// truncate leaves one part of a file in n.
func truncate(t *testing.T, file string, n int64) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, info.Size()/n); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit in every place where the text stands.
func flip(t *testing.T, file, text string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.ReplaceAll(string(content), text, "y"+text[1:])
	if damaged == string(content) {
		t.Fatalf("%q is not in %s", text, file)
	}
	overwrite(t, file, 0, damaged)
}

// forget deletes entries from a log.
func forget(t *testing.T, file string, first, last uint64) {
	t.Helper()
	store, err := raftboltdb.NewBoltStore(file)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.DeleteRange(first, last); err != nil {
		t.Fatal(err)
	}
}

func TestMembersOfAnotherClusterAreRefused(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		before := v.nodes["a"].Status().Term
		// A member with another list of peers is one of another cluster, even
		// under the name and at the address of a true member.
		stranger := v.follower()
		v.stop(stranger)
		v.disks[stranger] = nil
		peers := v.peers
		v.peers = append(v.peers[:len(v.peers):len(v.peers)], cluster.Peer{ID: "x", Address: "x:7000"})
		v.start(stranger)
		time.Sleep(time.Minute)
		if err := v.nodes[stranger].WaitReady(within(t, time.Second)); !errors.Is(err, cluster.ErrNoLeader) {
			t.Errorf("the stranger: %v, want ErrNoLeader", err)
		}
		v.peers = peers
		v.stop(stranger)
		for id, node := range v.nodes {
			if term := node.Status().Term; term != before {
				t.Errorf("%s went from term %d to %d", id, before, term)
			}
		}
	})
}

func TestStoreThatFailsStopsTheNodeAndNotTheProcess(t *testing.T) {
	disk := &failingDisk{InmemStore: raft.NewInmemStore(), cause: errors.New("no space left on device")}
	inVirtualTime(t, 1, func(cfg *cluster.Config) {
		cfg.Tune = func(e *cluster.Engine) { e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore() }
	}, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		kept, err := node.Set(within(t, time.Minute), path("a"), 1)
		if err != nil {
			t.Fatal(err)
		}
		disk.full.Store(true)
		_, err = node.Set(within(t, time.Minute), path("a"), 2)
		if err == nil {
			t.Error("a write was acknowledged that is not stored")
		}
		<-node.Done()
		if !errors.Is(node.Err(), disk.cause) || node.Status().Role != cluster.RoleStopped {
			t.Errorf("the node is %v: %v", node.Status().Role, node.Err())
		}
		if item, ok := node.Tree().Get(path("a")); !ok || item.Modified() != kept {
			t.Error("a stopped node does not serve its last state")
		}
		if _, err := node.Set(context.Background(), path("a"), 3); !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("a write on a stopped node: %v, want ErrClosed", err)
		}
	})
}

// TestLeaderWhoseDiskHangsIsReplaced: the engine's heartbeats go on while its
// disk hangs, so that without us nobody would ever replace it.
func TestLeaderWhoseDiskHangsIsReplaced(t *testing.T) {
	disks := map[string]*failingDisk{}
	inVirtualTime(t, 3, func(cfg *cluster.Config) {
		disk := &failingDisk{InmemStore: raft.NewInmemStore()}
		disks[cfg.ID] = disk
		cfg.Tune = func(e *cluster.Engine) { e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore() }
	}, func(t *testing.T, v *virtual) {
		old, other := v.leader(), v.follower()
		if _, err := v.nodes[other].Set(within(t, time.Minute), path("a"), 1); err != nil {
			t.Fatal(err)
		}
		hang := make(chan struct{})
		disks[old].hang.Store(&hang)
		began := time.Now()
		if _, err := v.nodes[other].Set(within(t, time.Hour), path("a"), 2); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("no write for %v", took)
		}
		<-v.nodes[old].Done()
		if err := v.nodes[old].Err(); err == nil || !strings.Contains(err.Error(), "disk hangs") {
			t.Errorf("the old leader stopped with %v", err)
		}
		close(hang) // lets the engine end
	})
}

func TestNodeThatCannotStoreItsTermStopsWithoutAPanic(t *testing.T) {
	disk := &failingDisk{InmemStore: raft.NewInmemStore(), cause: errors.New("input/output error")}
	inVirtualTime(t, 1, func(cfg *cluster.Config) {
		cfg.Tune = func(e *cluster.Engine) { e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore() }
	}, func(t *testing.T, v *virtual) {
		disk.full.Store(true) // before the first election
		<-v.nodes["a"].Done()
		if !errors.Is(v.nodes["a"].Err(), disk.cause) {
			t.Errorf("stopped with %v", v.nodes["a"].Err())
		}
	})
}

// failingDisk is a store whose writes fail once it is full.
type failingDisk struct {
	*raft.InmemStore
	full  atomic.Bool
	cause error
	// left is how many more writes a full disk takes.
	left int
	// hang, if not nil, holds up writes until it is closed.
	hang atomic.Pointer[chan struct{}]
}

func (d *failingDisk) write(change func() error) error {
	if hang := d.hang.Load(); hang != nil {
		<-*hang
	}
	if d.full.Load() {
		if d.left == 0 {
			return d.cause
		}
		d.left--
	}
	return change()
}

func (d *failingDisk) StoreLogs(logs []*raft.Log) error {
	return d.write(func() error { return d.InmemStore.StoreLogs(logs) })
}

// StoreLog is not left to the store below, which has one of its own.
func (d *failingDisk) StoreLog(log *raft.Log) error { return d.StoreLogs([]*raft.Log{log}) }

func (d *failingDisk) SetUint64(key []byte, value uint64) error {
	return d.write(func() error { return d.InmemStore.SetUint64(key, value) })
}

// TestMemberThatEndedWhileFormingFormsAtTheNextStart stops at each of the
// writes that forming a cluster takes.
func TestMemberThatEndedWhileFormingFormsAtTheNextStart(t *testing.T) {
	for writes := range 3 {
		disk := &failingDisk{InmemStore: raft.NewInmemStore(), cause: errors.New("power cut"), left: writes}
		cfg := cluster.Config{ID: "a", Peers: []cluster.Peer{{ID: "a", Address: "a:7000"}}, Tune: func(e *cluster.Engine) {
			e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore()
		}}
		disk.full.Store(true)
		synctest.Test(t, func(t *testing.T) {
			cfg.Network = memnet.New().Host("a")
			node, err := cluster.Open(t.Context(), cfg)
			if err == nil {
				node.Close()
			}
			disk.full.Store(false)
			cfg.Network = memnet.New().Host("a")
			node, err = cluster.Open(t.Context(), cfg)
			if err != nil {
				t.Fatalf("after %d writes: %v", writes, err)
			}
			defer node.Close()
			if _, err := node.Set(within(t, time.Minute), path("a"), 1); err != nil {
				t.Errorf("after %d writes: %v", writes, err)
			}
		})
	}
}

func TestMemberThatHasVotedAndLostItsLogIsNotFormedAnew(t *testing.T) {
	cfg := alone(t)
	written(t, cfg, 3)
	forget(t, filepath.Join(cfg.Dir, "raft.db"), 1, 100)
	node, err := cluster.Open(t.Context(), cfg)
	if err == nil {
		node.Close()
	}
	if !errors.Is(err, cluster.ErrCorrupt) || !strings.Contains(err.Error(), "log is gone") {
		t.Errorf("%v, want ErrCorrupt", err)
	}
}

// TestListOfFreePagesIsNotWritten looks at the place of the list in the pages
// that describe the file: all ones say that there is none.
func TestListOfFreePagesIsNotWritten(t *testing.T) {
	const atFreelist = 16 + 16 + 16 // page header; magic, version, sizes; root bucket
	cfg := alone(t)
	written(t, cfg, 3)
	content, err := os.ReadFile(filepath.Join(cfg.Dir, "raft.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []int{0, os.Getpagesize()} {
		if got := binary.NativeEndian.Uint64(content[page+atFreelist:]); got != math.MaxUint64 {
			t.Errorf("the page at %d has the list at page %d", page, got)
		}
	}
}
