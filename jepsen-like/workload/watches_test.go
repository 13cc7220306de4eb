package workload_test

import (
	"bytes"
	"context"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

// forgetful are nodes that have forgotten what they have told.
type forgetful struct{ workload.Nodes }

func (f forgetful) Watch(ctx context.Context, node string, parameters url.Values, since uint64) (*client.Stream, error) {
	if since > 0 && parameters.Has("end-when-slow") {
		return nil, client.ErrForgotten
	}
	return f.Nodes.Watch(ctx, node, parameters, since)
}

// watching runs the workload's streams on a stand-in beside some writes, and
// returns the history. The streams have come to their end, if need be on nodes that
// have forgotten what was before.
func watching(t *testing.T, forget bool) (*workload.Watches, []history.Event) {
	t.Helper()
	recorder := history.NewRecorder(new(bytes.Buffer))
	w := workload.NewWatches(nodes)
	c := fake.New(nodes, fake.None)
	clients := client.New(c.Addresses(), c)
	for _, id := range nodes {
		if err := c.Start(id); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		w.Follow(ctx, random(), clients, recorder)
	}()
	source := random()
	for i := range 600 {
		request := recorder.Invoke(0, w.Next(source, nodes[i%3]))
		kind, answer := w.Run(t.Context(), clients, request)
		recorder.Complete(0, request, kind, answer)
	}
	cancel()
	<-followed
	recorder.Settle()
	var last workload.Nodes = clients
	if forget {
		last = forgetful{clients}
	}
	w.CatchUp(t.Context(), last, recorder)
	return w, recorder.Events()
}

func TestWatchesFollowFromNodeToNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, events := watching(t, false)
		opened, told, on := map[string]int{}, map[string]int{}, map[string]map[string]bool{}
		for _, event := range events {
			switch event.Function {
			case history.Opened:
				opened[event.Stream]++
				if on[event.Stream] == nil {
					on[event.Stream] = map[string]bool{}
				}
				on[event.Stream][event.Node] = true
			case history.Told:
				told[event.Stream]++
			}
		}
		if len(opened) != 8 {
			t.Errorf("streams %v, want eight", opened)
		}
		for name, n := range opened {
			if n < 3 || len(on[name]) < 2 || told[name] < 10 {
				t.Errorf("stream %s was opened %d times on %d nodes, and was told %d times", name, n, len(on[name]), told[name])
			}
		}
		calls := history.Calls(events)
		if findings := w.Judge(events, calls, calls); len(findings) > 0 {
			t.Errorf("a correct cluster is reported: %v", findings[0])
		}
	})
}

// TestWatchesBeginAnewWhereTheyAreForgotten: all nodes may have been started anew, so
// that none remembers what a stream has not seen.
func TestWatchesBeginAnewWhereTheyAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, events := watching(t, true)
		calls := history.Calls(events)
		if findings := w.Judge(events, calls, calls); len(findings) > 0 {
			t.Errorf("a correct cluster is reported: %v", findings[0])
		}
	})
}

func TestWatchesEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workload.NewWatches(nodes)
		c := fake.New(nodes, fake.None)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		// No node is up.
		recorder := history.NewRecorder(new(bytes.Buffer))
		w.Follow(ctx, random(), client.New(c.Addresses(), c), recorder)
		w.CatchUp(ctx, client.New(c.Addresses(), c), recorder)
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v, want a second", took)
		}
	})
}

// TestWatchesGiveUpAnAmbiguousItem, and remove it: what is watched does not grow.
func TestWatchesGiveUpAnAmbiguousItem(t *testing.T) {
	w, source, used, last := workload.NewWatches(nodes), random(), map[string]int{}, map[string]history.Function{}
	for range 200 {
		request := w.Next(source, "a")
		used[request.Item]++
		last[request.Item] = request.Function
		w.Run(t.Context(), answers(loseAnswer), request)
	}
	left := 0
	for item, times := range used {
		switch {
		case times > 4:
			t.Errorf("%s is written %d times though each outcome is unknown", item, times)
		case times < 4:
			left++
		case last[item] != history.Remove:
			t.Errorf("the last write of %s, which is given up, is %s", item, last[item])
		}
	}
	if left > 8 {
		t.Errorf("%d items are there to be watched, want 8 at most", left)
	}
}
