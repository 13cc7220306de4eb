package checker

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// quick is how long a write may take that is a sign of a leader: there was one
// at most so long before the answer.
const quick = 100 * time.Millisecond

// reign is what is known of the time in which there was a leader. Leases wait
// while there is none.
type reign struct {
	// signs are the times at which quick writes were answered, in order.
	signs []time.Duration
	// answers are the times at which each node has answered, in order.
	answers map[string][]time.Duration
	// terms are what nodes have said of the election's number, in order.
	terms []term
}

type term struct {
	at     time.Duration
	number uint64
}

func reignOf(events []history.Event, calls []history.Call) reign {
	r := reign{answers: map[string][]time.Duration{}}
	newest := uint64(0)
	for _, call := range calls {
		if call.Kind == history.OK {
			r.answers[call.Node] = append(r.answers[call.Node], call.Answered)
		}
		if call.Kind == history.OK && call.Function.Writes() && call.Answered-call.Sent <= quick {
			r.signs = append(r.signs, call.Answered)
		}
	}
	slices.Sort(r.signs)
	for _, times := range r.answers {
		slices.Sort(times)
	}
	for _, event := range events {
		if event.Function == history.Looked {
			newest = max(newest, event.Term)
			r.terms = append(r.terms, term{event.Time, newest})
		}
	}
	return r
}

// changes returns how many leaders may have ended between two times: one for
// each election that was seen, and the one that was not noticed yet.
func (r reign) changes(from, to time.Duration) int {
	return 1 + int(r.termBy(to, 1)-r.termBy(from, 0))
}

// termBy returns the term that was seen by a time, or that of a later look.
func (r reign) termBy(at time.Duration, later int) uint64 {
	i, _ := slices.BinarySearchFunc(r.terms, at, func(t term, at time.Duration) int { return cmp.Compare(t.at, at) })
	if len(r.terms) == 0 {
		return 0
	}
	return r.terms[min(max(0, i-1+later), len(r.terms)-1)].number
}

// silence returns for how long a node gave no answer at most between two times.
func (r reign) silence(node string, from, to time.Duration) (longest time.Duration) {
	for gap := range gaps(r.answers[node], from, to) {
		longest = max(longest, gap)
	}
	return longest
}

// without returns the time between two times for which there is no sign of a
// leader.
func (r reign) without(from, to time.Duration) (sum time.Duration) {
	for gap := range gaps(r.signs, from, to) {
		if gap > quick {
			sum += gap + quick
		}
	}
	return sum
}

// gaps yields the pieces into which a time is cut by moments, which are in order.
func gaps(moments []time.Duration, from, to time.Duration) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		next, _ := slices.BinarySearch(moments, from)
		last := from
		for ; next < len(moments) && moments[next] < to; next++ {
			if !yield(moments[next] - last) {
				return
			}
			last = moments[next]
		}
		yield(to - last)
	}
}
