package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestLeasesEndInTime(t *testing.T) {
	holds(t, "leases")
}

const (
	// leaseSlots are the paths at which items come and go. They are so few that
	// most are looked at while they change.
	leaseSlots = 30
	// leasesAtEnd are granted by each node when all is healed, at other paths.
	leasesAtEnd = 5
	// leaseMax is the longest lease that ends: the time for which a run goes on
	// when all is healed.
	leaseMax = 2 * time.Second
	// forever is the lease of an item that has none.
	forever = 1000 * time.Hour
)

// leases is the workload of items that live for a time. What is written to one
// names it by its number, so that an item that stands at a path later is not
// taken for it.
type leases struct {
	reigns reigns
	mu     sync.Mutex
	// slots have the items that may be there now.
	slots     [leaseSlots + leasesAtEnd]*leased
	items     []*leased
	sightings []sighting
	// doubts are the writes of unknown outcome.
	doubts []cluster.WriteID
	// healed is when all faults were over, and nothing was on its way any more.
	healed time.Duration
}

// leased is one item.
type leased struct {
	number int
	slot   int
	// created is the revision that its insert was answered with, 0 without one.
	created uint64
	// grants are the writes that gave it a lease or ended that, its insert first.
	grants []grant
	// removals are when the writes were called that may have removed it.
	removals []time.Duration
	// missed are when writes were answered that did not find it any more.
	missed []time.Duration
}

// grant is a write that was made, or of which nobody knows. Then it has no end:
// it may be made whenever.
type grant struct {
	ttl       time.Duration
	call, end time.Duration
}

// String returns the grant as text, such as "2s at 1.2s-1.3s".
func (g grant) String() string {
	if g.end == never {
		return fmt.Sprintf("%v at %v-?", g.ttl, g.call)
	}
	return fmt.Sprintf("%v at %v-%v", g.ttl, g.call, g.end)
}

// never is the end of a call that has none.
const never = 1 << 62

// sighting is a tree that somebody had.
type sighting struct {
	// call is when a linearizable read was called, and -1 if it was none.
	call, end time.Duration
	state     *tree.Tree
}

func slotPath(slot int) tree.Path { return tree.Path{"leases", fmt.Sprint("s", slot)} }

func (x *leased) path() tree.Path { return slotPath(x.slot) }

// isThis demands that the item is the one that stands at its path.
func (x *leased) isThis() cluster.Condition {
	return cluster.Equals(x.path().Child("number"), x.number)
}

// in reports whether a tree has the item.
func (x *leased) in(state *tree.Tree) bool {
	item, ok := state.Get(x.path().Child("number"))
	return ok && item.Value().Int() == int64(x.number)
}

func (l *leases) step(c *client, n node) {
	l.reigns.look(c.world)
	defer l.reigns.look(c.world)
	slot := c.random.IntN(leaseSlots)
	ctx, cancel := c.patience()
	defer cancel()
	x, draw := l.at(slot), c.random.IntN(100)
	switch {
	case draw < 25:
		l.read(ctx, c, n)
	case draw < 40:
		l.look(c, n)
	case x == nil:
		l.insert(ctx, c, n, slot, l.ttl(c))
	case draw < 75:
		l.refresh(ctx, c, n, x, l.ttl(c))
	case draw < 83:
		l.persist(ctx, c, n, x)
	case draw < 90:
		l.touch(ctx, c, n, x)
	case draw < 95:
		l.remove(ctx, c, n, x)
	default:
		l.replace(ctx, c, n, x)
	}
}

// ttl draws a short lease, or one that elections fall into.
func (l *leases) ttl(c *client) time.Duration {
	limit := []time.Duration{50 * time.Millisecond, 400 * time.Millisecond, leaseMax}[c.random.IntN(3)]
	return time.Duration(1+c.random.IntN(int(limit.Milliseconds()))) * time.Millisecond
}

func (l *leases) at(slot int) *leased {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots[slot]
}

func (l *leases) newItem(slot int) *leased {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := &leased{number: len(l.items) + 1, slot: slot}
	l.items = append(l.items, x)
	return x
}

// write makes a write, and notes in the item what has come of it.
func (l *leases) write(ctx context.Context, c *client, n node, x *leased, note func(x *leased, call, end time.Duration), ops ...cluster.Op) (cluster.Result, result) {
	call := c.clock()
	got, err := n.Apply(ctx, ops...)
	end, outcome := c.clock(), resultOf(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch outcome {
	case fine:
		l.reigns.made(call, end)
		note(x, call, end)
	case unclear:
		note(x, call, never)
		unknown, _ := errors.AsType[*cluster.UnknownOutcome](err)
		l.doubts = append(l.doubts, unknown.ID)
	case missing, conflict:
		l.missLocked(x, call, end)
	case absent:
		if !expected(err) {
			c.find("a write of item %d ends with %v", x.number, err)
		}
	}
	return got, outcome
}

// missLocked notes that the item is not there. One whose insert has not been
// answered before the call may come only now.
func (l *leases) missLocked(x *leased, call, end time.Duration) {
	if x.created != 0 && x.grants[0].end < call {
		x.missed = append(x.missed, end)
	}
	if l.slots[x.slot] == x {
		l.slots[x.slot] = nil
	}
}

// granted notes a lease.
func granted(ttl time.Duration) func(x *leased, call, end time.Duration) {
	return func(x *leased, call, end time.Duration) { x.grants = append(x.grants, grant{ttl, call, end}) }
}

func removed(x *leased, call, _ time.Duration) { x.removals = append(x.removals, call) }

func nothing(*leased, time.Duration, time.Duration) {}

func (l *leases) insert(ctx context.Context, c *client, n node, slot int, ttl time.Duration) {
	x := l.newItem(slot)
	got, outcome := l.write(ctx, c, n, x, granted(ttl), x.inserting(), n.Expire(x.path(), ttl))
	l.stand(x, got, outcome)
}

func (x *leased) inserting() cluster.Op {
	return cluster.Insert(x.path(), map[string]any{"number": x.number})
}

// stand notes that the item stands at its path, or that it may.
func (l *leases) stand(x *leased, got cluster.Result, outcome result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if outcome == fine {
		x.created = got.Revision
	}
	if outcome == fine || outcome == unclear {
		l.slots[x.slot] = x
	}
}

func (l *leases) refresh(ctx context.Context, c *client, n node, x *leased, ttl time.Duration) {
	l.write(ctx, c, n, x, granted(ttl), n.Expire(x.path(), ttl).If(x.isThis()))
}

func (l *leases) persist(ctx context.Context, c *client, n node, x *leased) {
	l.write(ctx, c, n, x, granted(forever), cluster.Persist(x.path()).If(x.isThis()))
}

// touch writes to the item, which must not change its lease.
func (l *leases) touch(ctx context.Context, c *client, n node, x *leased) {
	l.write(ctx, c, n, x, nothing, cluster.Update(x.path(), map[string]any{"touched": c.process}).If(x.isThis()))
}

func (l *leases) remove(ctx context.Context, c *client, n node, x *leased) {
	l.write(ctx, c, n, x, removed, cluster.Remove(x.path()).If(x.isThis()))
}

// replace puts another item in the place of one, with a lease of its own or
// with none: that of the old one must not hold for it.
func (l *leases) replace(ctx context.Context, c *client, n node, x *leased) {
	y, ttl := l.newItem(x.slot), l.ttl(c)
	ops := []cluster.Op{cluster.Remove(x.path()).If(x.isThis()), y.inserting(), n.Expire(x.path(), ttl)}
	if c.random.IntN(2) == 0 {
		ttl, ops = forever, ops[:2]
	}
	got, outcome := l.write(ctx, c, n, x, func(x *leased, call, end time.Duration) {
		removed(x, call, end)
		granted(ttl)(y, call, end)
	}, ops...)
	l.stand(y, got, outcome)
}

// read notes a linearizable read.
func (l *leases) read(ctx context.Context, c *client, n node) bool {
	call := c.clock()
	state, err := n.Read(ctx)
	if err != nil {
		if !expected(err) {
			c.find("a read ends with %v", err)
		}
		return false
	}
	l.add(sighting{call, c.clock(), state})
	return true
}

// look notes what a node has, which may be behind.
func (l *leases) look(c *client, n node) {
	state := n.Tree()
	l.add(sighting{-1, c.clock(), state})
}

// add notes a sighting, and frees the slots of items that are gone in it.
func (l *leases) add(r sighting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sightings = append(l.sightings, r)
	for slot, x := range l.slots {
		if x != nil && x.created != 0 && x.created <= r.state.Revision() && !x.in(r.state) {
			l.slots[slot] = nil
		}
	}
}

// readBack grants some more leases on each node, now that all is well, and
// looks on until all leases must have ended.
func (l *leases) readBack(c *client, n node) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if l.healed == 0 {
		l.settle(ctx, c, n)
	}
	for i := range leasesAtEnd {
		l.insert(ctx, c, n, leaseSlots+i, time.Duration(i)*leaseMax/leasesAtEnd+l.ttl(c)/leasesAtEnd)
	}
	for until := c.clock() + leaseMax + 2*lateMax; c.clock() < until; time.Sleep(7 * time.Millisecond) {
		if !l.read(ctx, c, n) {
			c.find("%s serves no read when all is healed", c.home)
			return
		}
	}
}

// settle asks for the outcomes of all writes, so that none of them is made
// later: from then on all that is promised of a cluster with a leader holds.
func (l *leases) settle(ctx context.Context, c *client, n node) {
	for _, id := range l.doubts {
		if _, err := n.Outcome(ctx, id); ctx.Err() != nil {
			c.find("%s has no outcome of %v when all is healed: %v", c.home, id, err)
		}
	}
	l.reigns.look(c.world)
	l.healed = c.clock()
}
