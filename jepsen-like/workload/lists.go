package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// hotLists is how many lists are in use at a time, and listAppends how many
	// appends they get together until fresh ones take their place.
	hotLists    = 6
	listAppends = 300
	// microOperations is how many a transaction has at most.
	microOperations = 5
)

// Lists makes transactions that append to a few lists and read them. Make one
// with NewLists.
type Lists struct {
	mu struct {
		sync.Mutex
		// appends counts the elements drawn so far: none is drawn twice.
		appends int
	}
}

// NewLists returns the workload.
func NewLists() *Lists { return new(Lists) }

// Name returns "lists".
func (w *Lists) Name() string { return "lists" }

// Needs returns the refusal of a transaction whose reads are not current.
func (w *Lists) Needs() []string { return []string{history.Conflict} }

// Next draws a transaction: of appends, of reads, or of both. One of reads alone
// is a linearizable read of all lists, any other appends once at least.
func (w *Lists) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	parent := fmt.Sprintf("lists%d", 1+w.mu.appends/listAppends)
	request := history.Request{Workload: w.Name(), Function: history.Transact, Node: node, Item: parent}
	readsInTen := []int{0, 10, 5, 5}[random.IntN(4)]
	if readsInTen == 10 {
		request.Function, request.Linearizable = history.Get, true
		return request
	}
	count := 1 + random.IntN(microOperations)
	always := random.IntN(count)
	for i := range count {
		clause := history.Clause{Function: history.Get, Item: fmt.Sprintf("%s/k%d", parent, random.IntN(hotLists))}
		if i == always || random.IntN(10) >= readsInTen {
			w.mu.appends++
			clause.Function, clause.Value = history.Append, json.RawMessage(strconv.Itoa(w.mu.appends))
		}
		request.Then = append(request.Then, clause)
	}
	return request
}

// Run performs the transaction. Its reads are made beforehand, of what the node
// has applied, and become conditions: the transaction is only made if all that it
// has read is as it was. The results have what the reads have seen.
func (w *Lists) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	transaction := request
	transaction.Then = appends(request.Then)
	if len(transaction.Then) == len(request.Then) {
		return client.Do(ctx, request)
	}
	kind, seen := client.Do(ctx, history.Request{
		Workload: w.Name(), Function: history.Get, Node: request.Node, Item: request.Item,
	})
	if kind != history.OK {
		return history.Fail, seen
	}
	lists := checker.ListsOf(request.Item, seen.Whole)
	transaction.If = conditions(request.Then, lists, seen.Revision)
	kind, answer := client.Do(ctx, transaction)
	if kind == history.OK {
		answer.Results = results(request.Then, lists)
	}
	return kind, answer
}

// appends returns the clauses but the reads.
func appends(then []history.Clause) []history.Clause {
	var list []history.Clause
	for _, clause := range then {
		if clause.Function == history.Append {
			list = append(list, clause)
		}
	}
	return list
}

// conditions demands that each list that is read is as it was seen at a revision.
func conditions(then []history.Clause, lists map[string][]int, revision uint64) []history.Clause {
	var list []history.Clause
	for _, clause := range then {
		if clause.Function != history.Get {
			continue
		}
		condition := history.Clause{Function: history.Missing, Item: clause.Item}
		if _, found := lists[clause.Item]; found {
			condition.Function, condition.Since = history.Unmodified, revision
		}
		list = append(list, condition)
	}
	return list
}

// results returns what each clause gives, by its place: for a read the list as it
// was seen, with what the transaction itself has appended before, and for an
// append its index, as far as that is known.
func results(then []history.Clause, lists map[string][]int) []json.RawMessage {
	var all []json.RawMessage
	for _, clause := range then {
		if clause.Function == history.Append {
			lists[clause.Item] = append(lists[clause.Item], checker.ElementOf(clause))
			all = append(all, json.RawMessage("null"))
			continue
		}
		all = append(all, checker.ListJSON(lists[clause.Item]))
	}
	return all
}

// Check looks for transactions that no serial order explains.
func (w *Lists) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Lists(calls, dumps)
}
