package cluster_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"weak"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestThousandWatchesOfAQueryShareItsEvaluation: all have one result, out of which
// the value is made once.
func TestThousandWatchesOfAQueryShareItsEvaluation(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		var all []*watcher
		for range 1000 {
			all = append(all, watch(t.Context(), node, parseQuery(t, `{"items": {"_": 1, "where": {"on": true}}}`)))
		}
		for i := range 3 {
			mustApply(t, node, cluster.Set(path("items", fmt.Sprint(i)), map[string]any{"on": true}))
			synctest.Wait()
		}
		if queries, _, _ := node.Watched(); queries != 1 {
			t.Errorf("%d queries are evaluated", queries)
		}
		for _, w := range all {
			for i, event := range w.events {
				if event.Result() != all[0].events[i].Result() {
					t.Fatalf("event %d was evaluated twice", i)
				}
			}
			wantText(t, "events", len(w.events), 4)
		}
	})
}

func TestWatchThatEndsLeavesNothingBehind(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 100 {
			query := parseQuery(t, fmt.Sprintf(`{"items": {"%d": 1, "#": {"n": 1}}}`, i%50))
			watch(ctx, node, query)
			watch(ctx, node, query, cluster.EveryChange())
		}
		if queries, matched, kept := node.Watched(); queries != 50 || matched < 50 || !kept {
			t.Errorf("while they run: %d queries, %d of them are looked at, %v", queries, matched, kept)
		}
		cancel()
		synctest.Wait()
		for range node.Watch(t.Context(), tree.Subtree(nil)) {
			break // by its reader
		}
		if queries, matched, kept := node.Watched(); queries+matched > 0 || kept {
			t.Errorf("after their ends: %d queries, %d of them are looked at, %v", queries, matched, kept)
		}
	})
}

// TestIdleWatchKeepsNoOldTree, of whatever revision, when the ring has lost it.
func TestIdleWatchKeepsNoOldTree(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		setAll(t, node, 1)
		events := 0
		go func() {
			for range node.Watch(t.Context(), tree.Subtree(path("n")), options...) {
				events++
			}
		}()
		synctest.Wait()
		var old []weak.Pointer[tree.Tree]
		for i := range 5 {
			old = append(old, weak.Make(node.Tree()))
			setAll(t, node, i+2)
			synctest.Wait()
		}
		overflow(t, node)
		synctest.Wait()
		runtime.GC()
		for i, tree := range old {
			if tree.Value() != nil {
				t.Errorf("the tree of revision %d is kept", i+1)
			}
		}
		wantText(t, "events", events, 6)
	})
}

// TestIdleWatchKeepsNoOldResult when its query was concerned, and its result stayed
// the same.
func TestIdleWatchKeepsNoOldResult(t *testing.T) {
	inEachMode(t, func(t *testing.T, node *cluster.Node, options []cluster.WatchOption) {
		mustApply(t, node, cluster.Set(path("items", "a"), 1))
		var first weak.Pointer[tree.Result]
		go func() {
			for event := range node.Watch(t.Context(), parseQuery(t, `{"items": {"_": "$key"}}`), options...) {
				first = weak.Make(event.Result())
			}
		}()
		synctest.Wait()
		mustApply(t, node, cluster.Set(path("items", "a"), 2))
		synctest.Wait()
		runtime.GC()
		if first.Value() != nil {
			t.Error("the result of the first event is kept, with the items that it was made of")
		}
	})
}
