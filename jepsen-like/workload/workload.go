package workload

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// Client performs one operation on the request's node and says how it ended.
// It waits for the answer, with a bound of its own.
type Client interface {
	Do(ctx context.Context, request history.Request) (history.Kind, history.Answer)
}

// Workload draws operations, performs them and judges what came of them.
type Workload interface {
	// Name is the Workload of its requests.
	Name() string
	// Next draws an operation for a client of the given node. It does not wait.
	Next(random *rand.Rand, node string) history.Request
	// Run performs an operation that Next has drawn and the recorder has
	// numbered. It waits as the client does.
	Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer)
	// Check judges the workload's calls. dumps is what the nodes hold at the
	// end, and is empty if that is not known.
	Check(calls []history.Call, dumps []history.Dump) []checker.Finding
	// Needs lists the refusals that a run must have met: without them it has
	// not tested what the workload is for.
	Needs() []string
}

// Judge is a workload that is also judged by what was done to the nodes and seen of
// them, beside its own calls.
type Judge interface {
	// Judge takes all events of the run, all its calls, and the workload's own.
	Judge(events []history.Event, all, own []history.Call) []checker.Finding
}

// Share is a workload with its part of the operations.
type Share struct {
	Workload Workload
	// Weight is relative to the sum of all weights.
	Weight int
}

// All returns the workloads of a run on these nodes. Inserts are the most,
// since each tells of its own whether it was kept; registers cost reads.
func All(nodes []string) []Share {
	return []Share{
		{NewInserts(), 5},
		{NewSixSteps(nodes), 3},
		{NewRegisters(), 2},
		{NewSessions(), 2},
		{NewLeases(), 2},
		{NewLocks(), 2},
		{NewWatches(nodes), 2},
		{NewCounters(), 1},
		{NewLists(), 2},
		{NewBank(), 1},
		{NewOnCall(), 1},
	}
}

// ErrUnknown is matched by the error of Choose for a name that no workload has.
var ErrUnknown = errors.New("unknown workload")

// Every is the name that Choose takes for all workloads.
const Every = "all"

// Choose returns the shares of the workloads with the given names.
func Choose(all []Share, names []string) ([]Share, error) {
	var known []string
	for _, share := range all {
		known = append(known, share.Workload.Name())
	}
	for _, name := range names {
		if name != Every && !slices.Contains(known, name) {
			return nil, fmt.Errorf("%w: %q, want %s, or some of %s", ErrUnknown, name, Every, strings.Join(known, ", "))
		}
	}
	if slices.Contains(names, Every) {
		return all, nil
	}
	return slices.DeleteFunc(all, func(s Share) bool { return !slices.Contains(names, s.Workload.Name()) }), nil
}

// Draw picks one of the workloads by weight.
func Draw(random *rand.Rand, shares []Share) Workload {
	total := 0
	for _, share := range shares {
		total += share.Weight
	}
	at := random.IntN(total)
	for _, share := range shares {
		if at -= share.Weight; at < 0 {
			return share.Workload
		}
	}
	panic("workload: a draw beyond the sum of the weights")
}
