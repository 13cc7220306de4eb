package fsm

import (
	"fmt"
	"iter"
	"math"
	"strconv"

	"example.com/gstate/tree"
)

// A lease is the right of an item, or of a session, to live until a time on the
// replicated clock, which only ticks in the log move on (KindTick): no replica
// looks at a clock of its own. It begins with the second tick after it was
// granted. The first may have been measured before, and have come into the log
// later; a leader measures the second when the first was applied, and with it
// whatever stands before it. So nothing lives shorter than its lease, and longer
// by the time between ticks.

// MaxLease is the longest lease in milliseconds, some three centuries.
const MaxLease = 10_000_000_000_000

// goneAtOnce is how many lives each tick looks at, and each refresh of a session,
// whose items may be gone, so that neither goes on for them alone.
const goneAtOnce = 8

// expiredAtOnce bounds the work of one tick. The next one goes on.
const expiredAtOnce = 1024

// grant gives a lease to what has the life, in the place of any that it has.
func (l lives) grant(to life, ttl uint64) {
	l.endLease(to)
	l.set(tree.Path{livesOf, to.key, lifeTTL}, tree.IntValue(int64(ttl)))
	l.set(tree.Path{livesNew, to.key}, tree.NullValue())
}

// endLease ends the lease of a life, if it has one.
func (l lives) endLease(of life) {
	held, _ := l.get(of.key)
	if held.ttl == 0 {
		return
	}
	at := tree.Path{livesOf, held.key}
	l.remove(at.Child(lifeTTL))
	if held.begun {
		l.remove(at.Child(lifeDue))
		l.removeFrom(dueAt(held.due), held.key)
		return
	}
	l.remove(tree.Path{livesNew, held.key})
	l.remove(tree.Path{livesNext, held.key})
}

// dueAt is the list of the leases that end at one time.
func dueAt(due uint64) tree.Path { return tree.Path{livesDue, strconv.FormatUint(due, 10)} }

// begin starts the leases that have seen a tick, at the time now, and lets
// those wait for the next one that have not. The clock counts whole
// milliseconds, so that it may be behind by almost one.
func (l lives) begin(now uint64) {
	for _, key := range l.list(tree.Path{livesNext}) {
		granted, _ := l.get(key)
		due := now + 1 + granted.ttl
		l.remove(tree.Path{livesNext, key})
		l.set(tree.Path{livesOf, key, lifeDue}, tree.IntValue(int64(due)))
		l.set(dueAt(due).Child(key), tree.NullValue())
	}
	for _, key := range l.list(tree.Path{livesNew}) {
		l.remove(tree.Path{livesNew, key})
		l.set(tree.Path{livesNext, key}, tree.NullValue())
	}
}

// overdue returns some of the lives whose leases have ended by now, the earliest
// first.
func (l lives) overdue(now uint64) []life {
	var ended []life
	for held := range l.byTime() {
		if held.due > now || len(ended) == expiredAtOnce {
			break
		}
		ended = append(ended, held)
	}
	return ended
}

// earliest returns the n lives whose leases end first.
func (l lives) earliest(n int) []life {
	var first []life
	for held := range l.byTime() {
		if len(first) == n {
			break
		}
		first = append(first, held)
	}
	return first
}

// byTime returns the lives whose leases have begun, the earliest end first. They
// must not change meanwhile.
func (l lives) byTime() iter.Seq[life] {
	return func(yield func(life) bool) {
		all, _ := l.edit.Get(tree.Path{livesDue})
		for _, list := range dueLists(all) {
			for key := range list.Children() {
				if held, _ := l.get(key); !yield(held) {
					return
				}
			}
		}
	}
}

// dueLists returns the lists of leases by their times, the earliest first.
func dueLists(all tree.Item) iter.Seq2[uint64, tree.Item] {
	return func(yield func(uint64, tree.Item) bool) {
		for text, list := range all.Children() {
			due, err := strconv.ParseUint(text, 10, 64)
			if err != nil || !yield(due, list) {
				return
			}
		}
	}
}

// NextTick says when the replicated clock must move on: wait is the time until
// then in milliseconds on that clock, and 0 when leases wait for their
// beginning, have ended already, or something is still to follow from that. It
// is false when nothing waits for a time.
func (s State) NextTick() (wait uint64, ok bool) {
	for _, list := range []string{livesNew, livesNext, livesEnded} {
		if waiting, _ := s.Lives.Get(tree.Path{list}); waiting.Len() > 0 {
			return 0, true
		}
	}
	all, _ := s.Lives.Get(tree.Path{livesDue})
	for due := range dueLists(all) {
		return due - min(due, s.Clock), true
	}
	return 0, false
}

// LeaseRuns reports whether any lease has begun.
func (s State) LeaseRuns() bool {
	all, _ := s.Lives.Get(tree.Path{livesDue})
	return all.Len() > 0
}

// Lease returns how long the item at the path may still live, in milliseconds
// on the replicated clock; it is false when it has no lease.
func (s State) Lease(path tree.Path) (left uint64, ok bool) {
	item, exists := s.Tree.Get(path)
	held, found := s.Lives.Get(tree.Path{livesOf, itemKey(path)})
	if !exists || !found || item.Created() != lifeOf(held).created {
		return 0, false
	}
	return lifeOf(held).left(s.Clock)
}

// SessionLease is Lease for a session, which has one while it keeps items.
func (s State) SessionLease(session uint64) (left uint64, ok bool) {
	return s.session(session).left(s.Clock)
}

// SessionTTL returns how long the session may be silent, in milliseconds; it is
// false when it keeps nothing.
func (s State) SessionTTL(session uint64) (ttl uint64, ok bool) {
	ttl = s.session(session).ttl
	return ttl, ttl > 0
}

// session returns the life of a session, which is empty when there is none.
func (s State) session(session uint64) life {
	held, ok := s.Lives.Get(tree.Path{livesOf, sessionKey(session)})
	if !ok {
		return life{}
	}
	return lifeOf(held)
}

// left returns what is left of the lease, if there is one.
func (l life) left(now uint64) (left uint64, ok bool) {
	if !l.begun {
		return l.ttl, l.ttl > 0
	}
	return min(l.ttl, l.due-min(l.due, now)), true
}

// tick moves the clock on and removes what has lived to the end of its lease,
// with what follows from that, in one change.
func (d *Draft) tick(now uint64) {
	d.created, d.reasons = 0, 0
	d.lives.begin(now)
	for _, over := range d.lives.overdue(now) {
		d.expire(over)
	}
	for _, first := range d.lives.earliest(goneAtOnce) {
		if !d.alive(first) {
			d.lives.end(first, ReasonKeeper)
		}
	}
	d.cascade()
	d.commit()
}

// expire ends what has lived to the end of its lease. It may be gone meanwhile.
func (d *Draft) expire(over life) {
	if over.isSession() {
		d.lives.end(over, ReasonSession)
		return
	}
	d.lives.end(over, ReasonKeeper)
	if d.alive(over) {
		d.expel(over.path, ReasonLease)
	}
}

// lend gives the item of an operation the lease that it asks for.
func (d *Draft) lend(o Operation) error {
	holder, err := d.lifeAt(o.Kind, o.Path)
	if err == nil {
		d.lives.grant(holder, uint64(o.Value.Int()))
	}
	return err
}

// persist lets the item of an operation live until it is removed.
func (d *Draft) persist(o Operation) error {
	item, err := d.lifeAt(o.Kind, o.Path)
	if err != nil {
		return err
	}
	d.lives.endLease(item)
	d.lives.release(item)
	d.lives.settle(item.key)
	return nil
}

// validLease refuses what no lease can be.
func validLease(ttl tree.Value) error {
	if ttl.Kind() != tree.Int || ttl.Int() < 1 || ttl.Int() > MaxLease {
		return fmt.Errorf("%w: a lease of %v, allowed are 1 to %d milliseconds", tree.ErrInvalid, ttl, uint64(MaxLease))
	}
	return nil
}

// clockMax keeps the sum of clock and lease within what a value holds. At the
// speed of time it is never reached.
const clockMax = math.MaxInt64 - MaxLease
