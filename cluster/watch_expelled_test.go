package cluster_test

import (
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestWhatWentAndCameBackIsToldOnce, with the next event or mark of progress: an item whose lease ends is made anew
// in the same change, so that the result stays. The reader looks meanwhile.
func TestWhatWentAndCameBackIsToldOnce(t *testing.T) {
	for name, options := range map[string][]cluster.WatchOption{
		"latest":       {cluster.Progress(100 * time.Millisecond)},
		"every change": {cluster.Progress(100 * time.Millisecond), cluster.EveryChange()},
	} {
		inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
			node, leased := v.nodes[v.leader()], path("items", "leased")
			w := watch(t.Context(), node, tree.Subtree(path("items")), options...)
			again := cluster.OnLeave(leased, cluster.Insert(leased, 1))
			if _, err := node.Apply(within(t, time.Minute), cluster.Insert(leased, 1), cluster.Expire(leased, time.Second), again); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if _, err := node.Set(within(t, time.Minute), path("items", "other"), 1); err != nil {
				t.Fatal(err)
			}
			w.results()
			var expelled []cluster.Expelled
			for _, event := range w.events {
				expelled = append(expelled, event.Expelled...)
			}
			if len(expelled) != 1 || !expelled[0].Path.Equal(leased) {
				t.Errorf("%s: the events say %v", name, expelled)
			}
			if last := w.events[len(w.events)-1]; last.Reasons.String() != "write" {
				t.Errorf("%s: the last event says %v", name, last.Reasons)
			}
		})
	}
}

// TestReasonsAreThoseOfChangesThatTheQuerySees, and not of others at its path.
func TestReasonsAreThoseOfChangesThatTheQuerySees(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		mustApply(t, node, cluster.Set(path("items", "a"), 1))
		w := watch(t.Context(), node, parseQuery(t, `{"items":{"_":"$key"}}`))
		mustApply(t, node, cluster.Set(path("items", "a"), 2), cluster.Set(path("beside"), 1)) // no key changes
		w.results()
		mustApply(t, node, cluster.Set(path("items", "b"), 1))
		w.results()
		if last := w.events[len(w.events)-1]; len(w.events) != 2 || last.Reasons.String() != "write" {
			t.Errorf("%d events, the last one for %v", len(w.events), last.Reasons)
		}
	})
}
