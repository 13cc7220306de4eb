package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// itemsWatched are so few that most writes concern most streams.
	itemsWatched = 8
	// watchedUnknown says when an item is given up for a fresh one: before its
	// history is ambiguous.
	watchedUnknown    = 3
	watchedParent     = "watched"
	fieldOn, fieldOff = "on", "off"
)

// Watches writes to a few items that are watched all the while, by streams that go
// from node to node. Make one with NewWatches.
type Watches struct {
	nodes []string
	mu    struct {
		sync.Mutex
		items [itemsWatched]watchedItem
		// given are the items that were given up and not removed yet: each stays in
		// every result that is told later.
		given []string
	}
	streams []*stream
}

// watchedItem is the item in one place.
type watchedItem struct {
	// generation is in the item's name; unknown counts its writes of unknown
	// outcome.
	generation, unknown int
}

// NewWatches returns the workload. nodes are all ids.
func NewWatches(nodes []string) *Watches {
	return &Watches{nodes: nodes, streams: newStreams()}
}

// Name returns "watches".
func (w *Watches) Name() string { return "watches" }

// Needs returns the refusals of the writes that find an item, or none.
func (w *Watches) Needs() []string { return []string{history.Exists, history.NotFound} }

// Next draws a write of one of the items, after the removal of those that were given
// up.
func (w *Watches) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.mu.given) - 1; last >= 0 {
		item := w.mu.given[last]
		w.mu.given = w.mu.given[:last]
		return history.Request{Workload: w.Name(), Node: node, Item: item, Function: history.Remove}
	}
	place := random.IntN(itemsWatched)
	functions := []history.Function{history.Insert, history.Put, history.Put, history.Update, history.Update, history.Remove}
	request := history.Request{
		Workload: w.Name(), Node: node, Item: w.nameLocked(place),
		Function: functions[random.IntN(len(functions))], Field: fieldOn,
	}
	if place%2 == 1 {
		request.Field = fieldOff
	}
	return request
}

func (w *Watches) nameLocked(place int) string {
	return fmt.Sprintf("%s/w%d-%d", watchedParent, place, w.mu.items[place].generation)
}

// Run performs the write, and gives the item up if too little is known of it.
func (w *Watches) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	if kind == history.Info {
		w.doubt(request.Item)
	}
	return kind, answer
}

func (w *Watches) doubt(item string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for place := range w.mu.items {
		at := &w.mu.items[place]
		if w.nameLocked(place) != item {
			continue
		}
		if at.unknown++; at.unknown == watchedUnknown {
			w.mu.given = append(w.mu.given, item)
			*at = watchedItem{generation: at.generation + 1}
		}
		return
	}
}

// Check judges the items as those of any other workload.
func (w *Watches) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Items(calls, dumps)
}

// Judge judges what the streams were told.
func (w *Watches) Judge(events []history.Event, _, own []history.Call) []checker.Finding {
	watches := map[string]checker.Watch{}
	for _, s := range w.streams {
		watches[s.name] = s.watch
	}
	return checker.Watches(watchedParent, events, own, watches)
}
