package fsm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"strconv"

	"example.com/gstate/tree"
)

// A lease is the right of an item to live until a time on the replicated clock,
// which only ticks in the log move on (KindTick): no replica looks at a clock
// of its own. It begins with the second tick after it was granted. The first
// may have been measured before, and have come into the log later; a leader
// measures the second when the first was applied, and with it whatever stands
// before it. So an item never lives shorter than its lease, and longer by the
// time between ticks.
//
// A lease is that of one item, and not of its path: it ends with the item, and
// does not hold for another that is inserted there. Whatever else is written to
// the item leaves it alone.

// MaxLease is the longest lease in milliseconds, some three centuries.
const MaxLease = 10_000_000_000_000

// goneAtOnce is how many leases each tick looks at whose items may be gone, so
// that the clock does not tick for them.
const goneAtOnce = 8

// expiredAtOnce bounds the work of one tick. The next one goes on.
const expiredAtOnce = 1024

// leases are kept in a tree of their own, so that they are part of a snapshot
// in no time and are taken back with a transaction:
//
//	of.HASH       {"path": bytes, "ttl": ms, "created": revision, "due": ms}
//	new.HASH      null, of those that were granted since the last tick
//	next.HASH     null, of those that begin with the next tick
//	due.MS.HASH   null, of all others, which have a "due": by number, so that
//	              the earliest is first
//	sweep         how many leases there may be before those of gone items are
//	              looked for
//
// HASH is that of the path, whose text may be longer than a key.
type leases struct{ edit *tree.Edit }

// The branches of the tree of leases, and the members of a lease.
const (
	leasesOf, leasesNew, leasesNext, leasesDue, leasesSweep = "of", "new", "next", "due", "sweep"
	leasePath, leaseTTL, leaseCreated, leaseDueTime         = "path", "ttl", "created", "due"
)

// sweepLeast is how many leases there may be in any case. Beyond twice what was
// left by the last sweep there is another one: on the average a lease costs no
// more for it, and what gone items have left never outweighs the rest.
const sweepLeast = 1024

// lease is one of them, as it is read.
type lease struct {
	hash         string
	path         tree.Path
	ttl, created uint64
	due          uint64
	begun        bool
}

func leaseHash(path tree.Path) string {
	sum := sha256.Sum256(tree.AppendPath(nil, path))
	return hex.EncodeToString(sum[:])
}

// grant gives a lease to the item at a path, in the place of any that it has.
func (l leases) grant(path tree.Path, ttl, created uint64) {
	hash := leaseHash(path)
	l.end(hash)
	l.must(l.edit.Set(tree.Path{leasesOf, hash}, tree.ObjectValue(map[string]tree.Value{
		leasePath:    tree.BytesValue(tree.AppendPath(nil, path)),
		leaseTTL:     tree.IntValue(int64(ttl)),
		leaseCreated: tree.IntValue(int64(created)),
	})))
	l.must(l.edit.Set(tree.Path{leasesNew, hash}, tree.NullValue()))
	l.edit.Commit()
}

// end ends a lease, if there is one.
func (l leases) end(hash string) {
	held, ok := l.get(hash)
	if !ok {
		return
	}
	l.must(l.edit.Remove(tree.Path{leasesOf, hash}))
	if held.begun {
		l.removeDue(held.due, hash)
	} else {
		l.must(l.edit.Delete(tree.Path{leasesNew, hash}))
		l.must(l.edit.Delete(tree.Path{leasesNext, hash}))
	}
	l.edit.Commit()
}

// removeDue takes a lease off the list of its time, and an empty list away.
func (l leases) removeDue(due uint64, hash string) {
	at := tree.Path{leasesDue, strconv.FormatUint(due, 10)}
	l.must(l.edit.Remove(at.Child(hash)))
	if list, _ := l.edit.Get(at); list.Len() == 0 {
		l.must(l.edit.Remove(at))
	}
}

// get returns the lease with the hash.
func (l leases) get(hash string) (lease, bool) {
	item, ok := l.edit.Get(tree.Path{leasesOf, hash})
	if !ok {
		return lease{}, false
	}
	return leaseOf(item), true
}

// leaseOf reads a lease.
func leaseOf(item tree.Item) lease {
	value := item.Value()
	number := func(name string) uint64 {
		n, _ := value.Get(name)
		return uint64(n.Int())
	}
	encoded, _ := value.Get(leasePath)
	path, _, _ := tree.ConsumePath(encoded.Bytes()) // as it was written
	_, begun := value.Get(leaseDueTime)
	return lease{
		hash: item.Key(), path: path,
		ttl: number(leaseTTL), created: number(leaseCreated),
		due: number(leaseDueTime), begun: begun,
	}
}

// sweepDue reports whether there are so many leases that those of gone items
// are to be looked for.
func (l leases) sweepDue() bool {
	all, _ := l.edit.Get(tree.Path{leasesOf})
	least, _ := l.edit.Get(tree.Path{leasesSweep})
	return all.Len() >= max(sweepLeast, int(least.Value().Int()))
}

// sweep ends the leases that are not alive.
func (l leases) sweep(alive func(lease) bool) {
	all, _ := l.edit.Get(tree.Path{leasesOf})
	var gone []string
	for hash, item := range all.Children() {
		if !alive(leaseOf(item)) {
			gone = append(gone, hash)
		}
	}
	left := all.Len() - len(gone)
	for _, hash := range gone {
		l.end(hash)
	}
	l.must(l.edit.Set(tree.Path{leasesSweep}, tree.IntValue(int64(2*left))))
	l.edit.Commit()
}

// begin starts the leases that have seen a tick, at the time now, and lets
// those wait for the next one that have not. The clock counts whole
// milliseconds, so that it may be behind by almost one.
func (l leases) begin(now uint64) {
	for _, hash := range l.waiting(leasesNext) {
		granted, _ := l.get(hash)
		due := now + 1 + granted.ttl
		l.must(l.edit.Remove(tree.Path{leasesNext, hash}))
		l.must(l.edit.Set(tree.Path{leasesOf, hash, leaseDueTime}, tree.IntValue(int64(due))))
		l.must(l.edit.Set(tree.Path{leasesDue, strconv.FormatUint(due, 10), hash}, tree.NullValue()))
	}
	for _, hash := range l.waiting(leasesNew) {
		l.must(l.edit.Remove(tree.Path{leasesNew, hash}))
		l.must(l.edit.Set(tree.Path{leasesNext, hash}, tree.NullValue()))
	}
	l.edit.Commit()
}

// waiting returns the leases on one of the lists.
func (l leases) waiting(list string) []string {
	item, _ := l.edit.Get(tree.Path{list})
	hashes := make([]string, 0, item.Len())
	for hash := range item.Children() {
		hashes = append(hashes, hash)
	}
	return hashes
}

// overdue returns some of the leases that have ended by now, the earliest
// first.
func (l leases) overdue(now uint64) []lease {
	var ended []lease
	for held := range l.byTime() {
		if held.due > now || len(ended) == expiredAtOnce {
			break
		}
		ended = append(ended, held)
	}
	return ended
}

// earliest returns the n leases that end first.
func (l leases) earliest(n int) []lease {
	var first []lease
	for held := range l.byTime() {
		if len(first) == n {
			break
		}
		first = append(first, held)
	}
	return first
}

// byTime returns the leases that have begun, the earliest end first. They must
// not change meanwhile.
func (l leases) byTime() iter.Seq[lease] {
	return func(yield func(lease) bool) {
		all, _ := l.edit.Get(tree.Path{leasesDue})
		for _, list := range dueLists(all) {
			for hash := range list.Children() {
				if held, _ := l.get(hash); !yield(held) {
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

// must ends the batch on an error that no input can cause: the paths and values
// of this file are always good, and what it reads it has written.
func (l leases) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("tree of leases: %v", err))
	}
}

// NextTick says when the replicated clock must move on: wait is the time until
// then in milliseconds on that clock, and 0 when leases wait for their
// beginning or have ended already. It is false when no lease waits for a time.
func (s State) NextTick() (wait uint64, ok bool) {
	for _, list := range []string{leasesNew, leasesNext} {
		if waiting, _ := s.Leases.Get(tree.Path{list}); waiting.Len() > 0 {
			return 0, true
		}
	}
	all, _ := s.Leases.Get(tree.Path{leasesDue})
	for due := range dueLists(all) {
		return due - min(due, s.Clock), true
	}
	return 0, false
}

// Lease returns how long the item at the path may still live, in milliseconds
// on the replicated clock; it is false when it has no lease.
func (s State) Lease(path tree.Path) (left uint64, ok bool) {
	found, ok := s.Leases.Get(tree.Path{leasesOf, leaseHash(path)})
	if !ok {
		return 0, false
	}
	held := leaseOf(found)
	item, exists := s.Tree.Get(path)
	switch {
	case !exists || item.Created() != held.created:
		return 0, false
	case !held.begun:
		return held.ttl, true
	}
	return min(held.ttl, held.due-min(held.due, s.Clock)), true
}

// tick moves the clock on and removes what has lived to the end of its lease,
// in one change.
func (d *Draft) tick(now uint64) {
	d.leases.begin(now)
	for _, ended := range d.leases.overdue(now) {
		d.leases.end(ended.hash)
		if d.alive(ended) {
			d.leases.must(d.edit.Remove(ended.path))
		}
	}
	for _, first := range d.leases.earliest(goneAtOnce) {
		if !d.alive(first) {
			d.leases.end(first.hash)
		}
	}
	d.edit.Commit()
}

// alive reports whether the item that a lease was granted to is still there.
func (d *Draft) alive(granted lease) bool {
	item, ok := d.edit.Get(granted.path)
	return ok && item.Created() == granted.created
}

// lend gives the item of an operation the lease that it asks for, or ends it.
func (d *Draft) lend(o Operation) error {
	item, ok := d.edit.Get(o.Path)
	if !ok {
		return &tree.PathError{Op: o.Kind.String(), Path: o.Path, Err: tree.ErrNotFound}
	}
	if o.Kind == OpPersist {
		d.leases.end(leaseHash(o.Path))
		return nil
	}
	if d.leases.sweepDue() {
		d.leases.sweep(d.alive)
	}
	d.leases.grant(o.Path, uint64(o.Value.Int()), item.Created())
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
