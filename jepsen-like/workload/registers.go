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
	// openRegisters is how many registers are in use at a time: few, so that
	// clients meet on them.
	openRegisters = 4
	// registerCalls and registerUnknown say when a register is given up for a
	// fresh one: before its history is long, or ambiguous.
	registerCalls   = 200
	registerUnknown = 3
	// readsInTen is how many of ten operations on a register are reads.
	readsInTen = 4
)

// Registers reads and conditionally overwrites a few items. Make one with
// NewRegisters.
type Registers struct {
	mu struct {
		sync.Mutex
		open [openRegisters]*register
		// byItem finds the register of an answer, those in open only.
		byItem map[string]*register
		made   int
	}
}

// register is one item and what the clients have seen of it.
type register struct {
	item string
	// seen is the newest revision that an answer showed of the item. 0: it is
	// not there yet, as far as is known.
	seen           uint64
	calls, unknown int
}

// NewRegisters returns the workload.
func NewRegisters() *Registers {
	w := new(Registers)
	w.mu.byItem = map[string]*register{}
	return w
}

// Name returns "registers".
func (w *Registers) Name() string { return "registers" }

// Needs returns the refusal of a write whose condition has become untrue.
func (w *Registers) Needs() []string { return []string{history.Conflict} }

// Next draws a read or a conditional write of a register, or makes it.
func (w *Registers) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.registerLocked(random.IntN(openRegisters))
	r.calls++
	request := history.Request{Workload: w.Name(), Node: node, Item: r.item}
	switch {
	case r.seen == 0:
		request.Function = history.Insert
	case random.IntN(10) < readsInTen:
		request.Function, request.Linearizable = history.Get, true
	default:
		request.Function, request.IfMatch = history.Put, r.seen
	}
	return request
}

// registerLocked returns the register in a place, a fresh one if the old one
// has served.
func (w *Registers) registerLocked(place int) *register {
	old := w.mu.open[place]
	if old != nil && old.calls < registerCalls && old.unknown < registerUnknown {
		return old
	}
	if old != nil {
		delete(w.mu.byItem, old.item)
	}
	w.mu.made++
	fresh := &register{item: fmt.Sprintf("registers/r%d", w.mu.made)}
	w.mu.open[place] = fresh
	w.mu.byItem[fresh.item] = fresh
	return fresh
}

// Run performs the operation and notes the revision that the answer shows.
func (w *Registers) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	w.mu.Lock()
	defer w.mu.Unlock()
	if r, ok := w.mu.byItem[request.Item]; ok {
		r.learn(request, kind, answer)
	}
	return kind, answer
}

func (r *register) learn(request history.Request, kind history.Kind, answer history.Answer) {
	switch {
	case kind == history.Info:
		r.unknown++
	case kind == history.OK && request.Function.Writes():
		r.seen = max(r.seen, answer.Revision)
	case answer.Code == history.Conflict:
		r.seen = max(r.seen, answer.Revision)
	case answer.Found, answer.Code == history.Exists:
		r.seen = max(r.seen, answer.Modified, 1)
	}
}

// Check looks for writes that overwrote what they had not seen, and for reads
// that were not up to date.
func (w *Registers) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return slices.Concat(checker.LostUpdates(calls), checker.Linearizable(calls), checker.Items(calls, dumps))
}
