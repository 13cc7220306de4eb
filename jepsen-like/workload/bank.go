package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	bankItem = "bank"
	// accounts is their number, and deposit what each begins with: so little that
	// transfers are refused now and then.
	accounts = 8
	deposit  = 20
	// readsOfBankInTen is how many of ten operations read the whole bank.
	readsOfBankInTen = 4
)

// Bank moves money between accounts, each of which is an object. Make one with
// NewBank.
type Bank struct {
	mu struct {
		sync.Mutex
		// open says that the accounts are there.
		open bool
	}
}

// NewBank returns the workload.
func NewBank() *Bank { return new(Bank) }

// Name returns "bank".
func (w *Bank) Name() string { return "bank" }

// Needs returns the refusal of a transfer of more than there is.
func (w *Bank) Needs() []string { return []string{history.Conflict} }

// Next draws a transfer or a read of all accounts. First it opens them.
func (w *Bank) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	request := history.Request{Workload: w.Name(), Function: history.Transact, Node: node, Item: bankItem}
	switch {
	case !w.mu.open:
		request.If = []history.Clause{{Function: history.Missing, Item: bankItem}}
		request.Then = []history.Clause{{Function: history.Set, Item: bankItem, Value: opening()}}
	case random.IntN(10) < readsOfBankInTen:
		request.Function, request.Linearizable = history.Get, random.IntN(2) == 0
	default:
		from := random.IntN(accounts)
		to := (from + 1 + random.IntN(accounts-1)) % accounts
		request.If, request.Then = transfer(from, to, 1+random.IntN(deposit))
	}
	return request
}

func account(number int) string { return fmt.Sprint("a", number) }

// opening is the bank with all accounts.
func opening() json.RawMessage {
	all := map[string]map[string]int{}
	for i := range accounts {
		all[account(i)] = map[string]int{"balance": deposit}
	}
	return jsonOf(all)
}

// transfer moves an amount on the condition that it is there.
func transfer(from, to, amount int) (conditions, operations []history.Clause) {
	balance := func(number int) string { return fmt.Sprintf("%s/%s/balance", bankItem, account(number)) }
	enough := count(map[string]any{"$key": account(from), "balance": map[string]int{">=": amount}})
	return []history.Clause{{Function: history.Matches, Item: bankItem, Query: enough, Result: jsonOf(1)}},
		[]history.Clause{
			{Function: history.Add, Item: balance(from), Value: jsonOf(-amount)},
			{Function: history.Add, Item: balance(to), Value: jsonOf(amount)},
		}
}

// count is the query that finds out whether there is a child that fulfils the
// conditions: it gives 1 then, else 0.
func count(where map[string]any) json.RawMessage {
	return jsonOf(map[string]any{"_": "$count", "where": where, "limit": 1})
}

// jsonOf returns the JSON of a value that always has one.
func jsonOf(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("workload: a value without a JSON form: " + err.Error())
	}
	return text
}

// Run performs the operation and takes note that the accounts are there.
func (w *Bank) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	if kind == history.OK || answer.Code == history.Exists {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.mu.open = true
	}
	return kind, answer
}

// Check looks for reads in which money was made or lost, or an account overdrawn.
func (w *Bank) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Bank(bankItem, accounts*deposit, calls, dumps)
}
