package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// leasedAtOnce is how many items are looked at at a time that have a lease or
	// live with such an item: few, so that each is looked at while it ends. nodesOwn
	// is how many there are beside that live with each node.
	leasedAtOnce = 12
	nodesOwn     = 2
	// leaseStep and leaseSteps draw a lease: some are over before anybody looks,
	// others last through an election.
	leaseStep  = 200 * time.Millisecond
	leaseSteps = 8
	// One lease of longShare is a long one: only such a one shows that a leader whose
	// clock leaps takes more of it than it may.
	longLease = 2*checker.LeapMost + time.Second
	longShare = 16
	// silence is for how long a node may be silent before what lives with it
	// ends: the least that the cluster takes.
	silence = time.Second
	// refreshes is how often the lease of an item is given again at most: then it
	// has to end.
	refreshes = 4
	// farewell is how often an item is looked at when it was missed.
	farewell = 3
)

// Leases makes items that end by themselves: with a lease, with the node that
// made them, or with another item. Make one with NewLeases.
type Leases struct {
	mu struct {
		sync.Mutex
		// open are the items that are looked at; byItem finds that of an answer.
		open   []*leased
		byItem map[string]*leased
		made   int
	}
}

// leased is one item.
type leased struct {
	item string
	// inserted says that its insert was acknowledged.
	inserted bool
	// leases says that it has a lease, and grants how often that may still be given
	// again.
	leases bool
	grants int
	// node is the one that it lives with, empty for none.
	node string
	// missed counts the answers that did not find it.
	missed int
}

// NewLeases returns the workload.
func NewLeases() *Leases {
	w := new(Leases)
	w.mu.byItem = map[string]*leased{}
	return w
}

// Name returns "leases".
func (w *Leases) Name() string { return "leases" }

// Needs returns the refusal of an update of what has ended.
func (w *Leases) Needs() []string { return []string{history.NotFound} }

// Next draws a new item, or a look at one, or a write to it.
func (w *Leases) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	request := history.Request{Workload: w.Name(), Node: node}
	if x := w.wantedLocked(random, &request); x != nil {
		w.mu.open = append(w.mu.open, x)
		w.mu.byItem[x.item] = x
		return request
	}
	x := w.mu.open[random.IntN(len(w.mu.open))]
	request.Item = x.item
	switch draw := random.IntN(100); {
	case draw < 60:
		request.Function, request.Linearizable = history.Get, draw < 40
	case draw < 80 && x.grants > 0:
		x.grants--
		request.Function, request.TTL = history.Update, drawLease(random)
	case draw < 98 || !x.leases:
		request.Function = history.Update
	default:
		request.Function = history.Remove
	}
	return request
}

// wantedLocked draws the insert of an item, if there are too few of its kind.
func (w *Leases) wantedLocked(random *rand.Rand, request *history.Request) *leased {
	x := &leased{item: fmt.Sprintf("leases/l%d", w.mu.made+1)}
	switch keeper := w.keeperLocked(random); {
	case w.countLocked(request.Node) < nodesOwn:
		request.Ephemeral, x.node = silence, request.Node
	case w.countLocked("") >= leasedAtOnce:
		return nil
	case keeper != "" && random.IntN(3) == 0:
		request.While = keeper
	default:
		request.TTL, x.leases, x.grants = drawLease(random), true, random.IntN(1+refreshes)
	}
	w.mu.made++
	request.Function, request.Item = history.Insert, x.item
	return x
}

// countLocked returns how many items live with a node, or with none.
func (w *Leases) countLocked(node string) int {
	n := 0
	for _, x := range w.mu.open {
		if x.node == node {
			n++
		}
	}
	return n
}

// keeperLocked draws an item that another one may live with, if there is any.
func (w *Leases) keeperLocked(random *rand.Rand) string {
	if len(w.mu.open) == 0 {
		return ""
	}
	if x := w.mu.open[random.IntN(len(w.mu.open))]; x.inserted && x.leases {
		return x.item
	}
	return ""
}

func drawLease(random *rand.Rand) time.Duration {
	if random.IntN(longShare) == 0 {
		return longLease
	}
	return leaseStep * time.Duration(1+random.IntN(leaseSteps))
}

// Run performs the operation, and gives an item up that has ended, or of which
// nobody knows enough.
func (w *Leases) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	w.mu.Lock()
	defer w.mu.Unlock()
	x, ok := w.mu.byItem[request.Item]
	if !ok {
		return kind, answer
	}
	if request.Function == history.Insert {
		x.inserted = kind == history.OK
	}
	if x.inserted && answer.Code == history.NotFound {
		x.missed++
	}
	if kind == history.Info || request.Function == history.Insert && !x.inserted || x.missed == farewell {
		w.giveUpLocked(x)
	}
	return kind, answer
}

func (w *Leases) giveUpLocked(x *leased) {
	delete(w.mu.byItem, x.item)
	w.mu.open = slices.DeleteFunc(w.mu.open, func(other *leased) bool { return other == x })
}

// Check judges the items that were to stay as those of any other workload.
func (w *Leases) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Items(checker.Lasting(calls), dumps)
}

// Judge judges when items have ended.
func (w *Leases) Judge(events []history.Event, all, own []history.Call) []checker.Finding {
	return checker.Leases(events, all, own)
}
