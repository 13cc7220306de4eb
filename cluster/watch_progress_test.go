package cluster_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
)

// TestProgressIsToldBesideWritesThatChangeNothing of the result, though they are
// made where the query reads, and more often than progress is asked for.
func TestProgressIsToldBesideWritesThatChangeNothing(t *testing.T) {
	for name, options := range map[string][]cluster.WatchOption{
		"latest":       {cluster.Progress(time.Second)},
		"every change": {cluster.Progress(time.Second), cluster.EveryChange()},
	} {
		inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
			node := v.nodes[v.leader()]
			if _, err := node.Set(within(t, time.Minute), path("jobs", "a", "n"), -1); err != nil {
				t.Fatal(err)
			}
			ctx := within(t, 10500*time.Millisecond)
			var counter sync.WaitGroup
			counter.Go(func() { count(ctx, node) })
			var marks []uint64
			for event, err := range node.Watch(ctx, parseQuery(t, `{"jobs": {"_": "$key"}}`), options...) {
				if err == nil && event.Progress {
					marks = append(marks, event.Revision)
				}
			}
			counter.Wait()
			if len(marks) != 10 {
				t.Fatalf("%s: %d marks in ten seconds: %v", name, len(marks), marks)
			}
			for i, revision := range marks {
				if written := uint64(10 * (i + 1)); revision < written || revision > written+2 {
					t.Errorf("%s: after %d s the mark is of revision %d", name, i+1, revision)
				}
			}
		})
	}
}

// count sets a number ten times in a second.
func count(ctx context.Context, node *cluster.Node) {
	for i := 0; ctx.Err() == nil; i++ {
		_, _ = node.Set(ctx, path("jobs", "a", "n"), i)
		time.Sleep(100 * time.Millisecond)
	}
}
