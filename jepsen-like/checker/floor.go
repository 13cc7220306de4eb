package checker

import (
	"cmp"
	"slices"

	"example.com/gstate/jepsen-like/history"
)

// floor is the greatest revision that any answer had shown before a call was
// invoked, and the call that showed it. What the cluster decides about the
// call comes after that revision.
type floor struct {
	revision uint64
	by       history.Call
}

// floors returns the floor of each call, by its number.
func floors(calls []history.Call) map[int64]floor {
	var newest floor
	known := map[int64]floor{}
	for _, end := range ends(calls) {
		switch {
		case end.invoked:
			known[end.call.Number] = newest
		case end.call.Revision > newest.revision:
			newest = floor{end.call.Revision, *end.call}
		}
	}
	return known
}

// end is one of the two ends of a call.
type end struct {
	index   int
	invoked bool
	call    *history.Call
}

// ends returns the ends of the calls in the order in which they happened. A
// call that never returned has one.
func ends(calls []history.Call) []end {
	all := make([]end, 0, 2*len(calls))
	for i := range calls {
		call := &calls[i]
		all = append(all, end{call.Invoked, true, call})
		if call.Returned != history.Never {
			all = append(all, end{call.Returned, false, call})
		}
	}
	slices.SortFunc(all, func(a, b end) int { return cmp.Compare(a.index, b.index) })
	return all
}
