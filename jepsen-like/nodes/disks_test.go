package nodes_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/disk"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/nodes"
)

// withDisks returns a cluster of nodes that have disks like this, or not where
// there can be none: then the error has to say so.
func withDisks(t *testing.T, count int, behaviour nemesis.Disk) (*nodes.Cluster, *house, map[string]*guest, bool) {
	t.Helper()
	cluster, h, guests := runningWith(t, nodes.Config{Count: count, Disks: true})
	err := cluster.SupportsDisk(behaviour)
	if err != nil && !errors.Is(err, disk.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, disk.ErrUnavailable)
	}
	return cluster, h, guests, err == nil
}

func TestPlainFoldersAreNoDisks(t *testing.T) {
	cluster, _, _ := running(t, 1)
	for _, behaviour := range []nemesis.Disk{{Dead: true}, {Full: true}, {Hung: true}} {
		if err := cluster.SupportsDisk(behaviour); !errors.Is(err, disk.ErrUnavailable) {
			t.Errorf("%+v: got %v, want %v", behaviour, err, disk.ErrUnavailable)
		}
	}
	if err := cluster.NoDisks(); !errors.Is(err, disk.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, disk.ErrUnavailable)
	}
}

func TestAPowerCutLosesWhatWasNotFlushed(t *testing.T) {
	cluster, h, guests, can := withDisks(t, 2, nemesis.Disk{Dead: true})
	if !can {
		return
	}
	guests["a"].do("flush")
	guests["a"].do("write")
	must(t, cluster.SetDisk("a", nemesis.Disk{Dead: true}))
	must(t, cluster.Kill("a"))
	must(t, cluster.SetDisk("a", nemesis.Disk{}))
	if files, err := cluster.Files("a"); err != nil || !slices.Equal(files, []string{"flushed", "state/file"}) {
		t.Errorf("files %v, error %v", files, err)
	}
	must(t, cluster.Start("a"))
	h.next(t).do("write")
	guests["b"].do("write")
	if crashes := cluster.Crashes(); len(crashes) > 0 {
		t.Errorf("a power cut is taken for a crash: %v", crashes)
	}
}

func TestANodeWhoseDiskFailsMayEndByItself(t *testing.T) {
	for _, test := range []struct {
		name      string
		behaviour nemesis.Disk
		order     string
		crashes   int
	}{
		{"a full disk", nemesis.Disk{Full: true}, "give up", 0},
		{"a dead disk", nemesis.Disk{Dead: true}, "flush", 0},
		{"failing flushes", nemesis.Disk{FailedFlushes: true}, "flush", 0},
		{"a full disk and a panic", nemesis.Disk{Full: true}, "crash", 1},
		{"a slow disk", nemesis.Disk{Delay: time.Millisecond}, "give up", 1},
		{"a sound disk", nemesis.Disk{}, "give up", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			cluster, h, guests, can := withDisks(t, 1, test.behaviour)
			if !can {
				return
			}
			must(t, cluster.SetDisk("a", test.behaviour))
			guests["a"].send(test.order)
			guests["a"].awaitEnd()
			must(t, cluster.SetDisk("a", nemesis.Disk{}))
			must(t, cluster.Kill("a"))
			must(t, cluster.Start("a"))
			h.next(t).do("flush")
			must(t, cluster.Close())
			if crashes := cluster.Crashes(); len(crashes) != test.crashes {
				t.Errorf("crashes %v, want %d", crashes, test.crashes)
			}
		})
	}
}

// TestADiskThatIsSoundAgainExcusesWhoHasMetItAndNoOther: the former may still be ending.
func TestADiskThatIsSoundAgainExcusesWhoHasMetItAndNoOther(t *testing.T) {
	cluster, h, guests, can := withDisks(t, 1, nemesis.Disk{Full: true})
	if !can {
		return
	}
	must(t, cluster.SetDisk("a", nemesis.Disk{Full: true}))
	must(t, cluster.SetDisk("a", nemesis.Disk{}))
	guests["a"].send("give up")
	guests["a"].awaitEnd()
	must(t, cluster.Kill("a"))
	must(t, cluster.Start("a"))
	wantOnlyCrash(t, cluster, h.next(t), "a process that has met no fault ends by itself")
}

func TestHinderedFlushesAreCounted(t *testing.T) {
	for name, behaviour := range map[string]nemesis.Disk{
		"slow": {Delay: 10 * time.Millisecond},
		"late": {Delay: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, _, guests, can := withDisks(t, 1, behaviour)
			if !can {
				return
			}
			must(t, cluster.SetDisk("a", behaviour))
			begin := time.Now()
			guests["a"].do("flush")
			if took := time.Since(begin); took < 4*behaviour.Delay {
				t.Errorf("four flushes took %v", took)
			}
			must(t, cluster.SetDisk("a", nemesis.Disk{}))
			if n := cluster.Hindered(); n != 4 {
				t.Errorf("%d flushes are counted, want 4", n)
			}
			guests["a"].do("flush")
			if n := cluster.Hindered(); n != 4 {
				t.Errorf("%d flushes are counted when the disk is sound again, want 4", n)
			}
		})
	}
}

func TestAHungDiskHoldsANodeUpAndLetsItGo(t *testing.T) {
	cluster, _, guests, can := withDisks(t, 1, nemesis.Disk{Hung: true})
	if !can {
		return
	}
	must(t, cluster.SetDisk("a", nemesis.Disk{Hung: true}))
	guests["a"].send("write")
	// This is the one place that has to wait to see that nothing happens.
	must(t, guests["a"].connection.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	if n, err := guests["a"].connection.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a node with a hung disk answers: %d bytes, %v", n, err)
	}
	must(t, guests["a"].connection.SetReadDeadline(time.Time{}))
	must(t, cluster.SetDisk("a", nemesis.Disk{}))
	guests["a"].awaitPong()
	if n := cluster.Hindered(); n != 1 {
		t.Errorf("%d threads were seen to wait, want 1", n)
	}
}

// TestCloseEndsANodeWhoseDiskHangs: it cannot be killed as long as it does.
func TestCloseEndsANodeWhoseDiskHangs(t *testing.T) {
	cluster, _, guests, can := withDisks(t, 1, nemesis.Disk{Hung: true})
	if !can {
		return
	}
	must(t, cluster.SetDisk("a", nemesis.Disk{Hung: true}))
	guests["a"].send("write")
	must(t, cluster.Close())
	guests["a"].awaitEnd()
}

func TestCloseLeavesTheFoldersOfTheNodesAndNothingElse(t *testing.T) {
	cluster, h, guests := runningWith(t, nodes.Config{Count: 1, Disks: true})
	guests["a"].do("write")
	must(t, cluster.Close())
	if found, err := os.ReadFile(filepath.Join(h.dir, "a", "written")); err != nil || string(found) != content {
		t.Errorf("the node's file holds %q, error %v", found, err)
	}
	entries, err := os.ReadDir(h.dir)
	must(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, []string{"a", "a.log", socketName}) {
		t.Errorf("the cluster leaves %v", names)
	}
}
