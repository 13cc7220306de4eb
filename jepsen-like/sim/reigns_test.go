package sim

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"example.com/gstate/cluster"
)

// quick is how long a write may take that is a sign of a leader: it was made at
// most so long before its answer came.
const quick = 100 * time.Millisecond

// reigns is what was seen of who led, and of writes that were made. Leases
// wait while nobody leads: it says for how long that may have been.
type reigns struct {
	mu sync.Mutex
	// begins has for each leader's term when it was first seen.
	begins map[uint64]time.Duration
	// signs are the instants at which quick writes were answered.
	signs []time.Duration
}

// look notes who leads now. A leader that nobody looks at led for less time
// than there is between two signs.
func (r *reigns) look(w *world) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, peer := range w.peers {
		n := w.node(peer.ID)
		if n == nil {
			continue
		}
		status := n.Status()
		if _, known := r.begins[status.Term]; known || status.Role != cluster.RoleLeader {
			continue
		}
		if r.begins == nil {
			r.begins = map[uint64]time.Duration{}
		}
		r.begins[status.Term] = w.clock()
	}
}

// made notes a write that was made.
func (r *reigns) made(call, end time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if end-call <= quick {
		r.signs = append(r.signs, end)
	}
}

// close is called when no more is noted.
func (r *reigns) close() { slices.Sort(r.signs) }

// changes returns how many leaders may have ended from one instant to another:
// those after which another was seen, and the one whose end was not noticed yet.
func (r *reigns) changes(from, to time.Duration) int {
	n := 1
	for _, begin := range r.begins {
		if begin >= from && begin <= to {
			n++
		}
	}
	return n
}

// without returns the time between two instants for which there is no sign of a
// leader.
func (r *reigns) without(from, to time.Duration) (sum time.Duration) {
	first, _ := slices.BinarySearchFunc(r.signs, from, cmp.Compare[time.Duration])
	last := from
	for _, sign := range append(slices.Clip(r.signs[first:]), to) {
		sign = min(sign, to)
		if gap := sign - last; gap > quick {
			sum += gap + quick
		}
		if last = sign; last == to {
			break
		}
	}
	return sum
}
