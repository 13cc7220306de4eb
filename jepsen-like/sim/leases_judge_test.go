package sim

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"
)

// What cluster.Expire says of how late a lease may end.
const (
	// lateMax is for the ticks of the clock, while there is one leader.
	lateMax = 250 * time.Millisecond
	// lateForLeader is for each change of leader, with the time that a sign of
	// the old one and of the new one may be off.
	lateForLeader = time.Second + 2*quick
)

// judge compares each item with what was seen of it. It counts those whose
// lease has ended.
func (l *leases) judge() (findings []string, done int) {
	l.reigns.close()
	slices.SortStableFunc(l.sightings, func(a, b sighting) int {
		return cmp.Compare(a.state.Revision(), b.state.Revision())
	})
	exact := 0
	for _, x := range l.items {
		life := l.lifeOf(x)
		for _, problem := range []string{l.early(x, life), l.late(x, life)} {
			if problem != "" {
				findings = append(findings, fmt.Sprintf("item %d at %v, created at revision %d, %s; it was granted %v", x.number, x.path(), x.created, problem, x.grants))
			}
		}
		if life.gone < never && len(x.removals) == 0 {
			done++
			if len(x.grants) > 0 && x.grants[0].call > l.healed {
				exact++
			}
		}
	}
	if changes := l.reigns.changes(l.healed, never); l.healed > 0 && changes > 1 {
		findings = append(findings, fmt.Sprintf("the leader has changed %d times when all was healed", changes-1))
	}
	if refreshed := l.refreshed(); refreshed < 30 || exact < 10 {
		findings = append(findings, fmt.Sprintf("%d leases were refreshed, %d ended when all was healed: the run says nothing", refreshed, exact))
	}
	return findings, done
}

func (l *leases) refreshed() (n int) {
	for _, x := range l.items {
		n += max(0, len(x.grants)-1)
	}
	return n
}

// life is what was seen of an item.
type life struct {
	// gone is the first instant at which somebody knew that it was gone.
	gone time.Duration
	// with are the sightings that have it, or are older than it: when a
	// linearizable one was called, the item was not gone yet.
	with []sighting
}

func (l *leases) lifeOf(x *leased) life {
	if x.created == 0 {
		x.created = l.createdOf(x)
	}
	if x.created == 0 {
		return life{gone: never}
	}
	first := sort.Search(len(l.sightings), func(i int) bool {
		state := l.sightings[i].state
		return state.Revision() >= x.created && !x.in(state)
	})
	gone := time.Duration(never)
	for _, r := range l.sightings[first:] {
		gone = min(gone, r.end)
	}
	for _, missed := range x.missed {
		gone = min(gone, missed)
	}
	return life{gone: gone, with: l.sightings[:first]}
}

// createdOf returns the revision of an item whose insert has not been answered,
// if it was seen.
func (l *leases) createdOf(x *leased) uint64 {
	for _, r := range l.sightings {
		if x.in(r.state) {
			item, _ := r.state.Get(x.path())
			return item.Created()
		}
	}
	return 0
}

// last returns the grants of which each may have been made last, and so be the
// one that counts: after it began no other was begun that was made.
func (x *leased) last() []grant {
	var last []grant
	for _, g := range x.grants {
		after := func(other grant) bool { return other.end < never && other.call > g.end }
		if !slices.ContainsFunc(x.grants, after) {
			last = append(last, g)
		}
	}
	return last
}

// early says that an item was gone although its lease, which began when a call
// did or later, cannot have ended.
func (l *leases) early(x *leased, life life) string {
	if slices.ContainsFunc(x.grants, func(g grant) bool { return g.end < never && g.call > life.gone }) {
		return fmt.Sprintf("was gone at %v and was refreshed later", life.gone)
	}
	if life.gone == never || len(x.removals) > 0 && slices.Min(x.removals) <= life.gone {
		return ""
	}
	least := time.Duration(never)
	for _, g := range x.last() {
		least = min(least, g.call+g.ttl)
	}
	if life.gone >= least {
		return ""
	}
	return fmt.Sprintf("was gone at %v and had a lease until %v", life.gone, least)
}

// late says that an item was still there when the lease, which began when a
// call ended or earlier, must have ended.
func (l *leases) late(x *leased, life life) string {
	if x.created == 0 {
		return ""
	}
	for _, r := range life.with {
		if r.call < 0 || slices.ContainsFunc(x.last(), func(g grant) bool { return l.mayLive(g, r.call) }) {
			continue
		}
		return fmt.Sprintf("was there at %v, and should have been gone", r.call)
	}
	return ""
}

// mayLive reports whether a lease may have gone on until an instant.
func (l *leases) mayLive(g grant, at time.Duration) bool {
	// Nothing is on its way when all is healed.
	began := g.end
	if l.healed > 0 && g.call < l.healed {
		began = min(began, l.healed)
	}
	if at <= began+g.ttl+lateMax {
		return true
	}
	if l.healed > 0 && at > max(began, l.healed)+g.ttl+lateMax {
		return false
	}
	waited := l.reigns.without(began, at) + time.Duration(l.reigns.changes(began, at))*lateForLeader
	return at <= began+g.ttl+lateMax+waited
}
