package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// duplicateEvery is how many inserts there are to one deliberate duplicate.
	duplicateEvery = 10
	// rememberedInserts is how many acknowledged inserts are kept to be tried
	// again: enough that a duplicate meets items from before several faults.
	rememberedInserts = 1000
	// setSize is how many items one set has, and readSetEvery how many operations
	// there are to one read of the whole present set.
	setSize      = 300
	readSetEvery = 40
)

// Inserts makes unique items from all nodes, and sometimes tries to insert one
// that is there already. Make one with NewInserts.
type Inserts struct {
	mu struct {
		sync.Mutex
		// made counts the items drawn so far; it names the next one.
		made int
		// kept are the newest acknowledged items; acknowledged counts all.
		kept         []string
		acknowledged int
	}
}

// NewInserts returns the workload.
func NewInserts() *Inserts { return new(Inserts) }

// Name returns "inserts".
func (w *Inserts) Name() string { return "inserts" }

// Needs returns the refusal of a duplicate.
func (w *Inserts) Needs() []string { return []string{history.Exists} }

// Next draws a new item, or one that was acknowledged, or a read of all items that
// stand beside the newest.
func (w *Inserts) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	request := history.Request{Workload: w.Name(), Function: history.Insert, Node: node}
	if random.IntN(readSetEvery) == 0 {
		request.Function, request.Item, request.Linearizable = history.Get, w.setLocked(), true
		return request
	}
	if len(w.mu.kept) > 0 && random.IntN(duplicateEvery) == 0 {
		request.Item = w.mu.kept[random.IntN(len(w.mu.kept))]
		return request
	}
	request.Item = fmt.Sprintf("%s/s%d", w.setLocked(), w.mu.made)
	w.mu.made++
	return request
}

// setLocked returns the set that new items go to. None is large, so that reads are
// not either.
func (w *Inserts) setLocked() string { return fmt.Sprintf("set%d", w.mu.made/setSize) }

// Run performs the insert and remembers the item if it was acknowledged.
func (w *Inserts) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	if kind == history.OK && request.Function == history.Insert {
		w.keep(request.Item)
	}
	return kind, answer
}

// keep puts the item in the place of the oldest one once there are enough.
func (w *Inserts) keep(item string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mu.kept) < rememberedInserts {
		w.mu.kept = append(w.mu.kept, item)
	} else {
		w.mu.kept[w.mu.acknowledged%rememberedInserts] = item
	}
	w.mu.acknowledged++
}

// Check looks for lost, doubled and unwanted items, and for reads of whole sets
// that lack some.
func (w *Inserts) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	_, findings := checker.Set(calls, dumps)
	inserts := slices.DeleteFunc(slices.Clone(calls), func(c history.Call) bool { return c.Function != history.Insert })
	return slices.Concat(findings, checker.Inserts(inserts, dumps), checker.Items(inserts, dumps))
}
