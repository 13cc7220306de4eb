package cluster_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// setAll sets the item n to one value after the other, each in a write of its own.
func setAll(t *testing.T, node *cluster.Node, values ...any) {
	t.Helper()
	for _, value := range values {
		if _, err := node.Set(within(t, time.Minute), path("n"), value); err != nil {
			t.Fatal(err)
		}
	}
}

// overflow makes writes beside n that take more memory than a node remembers.
func overflow(t *testing.T, node *cluster.Node) {
	t.Helper()
	large := strings.Repeat("x", tree.MaxValueBytes)
	for i := range 20 {
		if _, err := node.Set(within(t, time.Minute), path("large"), []any{large, large, large, i}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantText(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestEveryChangeOfABatchIsYieldedByItself, with its own revision, where a watch
// of the latest result has wider steps.
func TestEveryChangeOfABatchIsYieldedByItself(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		every := watch(t.Context(), v.nodes[id], tree.Subtree(path("n")), cluster.EveryChange())
		latest := watch(t.Context(), v.nodes[id], tree.Subtree(path("n")))
		v.behind(id, func(leader *cluster.Node) {
			setAll(t, leader, "a", "b")
			mustApply(t, leader, cluster.Set(path("beside"), 1)) // 3
			setAll(t, leader, "c")
		})
		v.behind(id, func(leader *cluster.Node) {
			setAll(t, leader, "d", "c")
			mustApply(t, leader, cluster.Set(path("n"), "e"), cluster.Set(path("n"), "c"), cluster.Set(path("beside"), 2)) // 7
			mustApply(t, leader, cluster.Remove(path("n")), cluster.Insert(path("n"), "c"))                                // 8
		})
		setAll(t, v.nodes[id], "f")
		all := every.results()
		wantText(t, "every change", all, `[0: nothing 1: "a" 2: "b" 4: "c" 5: "d" 6: "c" 9: "f"]`)
		// The engine decides how many entries are applied at once, and so how many
		// steps there are.
		steps := latest.values()
		if last := len(steps) - 1; last < 1 || last >= len(all) || steps[0] != "nothing" || steps[last] != `"f"` {
			t.Errorf("the latest: %v", steps)
		}
	})
}

func TestEveryChangeIsYieldedToAReaderThatIsBehind(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		slow := pull(t, node, tree.Subtree(path("n")), cluster.EveryChange())
		slow.wants("0: nothing synced")
		for i := range 300 { // more than there are between two trees that are kept
			setAll(t, node, i)
		}
		slow.wants("1: 0")
		setAll(t, node, 300)
		for i := range 300 {
			slow.wants(fmt.Sprintf("%d: %d", i+2, i+1))
		}
	})
}

// TestEventsOfEveryChangeTellTheirOwnDifference also where the reader is behind.
func TestEventsOfEveryChangeTellTheirOwnDifference(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		slow := pull(t, node, tree.Subtree(nil), cluster.EveryChange())
		wantText(t, "the first event's changes", slow.event().Changes(), "[]")
		mustApply(t, node, cluster.Set(path("n"), 1))
		mustApply(t, node, cluster.Set(path("n"), 2), cluster.Set(path("m"), 3))
		mustApply(t, node, cluster.Remove(path("m")))
		wantText(t, "changes", differences(slow.event()), "[n:->1]")
		wantText(t, "changes", differences(slow.event()), "[m:->3 n:1->2]")
		wantText(t, "changes", differences(slow.event()), "[m:3->]")
	})
}

// differences returns the changes of an event as text, such as "n:1->2".
func differences(event cluster.Event) (all []string) {
	for _, delta := range event.Changes() {
		was, is := "", ""
		if delta.Was {
			was = delta.Old.String()
		}
		if delta.Is {
			is = delta.New.String()
		}
		all = append(all, fmt.Sprintf("%s:%s->%s", strings.Join(delta.Path, "."), was, is))
	}
	return all
}

func TestReaderThatFallsOutOfTheRingIsResetOnceAndGoesOn(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		slow := pull(t, node, tree.Subtree(path("n")), cluster.EveryChange())
		slow.wants("0: nothing synced")
		setAll(t, node, 1, 2)
		overflow(t, node)
		setAll(t, node, 3)
		slow.wants("23: 3 reset")
		setAll(t, node, 4, 5)
		slow.wants("24: 4")
		slow.wants("25: 5")
	})
}

// TestWritesBesideDoNotResetAReader: what does not concern its query may leave the
// ring.
func TestWritesBesideDoNotResetAReader(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		slow := pull(t, node, tree.Subtree(path("n")), cluster.EndWhenSlow())
		slow.wants("0: nothing synced")
		overflow(t, node)
		synctest.Wait()
		setAll(t, node, 1, 2)
		slow.wants("21: 1")
		slow.wants("22: 2")
	})
}

func TestWatchThatMustMissNothingEndsWhenItsReaderIsSlow(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		slow := pull(t, node, tree.Subtree(path("n")), cluster.EndWhenSlow())
		slow.wants("0: nothing synced")
		setAll(t, node, 1)
		slow.wants("1: 1")
		setAll(t, node, 2)
		overflow(t, node)
		if event, err, _ := slow.next(); !errors.Is(err, cluster.ErrSlow) {
			t.Errorf("after the ring has lost a change: %v, %v", event, err)
		}
		if _, _, more := slow.next(); more {
			t.Error("it goes on after its end")
		}
	})
}

// installed lets a node miss so many writes that it gets a snapshot.
func (v *virtual) installed(id string, values ...any) {
	v.t.Helper()
	v.behind(id, func(leader *cluster.Node) {
		setAll(v.t, leader, values...)
		time.Sleep(10 * time.Second) // a snapshot is taken, the log is cut
		for i := range 3 {
			mustApply(v.t, leader, cluster.Set(path("beside"), i))
		}
		time.Sleep(10 * time.Second)
	})
	if v.nodes[id].Status().SnapshotIndex == 0 {
		v.t.Fatal("no snapshot was installed: the test tests nothing")
	}
}

// cutOften lets nodes take snapshots each second, and leave one entry in the log.
func cutOften(cfg *cluster.Config) { cfg.SnapshotAge, cfg.TrailingLogs = time.Second, 1 }

func TestInstalledSnapshotResetsWatchesOfEveryChangeAndIsOneStepForOthers(t *testing.T) {
	inVirtualTime(t, 3, cutOften, func(t *testing.T, v *virtual) {
		id := v.follower()
		setAll(t, v.nodes[id], 0)
		node, n := v.nodes[id], tree.Subtree(path("n"))
		every, latest := watch(t.Context(), node, n, cluster.EveryChange()), watch(t.Context(), node, n)
		strict := watch(t.Context(), node, n, cluster.EndWhenSlow())
		beside := watch(t.Context(), node, tree.Subtree(path("none")))
		v.installed(id, 1, 2, 3)
		setAll(t, node, 4)
		wantText(t, "every change", every.marked(), "[1: 0 synced 7: 3 reset 8: 4]")
		wantText(t, "the latest", latest.marked(), "[1: 0 synced 7: 3 8: 4]")
		wantText(t, "a query that is not concerned", beside.marked(), "[1: nothing synced]")
		if <-strict.done; !errors.Is(strict.err, cluster.ErrSlow) || len(strict.events) != 1 {
			t.Errorf("a watch that must miss nothing: %v, %v", strict.marked(), strict.err)
		}
		for _, w := range []*watcher{every, latest} {
			wantText(t, "changes of the step", differences(w.events[1]), "[n:0->3]")
		}
	})
}

// TestResetTellsWhatWasExpelled as far as the node has seen it.
func TestResetTellsWhatWasExpelled(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		mustApply(t, node, cluster.Set(path("n"), 1), cluster.Expire(cluster.Written, time.Second))
		slow := pull(t, node, tree.Subtree(path("n")), cluster.EveryChange())
		slow.wants("1: 1 synced")
		time.Sleep(2 * time.Second)
		overflow(t, node)
		event := slow.event()
		wantText(t, "the event", result(event)+marks(event), "22: nothing reset")
		if len(event.Expelled) != 1 || event.Expelled[0].Revision != 2 || event.Reasons != 0 {
			t.Errorf("it tells of %v, for %v", event.Expelled, event.Reasons)
		}
	})
}

// TestReaderThatIsAmongOldChangesGetsThemAllBeforeItIsReset: what it has begun to
// read it reads to its end, whatever leaves the ring meanwhile.
func TestReaderThatIsAmongOldChangesGetsThemAllBeforeItIsReset(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		slow := pull(t, node, tree.Subtree(path("n")), cluster.EveryChange())
		slow.wants("0: nothing synced")
		setAll(t, node, 1, 2, 3)
		slow.wants("1: 1")
		setAll(t, node, 4)
		overflow(t, node)
		setAll(t, node, 5)
		slow.wants("2: 2")
		slow.wants("3: 3")
		slow.wants("25: 5 reset")
		setAll(t, node, 6)
		slow.wants("26: 6")
	})
}
