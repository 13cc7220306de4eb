package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	onCallItem = "oncall"
	// doctors is their number: so few that the last two often leave at the same
	// time.
	doctors = 3
	// readsOfOnCallInTen is how many of ten operations read who is on call.
	readsOfOnCallInTen = 3
)

// OnCall lets doctors go on and off call. One who leaves demands that another one
// stays: a condition on what others may be changing at the same time. Make one
// with NewOnCall.
type OnCall struct {
	// drawn counts the writes. Each leaves its number behind, so that it changes
	// something.
	drawn atomic.Int64
}

// NewOnCall returns the workload.
func NewOnCall() *OnCall { return new(OnCall) }

// Name returns "on-call".
func (w *OnCall) Name() string { return "on-call" }

// Needs returns the refusal of the last one who would leave.
func (w *OnCall) Needs() []string { return []string{history.Conflict} }

// Next draws a doctor who comes or leaves, or a read of all.
func (w *OnCall) Next(random *rand.Rand, node string) history.Request {
	request := history.Request{Workload: w.Name(), Function: history.Transact, Node: node, Item: onCallItem}
	doctor, leaves := fmt.Sprint("d", random.IntN(doctors)), random.IntN(3) > 0
	if random.IntN(10) < readsOfOnCallInTen {
		request.Function, request.Linearizable = history.Get, true
		return request
	}
	if leaves {
		others := count(map[string]any{"$key": map[string]string{"!=": doctor}, "on": true})
		request.If = []history.Clause{{Function: history.Matches, Item: onCallItem, Query: others, Result: jsonOf(1)}}
	}
	value := jsonOf(map[string]any{"on": !leaves, "by": w.drawn.Add(1)})
	request.Then = []history.Clause{{Function: history.Set, Item: onCallItem + "/" + doctor, Value: value}}
	return request
}

// Run performs the operation.
func (w *OnCall) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	return client.Do(ctx, request)
}

// Check looks for reads in which nobody was on call.
func (w *OnCall) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.OnCall(onCallItem, calls, dumps)
}
