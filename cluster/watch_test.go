package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// watcher collects the events of one watch.
type watcher struct {
	events []cluster.Event
	err    error
	done   chan struct{}
}

func watch(ctx context.Context, node *cluster.Node, query tree.Query, options ...cluster.WatchOption) *watcher {
	w := &watcher{done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for event, err := range node.Watch(ctx, query, options...) {
			if err != nil {
				w.err = err
				return
			}
			w.events = append(w.events, event)
		}
	}()
	synctest.Wait()
	return w
}

// results waits until nothing moves, and returns the events as text.
func (w *watcher) results() []string {
	synctest.Wait()
	var results []string
	for _, event := range w.events {
		results = append(results, result(event))
	}
	return results
}

func result(event cluster.Event) string {
	text := "nothing"
	if event.Exists {
		text = event.Value.String()
	}
	return fmt.Sprintf("%d: %s", event.Revision, text)
}

// marked is results, with the marks of each event.
func (w *watcher) marked() []string {
	results := w.results()
	for i, event := range w.events {
		results[i] += marks(event)
	}
	return results
}

func marks(event cluster.Event) (marks string) {
	if event.Synced {
		marks += " synced"
	}
	if event.Reset {
		marks += " reset"
	}
	if event.Progress {
		marks += " progress"
	}
	return marks
}

// puller is a watch whose reader takes one event when it wants one.
type puller struct {
	t    *testing.T
	next func() (cluster.Event, error, bool)
}

func pull(t *testing.T, node *cluster.Node, query tree.Query, options ...cluster.WatchOption) *puller {
	next, stop := iter.Pull2(node.Watch(t.Context(), query, options...))
	t.Cleanup(stop)
	return &puller{t, next}
}

// event returns the next event.
func (p *puller) event() cluster.Event {
	p.t.Helper()
	event, err, ok := p.next()
	if err != nil || !ok {
		p.t.Fatalf("no event: %v", err)
	}
	return event
}

// wants demands the next event, with its marks.
func (p *puller) wants(want string) {
	p.t.Helper()
	event := p.event()
	if got := result(event) + marks(event); got != want {
		p.t.Errorf("the next event is %q, want %q", got, want)
	}
}

func parseQuery(t *testing.T, text string) tree.Query {
	t.Helper()
	query, err := tree.ParseQuery([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return query
}

func TestWatchFiresExactlyWhenTheResultChanges(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		writer, reader := v.nodes[v.leader()], v.nodes[v.follower()]
		keys := watch(t.Context(), reader, parseQuery(t, `{"items": {"_": "$key"}}`))
		subtree := watch(t.Context(), reader, tree.Subtree(path("items", "b")))
		steps := []cluster.Op{
			cluster.Set(path("items", "b"), map[string]any{"n": 1}), // 1
			cluster.Set(path("beside"), "unrelated"),                // 2
			cluster.Set(path("items", "a"), 1),                      // 3
			cluster.Set(path("items", "a"), 2),                      // 4: no key changes
			cluster.Set(path("items", "b", "n"), 2),                 // 5
			cluster.Set(path("items", "b", "n"), 2),                 // no change at all
			cluster.Remove(path("items", "b")),                      // 6
		}
		for _, step := range steps {
			if _, err := writer.Apply(within(t, time.Minute), step); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		wantKeys := `[0: {} 1: {"items":["b"]} 3: {"items":["a","b"]} 6: {"items":["a"]}]`
		if got := fmt.Sprint(keys.results()); got != wantKeys {
			t.Errorf("keys: %s, want %s", got, wantKeys)
		}
		wantSubtree := `[0: nothing 1: {"n":1} 5: {"n":2} 6: nothing]`
		if got := fmt.Sprint(subtree.results()); got != wantSubtree {
			t.Errorf("subtree: %s, want %s", got, wantSubtree)
		}
	})
}

func TestSlowWatcherGetsTheLatestResult(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		var seen []int64
		for event, err := range node.Watch(t.Context(), tree.Subtree(path("n"))) {
			if err != nil {
				t.Fatal(err)
			}
			if event.Exists {
				seen = append(seen, event.Value.Int())
			}
			if len(seen) == 2 {
				break
			}
			for i := range 10 { // ten changes while the reader is busy with one
				if _, err := node.Set(within(t, time.Minute), path("n"), 10*(len(seen)+1)+i); err != nil {
					t.Fatal(err)
				}
			}
		}
		if fmt.Sprint(seen) != "[19 29]" {
			t.Errorf("a slow reader saw %v, want the last of each ten", seen)
		}
	})
}

func TestChangeThatIsTakenBackBeforeTheReaderLooksIsNone(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		if _, err := node.Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		w := watch(t.Context(), node, tree.Subtree(path("n")))
		all := watch(t.Context(), node, tree.Subtree(nil))
		_, err := node.Apply(within(t, time.Minute), cluster.Set(path("n"), 2), cluster.Set(path("n"), 1))
		if err != nil {
			t.Fatal(err)
		}
		// Here the item is a new one, with the same content.
		if _, err := node.Apply(within(t, time.Minute), cluster.Remove(path("n")), cluster.Insert(path("n"), 1)); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(w.results()); got != "[1: 1]" {
			t.Errorf("a write of a, b, a gave %s", got)
		}
		if got := fmt.Sprint(all.results()); got != `[1: {"n":1}]` {
			t.Errorf("a subtree in which an item was made anew gave %s", got)
		}
	})
}

func TestWatchEndsWithItsContextOrTheNode(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		byContext, byNode := watch(ctx, node, tree.Subtree(nil)), watch(t.Context(), node, tree.Subtree(nil))
		cancel(cause)
		<-byContext.done
		if !errors.Is(byContext.err, cause) {
			t.Errorf("the context's end: %v", byContext.err)
		}
		v.stop("a")
		<-byNode.done
		if !errors.Is(byNode.err, cluster.ErrClosed) {
			t.Errorf("the node's end: %v", byNode.err)
		}
	})
}

func TestWatchEndsWithItsContextWhileChangesKeepComing(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events := 0
		for _, err := range node.Watch(ctx, tree.Subtree(path("n"))) {
			if err != nil {
				break
			}
			events++
			cancel()
			if _, err := node.Set(within(t, time.Minute), path("n"), events); err != nil {
				t.Fatal(err)
			}
		}
		if events != 1 {
			t.Errorf("%d events, and the context ended with the first", events)
		}
	})
}

func TestWatchGoesOnAcrossALeaderChange(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		old, reader := v.leader(), v.nodes[v.follower()]
		w := watch(t.Context(), reader, tree.Subtree(path("n")))
		if _, err := reader.Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		v.net.Isolate(old)
		if _, err := reader.Set(within(t, time.Minute), path("n"), 2); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(w.results()); got != "[0: nothing 1: 1 2: 2]" {
			t.Errorf("events: %s", got)
		}
	})
}

// TestWatchesOfPathsThatReadAlikeAreApart: in text, what is no UTF-8 is the same as
// the sign that stands for it.
func TestWatchesOfPathsThatReadAlikeAreApart(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		invalid := watch(t.Context(), node, tree.Subtree(path("\xff")))
		valid := watch(t.Context(), node, tree.Subtree(path("\ufffd")))
		mustApply(t, node, cluster.Set(path("\ufffd"), 1))
		wantText(t, "the sign", valid.results(), "[0: nothing 1: 1]")
		wantText(t, "what is no UTF-8", invalid.results(), "[0: nothing]")
	})
}

// TestChangesNameTheItemsThatWereTold: the only element of an array comes from one item
// at first, and then an equal one from another, which is no change of the result.
func TestChangesNameTheItemsThatWereTold(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		query := parseQuery(t, `{"items":{"_":{"n":1},"where":{"on":true}}}`)
		on := func(key string, on bool) cluster.Op {
			return cluster.Set(path("items", key), map[string]any{"n": 1, "on": on})
		}
		apply := func(ops ...cluster.Op) {
			if _, err := node.Apply(within(t, time.Minute), ops...); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		apply(on("a", true), on("b", false))
		var inView []tree.Delta
		view := cluster.NewView(node, query, func(_ struct{}, e cluster.Event) struct{} {
			inView = e.Changes()
			return struct{}{}
		})
		defer view.Close()
		view.Get()
		w := watch(t.Context(), node, query, cluster.EveryChange())
		apply(on("a", false), on("b", true))
		view.Get()
		apply(on("b", false))
		view.Get()
		if len(w.events) != 2 {
			t.Fatalf("%d events", len(w.events))
		}
		want := `[{items.a {"n":1} true null false}]`
		if got := fmt.Sprint(w.events[1].Changes()); got != want || fmt.Sprint(inView) != want {
			t.Errorf("the watch told %s, the view %v, want %s", got, inView, want)
		}
	})
}
