package checker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// Locks checks items that are locks: whoever inserts one holds it, with the
// revision of the insert as token, until it is removed or has ended by itself.
//
// Tokens rise from grant to grant. No lock is granted while the one before is
// still held. A write under a lock is made before the lock is granted again, and
// it is refused only when the lock may be lost. events tell of clocks.
func Locks(events []history.Event, calls []history.Call) []Finding {
	var findings []Finding
	paces, locks := pacesOf(events), locksOf(calls)
	for _, item := range sortedKeys(locks) {
		l := locks[item]
		l.paces = paces
		l.order()
		findings = append(findings, l.judge()...)
	}
	return findings
}

// lock is what concerns one lock.
type lock struct {
	item  string
	paces paces
	// grants are in the order of their tokens.
	grants []history.Call
	// soonest has for each grant the one that was answered first of itself and
	// those with greater tokens.
	soonest []history.Call
	// under are the writes under the lock, by their tokens.
	under map[uint64][]history.Call
}

// locksOf returns what concerns each lock, by its item.
func locksOf(calls []history.Call) map[string]*lock {
	locks := map[string]*lock{}
	of := func(item string) *lock {
		if locks[item] == nil {
			locks[item] = &lock{item: item, under: map[uint64][]history.Call{}}
		}
		return locks[item]
	}
	for _, call := range calls {
		switch {
		case call.Function == history.Insert && call.Ends() && call.Kind == history.OK:
			l := of(call.Item)
			l.grants = append(l.grants, call)
		case call.Held != "":
			l := of(call.Held)
			l.under[call.Token] = append(l.under[call.Token], call)
		}
	}
	return locks
}

// order puts the grants in the order of their tokens, and finds those that were
// answered first.
func (l *lock) order() {
	slices.SortStableFunc(l.grants, func(a, b history.Call) int { return cmp.Compare(a.Revision, b.Revision) })
	l.soonest = slices.Clone(l.grants)
	for i := len(l.grants) - 2; i >= 0; i-- {
		if l.soonest[i+1].Returned < l.soonest[i].Returned {
			l.soonest[i] = l.soonest[i+1]
		}
	}
}

func (l lock) finding(text string, calls ...history.Call) Finding {
	return Finding{Rule: "locks", Text: fmt.Sprintf("%s: %s", l.item, text), Calls: calls}
}

// judge compares each grant with the one after it, and with the writes under it.
func (l lock) judge() (findings []Finding) {
	for i, grant := range l.grants {
		findings = append(findings, l.refusals(grant)...)
		if i+1 == len(l.grants) {
			break
		}
		next := l.grants[i+1]
		if later := l.soonest[i+1]; later.Before(grant) || next.Revision == grant.Revision {
			findings = append(findings, l.finding("a token is not greater than that of a holder before", later, grant))
		}
		if !l.mayBeLost(grant, next.Answered) {
			findings = append(findings, l.finding("two hold the lock", grant, next))
		}
		findings = append(findings, l.fenced(grant, next, l.soonest[i+1])...)
	}
	return findings
}

// fenced reports writes under a grant that were made after the next, by their
// revisions or because one that is newer had been answered before they were sent.
func (l lock) fenced(grant, next, soonest history.Call) (findings []Finding) {
	for _, write := range l.under[grant.Revision] {
		if write.Kind == history.OK && (next.Revision < write.Revision || soonest.Before(write)) {
			findings = append(findings, l.finding("a write of an old holder was made after another had the lock", next, write))
		}
	}
	return findings
}

// refusals reports writes that were refused to the one who surely had the lock.
func (l lock) refusals(grant history.Call) (findings []Finding) {
	for _, write := range l.under[grant.Revision] {
		refused := write.Kind == history.Fail && (write.Code == history.NotFound || write.Code == history.Conflict)
		if refused && !l.mayBeLost(grant, write.Answered) {
			findings = append(findings, l.finding("a write was refused to the one who held the lock", grant, write))
		}
	}
	return findings
}

// mayBeLost reports whether a lock that was granted may be lost by a time: it was
// given back, or its lease has ended. One that lives with a node may be lost at any
// time, as nobody knows for how long that was silent.
func (l lock) mayBeLost(grant history.Call, by time.Duration) bool {
	if grant.Ephemeral > 0 {
		return true
	}
	grants := []history.Call{grant}
	for _, call := range l.under[grant.Revision] {
		switch {
		case call.Kind == history.Fail || call.Item != l.item:
		case call.Function == history.Remove:
			if call.Sent <= by {
				return true
			}
		case call.TTL > 0:
			grants = append(grants, call)
		}
	}
	return l.paces.until(grants, by) <= by
}
