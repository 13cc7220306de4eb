package cycles

import "slices"

// pattern is a kind of cycle: which edges it may have, and whether exactly one
// of them is rw.
type pattern struct {
	name    Name
	allowed kinds
	single  bool
}

// patterns returns what to look for, the most telling first: a cycle that
// needs neither processes nor real time says more, and so does one of fewer
// kinds of edges.
func patterns() []pattern {
	var all []pattern
	for _, more := range []kinds{0, of(Process), of(Process, Realtime)} {
		all = append(all,
			pattern{G0, of(WW) | more, false},
			pattern{G1c, of(WW, WR) | more, false},
			pattern{GSingle, of(WW, WR, RW) | more, true},
			pattern{G2Item, of(WW, WR, RW) | more, false})
	}
	return all
}

// anomalies returns the cycles: of each component the shortest one of the
// first pattern that it has.
func (g *graph) anomalies(history []Transaction) []Anomaly {
	var found []Anomaly
	told := make([]bool, len(g.out))
	for _, p := range patterns() {
		for _, component := range g.components(p.allowed) {
			// A component that holds a cycle already told is explained by it.
			if slices.ContainsFunc(component, func(i int) bool { return told[i] }) {
				continue
			}
			cycle := newSearch(g, component).shortest(p)
			if p.allowed.has(Realtime) {
				cycle = shorten(cycle, history)
			}
			for _, edge := range cycle {
				told[edge.From] = true
			}
			if cycle != nil {
				found = append(found, cycleAnomaly(p.name, cycle, history))
			}
		}
	}
	return found
}

// search looks for paths inside of one component.
type search struct {
	*graph
	component []int
	inside    map[int]bool
	// by has the edge that each transaction was first reached by.
	by map[int]Edge
}

func newSearch(g *graph, component []int) *search {
	component = slices.Sorted(slices.Values(component))
	s := &search{graph: g, component: component, inside: map[int]bool{}, by: map[int]Edge{}}
	for _, i := range component {
		s.inside[i] = true
	}
	return s
}

// shortest returns the shortest cycle of a pattern, or nil. It goes through
// the first edges of all cycles, and looks for the way back.
func (s *search) shortest(p pattern) []Edge {
	rest := p.allowed
	if p.single {
		rest &^= of(RW)
	}
	var best []Edge
	for _, i := range s.component {
		for _, first := range s.out[i] {
			if p.single && first.Kind != RW || !p.allowed.has(first.Kind) || !s.inside[first.To] {
				continue
			}
			back := s.path(first.To, i, rest, len(best)-1)
			if back != nil && (best == nil || len(back)+1 < len(best)) {
				best = append([]Edge{first}, back...)
			}
			if len(best) == 2 {
				return best
			}
		}
	}
	return best
}

// path returns the shortest path, or nil. With a positive limit it gives up on
// paths that are not shorter.
func (s *search) path(from, to int, allowed kinds, limit int) []Edge {
	clear(s.by)
	s.by[from] = Edge{From: from, To: from}
	at := []int{from}
	for depth := 0; len(at) > 0 && (limit <= 0 || depth < limit); depth++ {
		var next []int
		for _, i := range at {
			next = s.step(i, allowed, next)
		}
		if _, reached := s.by[to]; reached {
			return s.trace(from, to)
		}
		at = next
	}
	return nil
}

// step adds to next what is reached from i for the first time.
func (s *search) step(i int, allowed kinds, next []int) []int {
	for _, edge := range s.out[i] {
		if _, known := s.by[edge.To]; known || !allowed.has(edge.Kind) || !s.inside[edge.To] {
			continue
		}
		s.by[edge.To] = edge
		next = append(next, edge.To)
	}
	return next
}

// trace returns the edges of the path that was found.
func (s *search) trace(from, to int) []Edge {
	var path []Edge
	for i := to; i != from; i = s.by[i].From {
		path = append(path, s.by[i])
	}
	slices.Reverse(path)
	return path
}

// shorten replaces detours of a cycle by an edge of real time that was left
// out of the graph because the detour implies it. The first edge stays: it may
// be the only rw. The name stays true, since the shorter cycle would have been
// found before under a name that comes before.
func shorten(cycle []Edge, history []Transaction) []Edge {
	for i := 1; i < len(cycle); i++ {
		for j := len(cycle) - 1; j > i; j-- {
			from, to := cycle[i].From, cycle[j].To
			if tx := history[from]; tx.Outcome == OK && tx.Return < history[to].Call {
				cycle = slices.Replace(cycle, i, j+1, Edge{From: from, To: to, Kind: Realtime})
				break
			}
		}
	}
	return cycle
}
