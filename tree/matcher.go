package tree

// Matcher finds, for a write, the results of queries that it can concern, out of
// any number of them: it follows the path of the write through a trie of the paths
// that the queries read, so those that read elsewhere cost nothing. Each result is
// there with a value of the caller's. The zero Matcher is empty. It is used by one
// goroutine at a time.
type Matcher[T any] struct {
	root matchNode[T]
}

// matchNode is what is read at one path.
type matchNode[T any] struct {
	kids  map[string]*matchNode[T]
	slots []slot[T]
}

// slot is the interest of one result in one path: its point with that number.
type slot[T any] struct {
	entry *Match[T]
	point int
}

// Match is a result in a Matcher.
type Match[T any] struct {
	value  T
	points []point
	places []int // of each point, its place among the slots of its node
}

// point is a path that a query reads.
type point struct {
	path Path
	// deep says that it reads beneath the item, whatever is there. Otherwise it
	// matters only whether the item is there, whether it is a leaf, and which.
	deep bool
}

// Add adds a result with its value. It takes time for the paths that its query
// names, and those to which links have led.
func (m *Matcher[T]) Add(r *Result, value T) *Match[T] {
	entry := &Match[T]{value: value}
	m.put(entry, r)
	return entry
}

// Follow puts next in the place of a result that Next has given it for. That takes
// no time unless one of them goes through links.
func (m *Matcher[T]) Follow(entry *Match[T], r, next *Result) {
	if r != next && (r.Follows() || next.Follows()) {
		m.Remove(entry)
		m.put(entry, next)
	}
}

// put adds the points of a result.
func (m *Matcher[T]) put(entry *Match[T], r *Result) {
	entry.points = r.points()
	entry.places = make([]int, len(entry.points))
	for i, p := range entry.points {
		node := m.root.reach(p.path)
		entry.places[i] = len(node.slots)
		node.slots = append(node.slots, slot[T]{entry, i})
	}
}

// Remove takes away what Add has returned, which must be in m.
func (m *Matcher[T]) Remove(entry *Match[T]) {
	for i, p := range entry.points {
		m.root.remove(p.path, entry.places[i])
	}
}

// Concerned calls yield with the value of each result that the write can have
// changed, in no order; with one that reads at several paths it may do so several
// times. The others are the same before and after the write.
func (m *Matcher[T]) Concerned(w Write, yield func(T)) {
	node := &m.root
	for i, key := range w.Path {
		node.yield(yield, i > w.standing)
		if node = node.kids[key]; node == nil {
			return
		}
	}
	if w.form == formMerge && w.Value.Kind() == Object {
		node.yield(yield, len(w.Path) > w.standing)
		node.merged(w.Value, yield)
	} else {
		node.replaced(yield)
	}
}

// yield passes on what reads at the node: all of it when the item itself has
// changed, else only what reads beneath it.
func (n *matchNode[T]) yield(yield func(T), itself bool) {
	for _, s := range n.slots {
		if itself || s.entry.points[s.point].deep {
			yield(s.entry.value)
		}
	}
}

// replaced passes on what reads at the node or beneath it.
func (n *matchNode[T]) replaced(yield func(T)) {
	n.yield(yield, true)
	for _, kid := range n.kids {
		kid.replaced(yield)
	}
}

// merged passes on what reads beneath the node what an object can have changed that
// was merged there. It looks at the lesser of the two: the members, or what is read.
func (n *matchNode[T]) merged(v Value, yield func(T)) {
	if v.Len() > len(n.kids) {
		for key, kid := range n.kids {
			if member, given := v.Get(key); given {
				kid.given(member, yield)
			}
		}
		return
	}
	for key, member := range v.Members() {
		if kid := n.kids[key]; kid != nil {
			kid.given(member, yield)
		}
	}
}

// given is merged for a member of the object, which may have made the item itself.
func (n *matchNode[T]) given(v Value, yield func(T)) {
	if v.Kind() != Object {
		n.replaced(yield)
		return
	}
	n.yield(yield, true)
	n.merged(v, yield)
}

// reach returns the node at the path beneath n, and makes what is missing.
func (n *matchNode[T]) reach(p Path) *matchNode[T] {
	for _, key := range p {
		kid := n.kids[key]
		if kid == nil {
			kid = new(matchNode[T])
			if n.kids == nil {
				n.kids = make(map[string]*matchNode[T])
			}
			n.kids[key] = kid
		}
		n = kid
	}
	return n
}

// remove takes away the slot with that place at the path beneath n; its last one
// moves there. It reports whether nothing is left of n.
func (n *matchNode[T]) remove(p Path, place int) (empty bool) {
	if len(p) == 0 {
		last := len(n.slots) - 1
		moved := n.slots[last]
		n.slots[place] = moved
		moved.entry.places[moved.point] = place
		n.slots[last] = slot[T]{}
		n.slots = n.slots[:last]
	} else if n.kids[p[0]].remove(p[1:], place) {
		delete(n.kids, p[0])
	}
	return len(n.slots) == 0 && len(n.kids) == 0
}

// points returns the paths on which r depends.
func (r *Result) points() []point {
	points := r.query.shape.appendPoints(nil, r.query.at)
	if r.afresh != nil {
		for _, p := range r.afresh.followed {
			points = append(points, point{p, true})
		}
	}
	return points
}

// appendPoints appends the paths that s reads of the item at p.
func (s *shape) appendPoints(points []point, p Path) []point {
	if s == nil || s.form != formFields {
		return s.appendAnchors(append(points, point{p, true}))
	}
	points = append(points, point{p, false})
	for _, f := range s.fields {
		if f.key == anchorKey {
			points = f.shape.appendPoints(points, nil)
		} else {
			points = f.shape.appendPoints(points, p.Child(f.key))
		}
	}
	return points
}

// appendAnchors appends the paths that s reads from the root, at any depth.
func (s *shape) appendAnchors(points []point) []point {
	if s == nil {
		return points
	}
	for _, f := range s.fields {
		if f.key == anchorKey {
			points = f.shape.appendPoints(points, nil)
		} else {
			points = f.shape.appendAnchors(points)
		}
	}
	return s.each.appendAnchors(points)
}
