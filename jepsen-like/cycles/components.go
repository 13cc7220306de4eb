package cycles

// kinds is a set of kinds of edges.
type kinds uint

func of(some ...Kind) kinds {
	var set kinds
	for _, kind := range some {
		set |= 1 << kind
	}
	return set
}

func (k kinds) has(kind Kind) bool { return k&(1<<kind) != 0 }

// tarjan finds the strongly connected components: all cycles lie inside one.
type tarjan struct {
	*graph
	allowed kinds
	// index is when a transaction was met, counted from 1; low the earliest
	// one on the stack that can be reached from it.
	index, low []int
	onStack    []bool
	stack      []int
	met        int
	components [][]int
}

// components returns the components of more than one transaction, of the graph
// that has only edges of the allowed kinds.
func (g *graph) components(allowed kinds) [][]int {
	n := len(g.out)
	t := &tarjan{graph: g, allowed: allowed, index: make([]int, n), low: make([]int, n), onStack: make([]bool, n)}
	for i := range n {
		if t.index[i] == 0 {
			t.visit(i)
		}
	}
	return t.components
}

func (t *tarjan) visit(i int) {
	t.met++
	t.index[i], t.low[i] = t.met, t.met
	t.stack, t.onStack[i] = append(t.stack, i), true
	for _, edge := range t.out[i] {
		switch {
		case !t.allowed.has(edge.Kind):
		case t.index[edge.To] == 0:
			t.visit(edge.To)
			t.low[i] = min(t.low[i], t.low[edge.To])
		case t.onStack[edge.To]:
			t.low[i] = min(t.low[i], t.index[edge.To])
		}
	}
	if t.low[i] == t.index[i] {
		t.pop(i)
	}
}

// pop takes the component off the stack that was entered at i.
func (t *tarjan) pop(i int) {
	var component []int
	for {
		last := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.onStack[last] = false
		component = append(component, last)
		if last == i {
			break
		}
	}
	if len(component) > 1 {
		t.components = append(t.components, component)
	}
}
