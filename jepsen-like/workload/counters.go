package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// counters is their number: so few that all clients meet on them.
	counters = 3
	// impatientEvery is how many additions there are to one whose node may not
	// try long enough, and impatience how long that is. Its outcome is often
	// unknown, though it is made.
	impatientEvery = 5
	impatience     = time.Millisecond
	// countsInTen is how many of ten operations on a counter are reads.
	countsInTen = 2
	// askedUnknown is how many outcomes wait to be asked for: the oldest of more
	// are left open.
	askedUnknown = 100
)

// Counters adds one to a few counters, and asks for unknown outcomes. Make one
// with NewCounters.
type Counters struct {
	mu struct {
		sync.Mutex
		// open are the additions of unknown outcome that can be asked for.
		open []history.Request
	}
}

// NewCounters returns the workload.
func NewCounters() *Counters { return new(Counters) }

// Name returns "counters".
func (w *Counters) Name() string { return "counters" }

// Needs returns the code of an addition that can be asked for.
func (w *Counters) Needs() []string { return []string{history.OutcomeUnknown} }

// Next draws the question for an unknown outcome, if there is one, else a read or
// an addition.
func (w *Counters) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mu.open) > 0 {
		request := w.mu.open[0]
		w.mu.open = w.mu.open[1:]
		request.Node = node
		return request
	}
	request := history.Request{Workload: w.Name(), Node: node, Item: fmt.Sprintf("counters/c%d", 1+random.IntN(counters))}
	if random.IntN(10) < countsInTen {
		request.Function, request.Linearizable = history.Get, true
		return request
	}
	request.Function = history.Transact
	request.Then = []history.Clause{{Function: history.Add, Item: request.Item, Value: json.RawMessage("1")}}
	if random.IntN(impatientEvery) == 0 {
		request.Timeout = impatience
	}
	return request
}

// Run performs the operation. A question that was not answered is asked again, but
// not one to which the answer is that the cluster knows of the write no more.
func (w *Counters) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	switch {
	case kind == history.Info && answer.WriteID != "":
		w.ask(history.Request{Workload: w.Name(), Function: history.Outcome, Item: request.Item, Write: answer.WriteID, Of: request.Number})
	case request.Function == history.Outcome && kind == history.Fail && answer.Code != history.GivenUp && answer.Code != history.OutcomeUnknown:
		w.ask(request)
	}
	return kind, answer
}

func (w *Counters) ask(question history.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mu.open) < askedUnknown {
		w.mu.open = append(w.mu.open, question)
	}
}

// Check looks for additions that were lost, or made more than once.
func (w *Counters) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Counters(calls, dumps)
}
