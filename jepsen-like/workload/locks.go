package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// locksInUse are so few that there is always somebody who wants one.
	locksInUse = 3
	// ofInstances is how many of the locks, the last ones, live with the node through
	// which they were taken, as what an elected instance holds does. The others have
	// a lease.
	ofInstances = 1
	// lockTTL is the lease of a holder: some lose the lock before they give it
	// back.
	lockTTL = 400 * time.Millisecond
	// formerHolders is how many of those who have lost a lock go on as if they had
	// it, as a process does that was stopped and does not know for how long.
	formerHolders = 3
	// guardedCalls and guardedUnknown say when the item that a lock guards is given
	// up for a fresh one: before its history is long, or ambiguous.
	guardedCalls   = 200
	guardedUnknown = 3
)

// Locks are items that stand for locks: who inserts one holds it, and writes
// under it. Make one with NewLocks.
type Locks struct {
	mu struct {
		sync.Mutex
		locks [locksInUse]*guard
		// byItem finds the lock of an answer, by the item of the lock.
		byItem map[string]*guard
	}
}

// guard is one lock with what it guards.
type guard struct {
	lock string
	// instance says that it lives with a node.
	instance bool
	// tokens are those of the present holder and of former ones, the newest last.
	tokens []uint64
	// generation is in the name of the guarded item; calls counts its operations,
	// and unknown those of unknown outcome.
	generation, calls, unknown int
}

// NewLocks returns the workload.
func NewLocks() *Locks {
	w := new(Locks)
	w.mu.byItem = map[string]*guard{}
	for i := range w.mu.locks {
		g := &guard{lock: fmt.Sprintf("locks/l%d", i), instance: i >= locksInUse-ofInstances}
		w.mu.locks[i], w.mu.byItem[g.lock] = g, g
	}
	return w
}

// Name returns "locks".
func (w *Locks) Name() string { return "locks" }

// Needs returns the refusals that one meets who has no lock: another has it, or
// had it since, or nobody has it any more.
func (w *Locks) Needs() []string {
	return []string{history.Exists, history.Conflict, history.NotFound}
}

// Next draws what a holder does, or somebody who wants to be one.
func (w *Locks) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.mu.locks[random.IntN(locksInUse)]
	request := history.Request{Workload: w.Name(), Node: node, Item: g.lock}
	draw := random.IntN(100)
	if len(g.tokens) == 0 || draw < 35 {
		request.Function = history.Insert
		g.last(&request)
		return request
	}
	request.Held, request.Token = g.lock, g.tokens[len(g.tokens)-1]
	switch {
	case draw < 70:
		request.Function, request.Item = history.Put, g.use()
		if random.IntN(3) == 0 {
			request.Token = g.tokens[random.IntN(len(g.tokens))]
		}
	case draw < 80:
		request.Function = history.Update
		g.last(&request)
	case draw < 90:
		request.Function = history.Remove
	default:
		request = history.Request{Workload: w.Name(), Node: node, Item: g.use(), Function: history.Get, Linearizable: true}
	}
	return request
}

// last says in a request how long the lock is to be held.
func (g *guard) last(request *history.Request) {
	if g.instance {
		request.Ephemeral = silence
	} else {
		request.TTL = lockTTL
	}
}

// use returns the guarded item for one more operation.
func (g *guard) use() string {
	if g.calls++; g.calls > guardedCalls || g.unknown >= guardedUnknown {
		g.generation, g.calls, g.unknown = g.generation+1, 1, 0
	}
	return g.guarded()
}

func (g *guard) guarded() string { return fmt.Sprintf("%s-guarded%d", g.lock, g.generation) }

// Run performs the operation and notes who holds the lock.
func (w *Locks) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case request.Function == history.Insert && kind == history.OK:
		w.mu.byItem[request.Item].granted(answer.Revision)
	case request.Function == history.Put && kind == history.Info:
		w.mu.byItem[request.Held].doubt(request.Item)
	}
	return kind, answer
}

func (g *guard) granted(token uint64) {
	g.tokens = append(g.tokens, token)
	if len(g.tokens) > 1+formerHolders {
		g.tokens = g.tokens[1:]
	}
}

func (g *guard) doubt(item string) {
	if item == g.guarded() {
		g.unknown++
	}
}

// Check judges the items that were to stay as those of any other workload.
func (w *Locks) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Items(checker.Lasting(calls), dumps)
}

// Judge looks for locks with two holders, and for writes that a lock should have
// kept away.
func (w *Locks) Judge(events []history.Event, _, own []history.Call) []checker.Finding {
	return checker.Locks(events, own)
}
