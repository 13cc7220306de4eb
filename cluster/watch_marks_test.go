package cluster_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// modes are the ways to watch.
var modes = map[string][]cluster.WatchOption{"the latest": nil, "every change": {cluster.EveryChange()}}

// inEachMode runs a test on one node for watches of either mode.
func inEachMode(t *testing.T, test func(t *testing.T, node *cluster.Node, options []cluster.WatchOption)) {
	for name, options := range modes {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) { test(t, v.nodes[v.leader()], options) })
		})
	}
}

func TestWatchIsSyncedOnceAlsoWhenThereIsNothing(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		w := watch(t.Context(), node, tree.Subtree(path("n")), options...)
		since := watch(t.Context(), node, tree.Subtree(path("n")), append(options, cluster.Since(0))...)
		setAll(t, node, 1, 2)
		again := watch(t.Context(), node, tree.Subtree(path("n")), append(options, cluster.Since(2))...)
		mustApply(t, node, cluster.Remove(path("n")))
		wantText(t, "events", w.marked()[0], "0: nothing synced")
		wantText(t, "events since 0", since.marked()[0], "0: nothing synced")
		wantText(t, "events since 2", again.marked(), "[2: 2 synced 3: nothing]")
		for _, w := range []*watcher{w, since, again} {
			synced := 0
			for _, event := range w.events {
				if event.Synced {
					synced++
				}
			}
			wantText(t, "synced events", synced, 1)
		}
	})
}

// TestProgressIsMarkedWhenNothingHasChanged up to a revision, and after each event
// only when it is due again.
func TestProgressIsMarkedWhenNothingHasChanged(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		w := watch(t.Context(), node, tree.Subtree(path("n")), append(options, cluster.Progress(time.Second))...)
		time.Sleep(900 * time.Millisecond)
		setAll(t, node, 1)
		time.Sleep(900 * time.Millisecond)
		mustApply(t, node, cluster.Set(path("beside"), 1))
		time.Sleep(1200 * time.Millisecond)
		setAll(t, node, 2)
		wantText(t, "events", w.marked(), "[0: nothing synced 1: 1 2: 1 progress 2: 1 progress 3: 2]")
		wantText(t, "changes after marks", differences(w.events[4]), "[n:1->2]")
		wantText(t, "changes of a mark", differences(w.events[3]), "[]")
	})
}

// TestProgressIsMarkedAmongWritesThatChangeNoResult, although the node has to look
// at the query for each of them.
func TestProgressIsMarkedAmongWritesThatChangeNoResult(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		mustApply(t, node, cluster.Set(path("items", "a"), 0))
		keys := parseQuery(t, `{"items": {"_": "$key"}}`)
		w := watch(t.Context(), node, keys, append(options, cluster.Progress(time.Second))...)
		for i := range 9 {
			time.Sleep(300 * time.Millisecond)
			mustApply(t, node, cluster.Set(path("items", "a"), i+1))
		}
		time.Sleep(time.Second)
		const a = `{"items":["a"]}`
		want := fmt.Sprintf("[1: %s synced 4: %[1]s progress 7: %[1]s progress 10: %[1]s progress]", a)
		wantText(t, "events", w.marked(), want)
	})
}

func TestWatchTellsWhatHasChangedTheResult(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		w := watch(t.Context(), node, tree.Subtree(path("a")), options...)
		for _, ops := range [][]cluster.Op{
			{cluster.Set(path("a", "kept"), 1)},
			{cluster.Set(path("a", "leased"), 1), cluster.Expire(cluster.Written, time.Second), cluster.KeepWhile(path("a", "kept"), path("a", "leased"))},
			{cluster.Set(path("beside"), 1)},
			{cluster.Set(path("keeper"), 1)},
			{cluster.Set(path("a", "other"), 1), cluster.KeepWhile(path("a", "other"), path("keeper"))},
		} {
			mustApply(t, node, ops...)
			synctest.Wait()
		}
		time.Sleep(2 * time.Second) // the lease ends
		mustApply(t, node, cluster.Remove(path("keeper")))
		synctest.Wait()
		var reasons []string
		for _, event := range w.events {
			reasons = append(reasons, "["+event.Reasons.String()+"]")
		}
		wantText(t, "reasons", reasons, "[[] [write] [transaction] [transaction] [lease, keeper] [keeper, write]]")
	})
}

// TestSessionThatEndsIsTheReason on the other nodes.
func TestSessionThatEndsIsTheReason(t *testing.T) {
	for name, options := range modes {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				gone, leader := v.follower(), v.nodes[v.leader()]
				mustApply(t, v.nodes[gone], cluster.Set(path("a"), 1), cluster.Ephemeral(cluster.Written, time.Second))
				w := watch(t.Context(), leader, tree.Subtree(path("a")), options...)
				v.net.Isolate(gone)
				time.Sleep(5 * time.Second)
				v.net.HealAll()
				wantText(t, "events", w.marked(), "[1: 1 synced 2: nothing]")
				last := w.events[1]
				if last.Reasons != cluster.Reasons(0).With(cluster.ReasonSession) || len(last.Expelled) != 1 || last.Expelled[0].Revision != 2 {
					t.Errorf("the last event is %+v", last)
				}
			})
		})
	}
}

// TestExpelledItemThatHasComeBackIsTold: the result is the one before when the
// reader looks, but an item has gone and another one come.
func TestExpelledItemThatHasComeBackIsTold(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		item := path("items", "a")
		counted := parseQuery(t, `{"items": {"_": "$count"}}`)
		leaves := cluster.OnLeave(item, cluster.Set(path("items", "b"), 1))
		mustApply(t, node, cluster.Set(item, 1), cluster.Expire(cluster.Written, time.Second), leaves)
		w := watch(t.Context(), node, counted, options...)
		time.Sleep(2 * time.Second)
		mustApply(t, node, cluster.Set(path("items", "c"), 1))
		wantText(t, "events", w.marked(), `[1: {"items":1} synced 3: {"items":2}]`)
		last := w.events[len(w.events)-1]
		if len(last.Expelled) != 1 || !last.Expelled[0].Path.Equal(item) || last.Expelled[0].Revision != 2 {
			t.Errorf("the last event tells of %v", last.Expelled)
		}
	})
}

// TestSlowReaderThatSeesTheOldResultAgainIsToldOfWhatWasExpelled meanwhile, with
// its next event.
func TestSlowReaderThatSeesTheOldResultAgainIsToldOfWhatWasExpelled(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		mustApply(t, node, cluster.Set(path("n"), 1), cluster.Expire(cluster.Written, time.Second))
		var told []cluster.Expelled
		var writer sync.WaitGroup
		events := 0
		for event, err := range node.Watch(within(t, time.Minute), tree.Subtree(path("n"))) {
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, event.Expelled...)
			if events++; events == 2 {
				wantText(t, "the second event", result(event), "4: 2")
				break
			}
			time.Sleep(2 * time.Second) // the lease ends
			mustApply(t, node, cluster.Set(path("n"), 1))
			writer.Go(func() {
				time.Sleep(time.Second) // the reader has looked
				mustApply(t, node, cluster.Set(path("n"), 2))
			})
		}
		writer.Wait() // for the answer, which may come after the event
		if len(told) != 1 || told[0].Revision != 2 {
			t.Errorf("told of %v", told)
		}
	})
}

// TestSlowReaderOfTheLatestIsToldTheWholeDifference from what it saw last.
func TestSlowReaderOfTheLatestIsToldTheWholeDifference(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		mustApply(t, node, cluster.Set(nil, map[string]any{"a": 1, "b": 1, "c": 1}))
		slow := pull(t, node, tree.Subtree(nil))
		slow.event()
		mustApply(t, node, cluster.Set(path("a"), 2))
		mustApply(t, node, cluster.Set(path("b"), 2), cluster.Remove(path("c")))
		mustApply(t, node, cluster.Set(path("b"), 1), cluster.Set(path("d"), 1))
		event := slow.event()
		wantText(t, "the event", result(event), `4: {"a":2,"b":1,"d":1}`)
		wantText(t, "its changes", differences(event), "[a:1->2 c:1-> d:->1]")
	})
}

// TestChangesTellOfAnItemThatHasTakenThePlaceOfAnEqualOne: that alone is no other
// result, so the next event tells of it.
func TestChangesTellOfAnItemThatHasTakenThePlaceOfAnEqualOne(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		mustApply(t, node, cluster.Set(path("items", "a", "n"), 1))
		w := watch(t.Context(), node, parseQuery(t, `{"items": {"_": 1}}`), options...)
		mustApply(t, node, cluster.Remove(path("items", "a")), cluster.Set(path("items", "b", "n"), 1))
		synctest.Wait()
		mustApply(t, node, cluster.Set(path("items", "b", "n"), 2))
		wantText(t, "events", w.marked(), `[1: {"items":[{"n":1}]} synced 3: {"items":[{"n":2}]}]`)
		wantText(t, "changes", differences(w.events[1]), `[items.a:{"n":1}-> items.b:->{"n":2}]`)
	})
}

// TestOfManyExpelledASlowReaderIsToldTheLastOnes, where a reader of every change is
// told of all.
func TestOfManyExpelledASlowReaderIsToldTheLastOnes(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		const many = 5000
		node, items := v.nodes[v.leader()], path("items")
		mustApply(t, node, cluster.Set(path("keeper"), 1))
		for i := 0; i < many; i += 100 {
			var ops []cluster.Op
			for j := i; j < i+100; j++ {
				item := items.Child(fmt.Sprint(j))
				ops = append(ops, cluster.Set(item, 1), cluster.KeepWhile(item, path("keeper")))
			}
			mustApply(t, node, ops...)
		}
		slow, every := pull(t, node, tree.Subtree(items)), watch(t.Context(), node, tree.Subtree(items), cluster.EveryChange())
		slow.event()
		mustApply(t, node, cluster.Remove(path("keeper")))
		time.Sleep(10 * time.Second) // they go one part after the other
		synctest.Wait()
		event, last := slow.event(), every.events[len(every.events)-1]
		if event.Value.Len() > 0 || len(event.Expelled) != 4096 {
			t.Errorf("%d items are left, %d are named as expelled", event.Value.Len(), len(event.Expelled))
		}
		wantText(t, "the last to go", event.Expelled[4095], last.Expelled[len(last.Expelled)-1])
		all := 0
		for _, event := range every.events {
			all += len(event.Expelled)
		}
		wantText(t, "expelled in all changes", all, many)
	})
}
