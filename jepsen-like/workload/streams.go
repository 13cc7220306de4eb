package workload

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
)

// Nodes is what a Follower reads from.
type Nodes interface {
	// Watch opens a watch on a node, to go on from a revision, or anew from 0.
	Watch(ctx context.Context, node string, parameters url.Values, since uint64) (*client.Stream, error)
	// Query asks a node for the result of now.
	Query(ctx context.Context, node string, parameters url.Values) (client.Event, error)
}

// Follower is a workload with readers of its own, beside the operations of the
// clients. They record what they are told.
type Follower interface {
	// Follow reads until ctx ends.
	Follow(ctx context.Context, random *rand.Rand, nodes Nodes, record *history.Recorder)
	// CatchUp reads what is left when nothing changes any more. It waits until that
	// is done, or ctx ends.
	CatchUp(ctx context.Context, nodes Nodes, record *history.Recorder)
}

const (
	// stayLeast and stayMost bound how long a stream stays with a node.
	stayLeast, stayMost = 200 * time.Millisecond, 3 * time.Second
	// slowness is the most that a slow reader waits before it reads on.
	slowness = 100 * time.Millisecond
	// watchAgain is the pause after a node did not serve a watch.
	watchAgain = 50 * time.Millisecond
)

// stream is one follower of a query, on whatever nodes it reads.
type stream struct {
	name string
	// parameters are those of the watch.
	parameters url.Values
	slow       bool
	watch      checker.Watch
	// since is the revision of the last event; 0: the stream begins anew.
	since uint64
}

// newStreams returns the streams: of one item, of all of them, of those that meet a
// condition, and of their number.
func newStreams() []*stream {
	one := url.Values{"path": {watchedParent + ".w0-0"}}
	all := url.Values{"path": {watchedParent}}
	on := url.Values{"path": {watchedParent}, "query": {`{"_":{"on":1},"where":{"on":{">":0}},"keyed":true}`}}
	number := url.Values{"path": {watchedParent}, "query": {`{"_":"$count"}`}}
	return []*stream{
		newStream("one-every", one, "every", checker.Watch{Every: true, Result: firstOf}),
		newStream("all-every", all, "every", checker.Watch{Every: true, Whole: true, Result: allOf}),
		newStream("all-strict", all, "end-when-slow", checker.Watch{Every: true, Strict: true, Whole: true, Result: allOf}),
		newStream("all-every-slow", all, "every", checker.Watch{Every: true, Whole: true, Result: allOf}),
		newStream("all-latest-slow", all, "", checker.Watch{Result: allOf}),
		newStream("on-every", on, "every", checker.Watch{Every: true, Result: onOf}),
		newStream("on-latest", on, "", checker.Watch{Result: onOf}),
		newStream("number-every", number, "every", checker.Watch{Every: true, Result: numberOf}),
	}
}

func newStream(name string, parameters url.Values, mode string, watch checker.Watch) *stream {
	s := &stream{name: name, parameters: url.Values{}, slow: strings.HasSuffix(name, "slow"), watch: watch}
	for key, values := range parameters {
		s.parameters[key] = values
	}
	if mode != "" {
		s.parameters.Set(mode, "true")
	}
	return s
}

// The results of the queries, as the items are. Before the first item there is
// nothing.

func firstOf(items map[string]any) any { return items["w0-0"] }

func allOf(items map[string]any) any {
	if items == nil {
		return nil
	}
	return items
}

func onOf(items map[string]any) any {
	if items == nil {
		return nil
	}
	on := map[string]any{}
	for key, item := range items {
		if fields, ok := item.(map[string]any); ok && fields[fieldOn] != nil {
			on[key] = item
		}
	}
	return on
}

func numberOf(items map[string]any) any {
	if items == nil {
		return nil
	}
	return float64(len(items))
}

// Follow lets all streams read until ctx ends.
func (w *Watches) Follow(ctx context.Context, random *rand.Rand, nodes Nodes, record *history.Recorder) {
	var readers sync.WaitGroup
	for _, s := range w.streams {
		own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		readers.Go(func() {
			for ctx.Err() == nil {
				s.visit(ctx, own, w.nodes[own.IntN(len(w.nodes))], nodes, record)
			}
		})
	}
	readers.Wait()
}

// visit reads on a node for a while.
func (s *stream) visit(ctx context.Context, random *rand.Rand, node string, nodes Nodes, record *history.Recorder) {
	staying, leave := context.WithTimeout(ctx, stayLeast+time.Duration(random.Int64N(int64(stayMost-stayLeast))))
	defer leave()
	served := s.read(staying, node, nodes, record, func(client.Event) bool {
		if s.slow {
			pause(staying, time.Duration(random.Int64N(int64(slowness))))
		}
		return true
	})
	if !served {
		pause(ctx, watchAgain)
	}
}

// read opens the watch on a node, and records what it tells for as long as more
// says, and ctx does not end. It reports whether the node served it.
func (s *stream) read(ctx context.Context, node string, nodes Nodes, record *history.Recorder, more func(client.Event) bool) bool {
	record.Open(node, s.name, s.since)
	watch, err := nodes.Watch(ctx, node, s.parameters, s.since)
	if errors.Is(err, client.ErrForgotten) {
		s.since = 0
	}
	if err != nil {
		return false
	}
	defer watch.Close()
	for {
		event, err := watch.Next()
		if err != nil {
			return true
		}
		if event.Name == client.ErrorEvent {
			s.since = 0
			return true
		}
		s.since = event.Revision
		record.Tell(history.Told, node, event.Revision, s.telling(event))
		if !more(event) {
			return true
		}
	}
}

// telling returns what an event says.
func (s *stream) telling(event client.Event) history.Telling {
	told := history.Telling{Stream: s.name, Synced: event.Synced || event.Name == client.SyncedEvent, Reset: event.Reset}
	if event.Name == "" {
		told.Result, told.Nothing = string(event.Result), !event.Exists
	}
	return told
}

// pause waits, but no longer than ctx.
func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}

// CatchUp lets each stream read on one node until it has all, and asks another for
// the result.
func (w *Watches) CatchUp(ctx context.Context, nodes Nodes, record *history.Recorder) {
	var readers sync.WaitGroup
	for i, s := range w.streams {
		readers.Go(func() {
			s.finish(ctx, w.nodes[i%len(w.nodes)], nodes, record)
			s.ask(ctx, w.nodes[(i+1)%len(w.nodes)], nodes, record)
		})
	}
	readers.Wait()
}

// finish reads until all is told.
func (s *stream) finish(ctx context.Context, node string, nodes Nodes, record *history.Recorder) {
	synced := false
	for !synced && ctx.Err() == nil {
		served := s.read(ctx, node, nodes, record, func(event client.Event) bool {
			synced = s.telling(event).Synced
			return !synced
		})
		if !served {
			pause(ctx, watchAgain)
		}
	}
}

// ask records the result of a query.
func (s *stream) ask(ctx context.Context, node string, nodes Nodes, record *history.Recorder) {
	event, err := nodes.Query(ctx, node, s.parameters)
	if err != nil {
		return
	}
	record.Tell(history.Asked, node, event.Revision, s.telling(event))
}
