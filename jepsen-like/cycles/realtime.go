package cycles

import (
	"cmp"
	"slices"
)

// moment is when a transaction began or ended.
type moment struct {
	at   int64
	ends bool
	of   int
}

// addRealtime adds edges from transactions that had ended to those that began
// afterwards; not all of them, but so many that all others follow: whoever
// began after T had ended also came after everybody who was before T.
func (a *analysis) addRealtime(g *graph) {
	// latest are those that have ended and that nobody who has ended came
	// after; before has what latest was when a transaction began.
	var latest []int
	before := make(map[int][]int)
	for _, m := range a.moments() {
		if !m.ends {
			before[m.of] = latest
			for _, from := range latest {
				g.add(from, m.of, Realtime, "")
			}
			continue
		}
		past := before[m.of]
		delete(before, m.of)
		rest := make([]int, 0, len(latest)+1)
		for _, i := range latest {
			if !slices.Contains(past, i) {
				rest = append(rest, i)
			}
		}
		latest = append(rest, m.of)
	}
}

// moments returns when transactions that were made began and ended, in their
// order. At the same instant the beginnings are first: these are concurrent.
// One of unknown outcome never ends.
func (a *analysis) moments() []moment {
	var moments []moment
	for i, tx := range a.history {
		if a.made[i] {
			moments = append(moments, moment{tx.Call, false, i})
		}
		if tx.Outcome == OK {
			moments = append(moments, moment{tx.Return, true, i})
		}
	}
	slices.SortStableFunc(moments, func(x, y moment) int {
		switch {
		case x.at != y.at:
			return cmp.Compare(x.at, y.at)
		case x.ends == y.ends:
			return 0
		case x.ends:
			return 1
		}
		return -1
	})
	return moments
}
