package swarm

import (
	"slices"
	"time"
)

// shortest is the length below which a run is not made shorter: it would be over
// before its first faults are.
const shortest = 2 * time.Second

// Smaller returns runs that have a little less than this one, those first that
// leave out most. Each is one change away.
func (r Run) Smaller() []Run {
	smaller := r.shorter()
	for _, nemeses := range without(r.Nemeses) {
		next := r
		next.Nemeses = nemeses
		if len(nemeses) == 0 {
			next.Nemeses = []string{None}
		}
		smaller = append(smaller, next)
	}
	for _, workloads := range without(r.Workloads) {
		if len(workloads) > 0 {
			next := r
			next.Workloads = workloads
			smaller = append(smaller, next)
		}
	}
	return append(smaller, r.fewer()...)
}

// shorter returns the run with half of its time, and with three quarters.
func (r Run) shorter() []Run {
	var shorter []Run
	for _, virtual := range []time.Duration{r.Virtual / 2, r.Virtual * 3 / 4} {
		if virtual >= shortest {
			next := r
			next.Virtual = virtual.Truncate(100 * time.Millisecond)
			shorter = append(shorter, next)
		}
	}
	return shorter
}

// fewer returns the run with fewer nodes and with fewer clients, one for each
// node at least.
func (r Run) fewer() []Run {
	var fewer []Run
	if r.Nodes > 3 {
		next := r
		next.Nodes = 3
		fewer = append(fewer, next)
	}
	if clients := max(r.Clients/2, r.Nodes); clients < r.Clients {
		next := r
		next.Clients = clients
		fewer = append(fewer, next)
	}
	return fewer
}

// without returns the list without each of its names. The empty list and that of
// None have nothing to leave out.
func without(list []string) [][]string {
	if slices.Equal(list, []string{None}) {
		return nil
	}
	var left [][]string
	for i := range list {
		left = append(left, slices.Concat(list[:i], list[i+1:]))
	}
	return left
}
