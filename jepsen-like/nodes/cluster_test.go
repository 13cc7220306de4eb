package nodes_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/nodes"
)

// running returns a cluster of nodes that have connected, by id.
func running(t *testing.T, count int) (*nodes.Cluster, *house, map[string]*guest) {
	t.Helper()
	return runningWith(t, nodes.Config{Count: count})
}

func runningWith(t *testing.T, config nodes.Config) (*nodes.Cluster, *house, map[string]*guest) {
	t.Helper()
	h := newHouse(t)
	config.Dir = h.dir
	cluster, err := start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	guests := map[string]*guest{}
	for range config.Count {
		g := h.next(t)
		guests[g.id] = g
	}
	return cluster, h, guests
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantOnlyCrash lets a process end by itself, and wants that to be the one crash of the
// cluster, which it closes.
func wantOnlyCrash(t *testing.T, cluster *nodes.Cluster, last *guest, what string) {
	t.Helper()
	last.send("give up")
	last.awaitEnd()
	must(t, cluster.Close())
	if crashes := cluster.Crashes(); len(crashes) != 1 {
		t.Errorf("%s: crashes %v, want one", what, crashes)
	}
}

func TestKillEndsANodeAndStartBringsItBack(t *testing.T) {
	cluster, h, guests := running(t, 3)
	must(t, cluster.Kill("b"))
	guests["b"].awaitEnd()
	must(t, cluster.Kill("b"))
	must(t, cluster.Start("b"))
	if again := h.next(t); again.id != "b" {
		t.Errorf("node %s has started, want b", again.id)
	}
	for _, id := range []string{"a", "c"} {
		guests[id].send("ping")
		guests[id].awaitPong()
	}
	if crashes := cluster.Crashes(); len(crashes) > 0 {
		t.Errorf("a kill is taken for a crash: %v", crashes)
	}
}

func TestStartLeavesARunningNodeAlone(t *testing.T) {
	cluster, _, guests := running(t, 1)
	must(t, cluster.Start("a"))
	guests["a"].send("ping")
	guests["a"].awaitPong()
	// This hangs if there is a second process, since then the first is lost.
	must(t, cluster.Close())
}

func TestAPausedNodeAnswersWhenItIsResumed(t *testing.T) {
	cluster, _, guests := running(t, 1)
	for range 2 {
		must(t, cluster.Pause("a"))
	}
	guests["a"].send("ping")
	// This is the one place that has to wait to see that nothing happens.
	must(t, guests["a"].connection.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	if n, err := guests["a"].connection.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a paused node answers: %d bytes, %v", n, err)
	}
	must(t, guests["a"].connection.SetReadDeadline(time.Time{}))
	for range 2 {
		must(t, cluster.Resume("a"))
	}
	guests["a"].awaitPong()
}

func TestAPausedNodeCanBeKilledAndStarted(t *testing.T) {
	cluster, h, guests := running(t, 1)
	must(t, cluster.Pause("a"))
	must(t, cluster.Kill("a"))
	guests["a"].awaitEnd()
	must(t, cluster.Pause("a"))
	must(t, cluster.Resume("a"))
	must(t, cluster.Start("a"))
	again := h.next(t)
	again.send("ping")
	again.awaitPong()
}

func TestANodeThatEndsByItselfIsACrash(t *testing.T) {
	cluster, h, guests := running(t, 2)
	guests["b"].send("crash")
	guests["b"].awaitEnd()
	must(t, cluster.Close())
	crashes := cluster.Crashes()
	if len(crashes) != 1 {
		t.Fatalf("crashes %v, want one", crashes)
	}
	if since := time.Since(crashes[0].At); since < 0 || since > time.Minute {
		t.Errorf("the crash was %v ago", since)
	}
	want := nodes.Crash{Node: "b", At: crashes[0].At, Status: "exit status 3", Log: filepath.Join(h.dir, "b.log")}
	if crashes[0] != want {
		t.Errorf("crash %v, want %v", crashes[0], want)
	}
}

func TestCloseEndsAllNodes(t *testing.T) {
	cluster, _, guests := running(t, 3)
	must(t, cluster.Pause("c"))
	must(t, cluster.Close())
	for _, g := range guests {
		g.awaitEnd()
	}
	must(t, cluster.Close())
	if err := cluster.Start("a"); !errors.Is(err, nodes.ErrClosed) {
		t.Errorf("start after close: %v, want %v", err, nodes.ErrClosed)
	}
	if crashes := cluster.Crashes(); len(crashes) > 0 {
		t.Errorf("close is taken for a crash: %v", crashes)
	}
}

func TestANodesOutputIsKeptOverRestarts(t *testing.T) {
	cluster, h, _ := running(t, 1)
	must(t, cluster.Kill("a"))
	must(t, cluster.Start("a"))
	h.next(t)
	must(t, cluster.Close())
	log, err := os.ReadFile(filepath.Join(h.dir, "a.log"))
	must(t, err)
	if n := strings.Count(string(log), "node a is up"); n != 2 {
		t.Errorf("the log tells of %d starts, want 2:\n%s", n, log)
	}
}

func TestAnUnknownNodeIsRefused(t *testing.T) {
	cluster, _, _ := running(t, 1)
	for name, method := range map[string]func(string) error{
		"start": cluster.Start, "kill": cluster.Kill, "pause": cluster.Pause, "resume": cluster.Resume,
	} {
		if err := method("z"); !errors.Is(err, nodes.ErrUnknownNode) {
			t.Errorf("%s: %v, want %v", name, err, nodes.ErrUnknownNode)
		}
	}
}

func TestAClusterOfTheWrongSizeIsRefused(t *testing.T) {
	for _, count := range []int{-1, 0, 27} {
		if _, err := nodes.New(nodes.Config{Dir: t.TempDir(), Count: count}); err == nil {
			t.Errorf("%d nodes are accepted", count)
		}
	}
}

func TestAProgramThatIsMissingIsReported(t *testing.T) {
	cluster, err := nodes.New(nodes.Config{Program: nodes.Program{Path: filepath.Join(t.TempDir(), "none")}, Dir: t.TempDir(), Count: 1})
	must(t, err)
	if err := cluster.Start("a"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("start: %v, want %v", err, os.ErrNotExist)
	}
	must(t, cluster.Close())
}

func TestEachNodeHasAddressesOfItsOwn(t *testing.T) {
	cluster, err := nodes.New(nodes.Config{Dir: t.TempDir(), Count: 5})
	must(t, err)
	seen := map[string]bool{}
	for _, address := range cluster.Addresses() {
		seen[address] = true
	}
	if len(seen) != 5 || fmt.Sprint(cluster.IDs()) != "[a b c d e]" {
		t.Errorf("nodes %v with addresses %v", cluster.IDs(), cluster.Addresses())
	}
	must(t, cluster.Close())
}
