package cycles

import (
	"cmp"
	"fmt"
	"slices"
)

// graph has the edges that leave each transaction.
type graph struct{ out [][]Edge }

func (g *graph) add(from, to int, kind Kind, why string) {
	if from != to {
		g.out[from] = append(g.out[from], Edge{from, to, kind, why})
	}
}

// graph builds all edges between transactions that have certainly been made.
func (a *analysis) graph() *graph {
	g := &graph{out: make([][]Edge, len(a.history))}
	a.findUnread()
	for _, key := range a.keys() {
		a.addWrites(g, key)
	}
	for _, r := range a.reads {
		if !a.broken[r.key] {
			a.addRead(g, r)
		}
	}
	a.addProcesses(g)
	a.addRealtime(g)
	return g
}

// addWrites adds the order of the appends to a key. Those that nobody has read
// follow all that somebody has.
func (a *analysis) addWrites(g *graph, key string) {
	var last *element
	for _, value := range a.orders[key] {
		e := element{key, value}
		if !a.made[a.writers[e]] {
			continue
		}
		if last != nil {
			g.add(a.writers[*last], a.writers[e], WW, fmt.Sprintf("%v before %v", *last, e))
		}
		last = &e
	}
	if last == nil {
		return
	}
	for _, e := range a.unread[key] {
		g.add(a.writers[*last], a.writers[e], WW, fmt.Sprintf("%v before %v", *last, e))
	}
}

// findUnread finds the appends to each key that were made and are in no list. Lists
// only grow, so that whoever did not read them comes before.
func (a *analysis) findUnread() {
	read := map[element]bool{}
	for key, values := range a.orders {
		for _, value := range values {
			read[element{key, value}] = true
		}
	}
	a.unread = map[string][]element{}
	for e, writer := range a.writers {
		if a.made[writer] && !read[e] && !a.lost[e] {
			a.unread[e.key] = append(a.unread[e.key], e)
		}
	}
	for _, unread := range a.unread {
		slices.SortFunc(unread, func(x, y element) int { return cmp.Compare(x.value, y.value) })
	}
}

// addRead adds who made the list that was read, and who changed it next.
func (a *analysis) addRead(g *graph, r read) {
	list := r.outside()
	if len(list) > 0 {
		e := element{r.key, list[len(list)-1]}
		if writer := a.writers[e]; a.made[writer] {
			g.add(writer, r.by, WR, fmt.Sprintf("%v is the last that it has read", e))
		}
	}
	for _, e := range a.next(r.key, len(list)) {
		g.add(r.by, a.writers[e], RW, fmt.Sprintf("has not read %v", e))
	}
}

// next returns what follows upon the first n elements of a key's list: one
// element, or several of which it is not known which is the first.
func (a *analysis) next(key string, n int) []element {
	for _, value := range a.orders[key][n:] {
		if e := (element{key, value}); a.made[a.writers[e]] {
			return []element{e}
		}
	}
	return a.unread[key]
}

// addProcesses adds an edge from each transaction that is OK to the next one
// of its process. One of unknown outcome may be made later than the next one.
func (a *analysis) addProcesses(g *graph) {
	former := map[int]int{}
	for _, i := range a.byCall() {
		process := a.history[i].Process
		if from, ok := former[process]; ok && a.made[i] {
			g.add(from, i, Process, "")
		}
		if a.history[i].Outcome == OK {
			former[process] = i
		}
	}
}

// byCall returns the transactions in the order in which they began.
func (a *analysis) byCall() []int {
	order := make([]int, len(a.history))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(a.history[x].Call, a.history[y].Call)
	})
	return order
}
