package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestWatchGoesOnOnAnotherNodeWithoutGapOrDouble leaves a node at each change in
// turn, and goes on on the next one while writes go on.
func TestWatchGoesOnOnAnotherNodeWithoutGapOrDouble(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		const writes = 30
		writer := v.nodes[v.leader()]
		var writing sync.WaitGroup
		writing.Go(func() {
			for i := range writes {
				if _, err := writer.Set(context.Background(), path("n"), i); err != nil {
					t.Error(err)
				}
				writer.Set(context.Background(), path("beside"), i)
				time.Sleep(time.Duration(i%3) * time.Millisecond)
			}
		})
		var seen []string
		last := uint64(0)
		for hop := 0; len(seen) < writes; hop++ {
			node := v.nodes[v.peers[hop%3].ID]
			taken := 0
			for event, err := range node.Watch(within(t, time.Minute), tree.Subtree(path("n")), cluster.EveryChange(), cluster.Since(last)) {
				if err != nil || event.Reset {
					t.Fatalf("after revision %d: %v, %v", last, result(event), err)
				}
				if last = event.Revision; len(event.Changes()) > 0 {
					seen = append(seen, result(event))
				}
				if taken++; taken > hop%4 || len(seen) == writes {
					break
				}
			}
		}
		writing.Wait() // for the answers, which may come after the events
		for i, got := range seen {
			wantText(t, "the next change", got, fmt.Sprintf("%d: %d", 2*i+1, i))
		}
	})
}

func TestWatchSinceARevisionYieldsWhatFollowed(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node, n := v.nodes[v.leader()], tree.Subtree(path("n"))
		setAll(t, node, "a", "b", "c", "b")
		mustApply(t, node, cluster.Set(path("beside"), 1)) // 5
		for _, test := range []struct {
			since   uint64
			every   bool
			want    string
			changes string
		}{
			{0, true, `[1: "a" 2: "b" 3: "c" 4: "b" 5: "b" synced]`, `[[n:->"a"] [n:"a"->"b"] [n:"b"->"c"] [n:"c"->"b"] []]`},
			{2, true, `[3: "c" 4: "b" 5: "b" synced]`, `[[n:"b"->"c"] [n:"c"->"b"] []]`},
			{4, true, `[5: "b" synced]`, `[[]]`},
			{5, true, `[5: "b" synced]`, `[[]]`},
			{0, false, `[5: "b" synced]`, `[[n:->"b"]]`},
			{2, false, `[5: "b" synced]`, `[[]]`},
			{3, false, `[5: "b" synced]`, `[[n:"c"->"b"]]`},
			{5, false, `[5: "b" synced]`, `[[]]`},
		} {
			options := []cluster.WatchOption{cluster.Since(test.since)}
			if test.every {
				options = append(options, cluster.EveryChange())
			}
			ctx, cancel := context.WithCancel(t.Context())
			w := watch(ctx, node, n, options...)
			wantText(t, fmt.Sprintf("since %d, every %v", test.since, test.every), w.marked(), test.want)
			var changes [][]string
			for _, event := range w.events {
				changes = append(changes, differences(event))
			}
			wantText(t, fmt.Sprintf("changes since %d, every %v", test.since, test.every), changes, test.changes)
			cancel()
			<-w.done
		}
	})
}

func TestWatchSinceARevisionOfTheFutureWaits(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node, n := v.nodes[v.leader()], tree.Subtree(path("n"))
		ctx, cancel := context.WithCancelCause(t.Context())
		every, latest := watch(ctx, node, n, cluster.Since(3), cluster.EveryChange()), watch(ctx, node, n, cluster.Since(3))
		never := watch(ctx, node, n, cluster.Since(1000))
		setAll(t, node, 1, 2)
		if len(every.results())+len(latest.results()) > 0 {
			t.Errorf("at revision 2, since 3: %v, %v", every.results(), latest.results())
		}
		setAll(t, node, 3, 4)
		wantText(t, "every change", withoutMarks(every), "[4: 4]")
		wantText(t, "the latest", latest.results()[len(latest.events)-1], "4: 4")
		cause := errors.New("enough")
		cancel(cause)
		if <-never.done; !errors.Is(never.err, cause) || len(never.events) > 0 {
			t.Errorf("a revision that never came: %v, %v", never.results(), never.err)
		}
	})
}

// withoutMarks returns the results of the events that tell a change.
func withoutMarks(w *watcher) (results []string) {
	for i, text := range w.results() {
		if len(w.events[i].Changes()) > 0 {
			results = append(results, text)
		}
	}
	return results
}

func TestWatchSinceARevisionBeforeTheRingIsReset(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node, n := v.nodes[v.leader()], tree.Subtree(path("n"))
		setAll(t, node, 1, 2)
		overflow(t, node)
		every := watch(t.Context(), node, n, cluster.Since(1), cluster.EveryChange())
		latest := watch(t.Context(), node, n, cluster.Since(1))
		strict := watch(t.Context(), node, n, cluster.Since(1), cluster.EndWhenSlow())
		setAll(t, node, 3)
		for _, w := range []*watcher{every, latest} {
			wantText(t, "events", w.marked(), "[22: 2 synced reset 23: 3]")
			wantText(t, "changes of the first", w.events[0].Changes(), "[]")
			wantText(t, "changes of the second", differences(w.events[1]), "[n:2->3]")
		}
		if <-strict.done; !errors.Is(strict.err, cluster.ErrSlow) || len(strict.events) > 0 {
			t.Errorf("a watch that must miss nothing: %v, %v", strict.marked(), strict.err)
		}
	})
}

// TestWatchGoesOnAfterARestart: the log that is replayed fills the ring again.
func TestWatchGoesOnAfterARestart(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		setAll(t, v.nodes[id], 1, 2, 3)
		v.stop(id)
		setAll(t, v.nodes[v.leader()], 4, 5)
		w := watch(t.Context(), v.start(id), tree.Subtree(path("n")), cluster.EveryChange(), cluster.Since(2))
		v.converged()
		wantText(t, "since 2", withoutMarks(w), "[3: 3 4: 4 5: 5]")
		for _, event := range w.events {
			if event.Reset {
				t.Errorf("reset at %s", result(event))
			}
		}
	})
}

// TestWatchSinceARevisionBeforeTheSnapshotOfARestartIsReset, and one since it is not.
func TestWatchSinceARevisionBeforeTheSnapshotOfARestartIsReset(t *testing.T) {
	inVirtualTime(t, 3, cutOften, func(t *testing.T, v *virtual) {
		id := v.follower()
		setAll(t, v.nodes[id], 1, 2, 3)
		time.Sleep(10 * time.Second) // snapshots are taken, the logs are cut
		v.stop(id)
		node, n := v.start(id), tree.Subtree(path("n"))
		before := watch(t.Context(), node, n, cluster.EveryChange(), cluster.Since(1))
		since := watch(t.Context(), node, n, cluster.EveryChange(), cluster.Since(3))
		setAll(t, v.nodes[v.leader()], 4)
		v.converged()
		synctest.Wait()
		wantText(t, "before the snapshot", before.marked(), "[3: 3 synced reset 4: 4]")
		wantText(t, "since it", since.marked(), "[3: 3 synced 4: 4]")
	})
}
