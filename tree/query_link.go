package tree

// Shapes and operands go through links, paths do not: what stands at a path,
// be it that of a query or of a link, is what Get says. So whether a link leads
// anywhere can be told from the records at the paths in a chain of them.

// target returns r, or when it is a link what that leads to, which is none; nil
// when nothing is there.
func (e *evaluation) target(r *record) *record {
	if !r.isLink() {
		return r
	}
	return e.follow(r)
}

// follow goes along a chain of links to its end. Links that lead to each other
// have none, so the number of hops is bounded.
func (e *evaluation) follow(r *record) *record {
	for hops := 0; r.isLink(); hops++ {
		if hops == MaxDepth || !e.spend(1) {
			return nil
		}
		at := r.value.target()
		if e.followed != nil {
			*e.followed = append(*e.followed, at)
		}
		r = e.root.descend(at)
	}
	return r
}

// finding is what an operand finds in a child.
type finding struct {
	value  Value // what stands there, or where a link leads
	exists bool
	link   *record // nil when no link stands there
}

// find returns what stands where the operand looks.
func (o operand) find(e *evaluation, child *record) (f finding) {
	if o.key {
		return finding{value: StringValue(child.key), exists: true}
	}
	r := child
	for _, key := range o.path {
		r = e.target(r).child(key)
	}
	if r.isLink() {
		f.link = r
	}
	if r = e.target(r); r == nil {
		e.spend(1)
	} else if e.spend(r.size()) {
		f.value, f.exists = r.content(), true
	}
	return f
}

// against returns what is compared with given: with a link the one that stands
// there, and else the value.
func (f finding) against(given Value) (found Value, exists bool) {
	switch {
	case given.Kind() != Link:
		return f.value, f.exists
	case f.link == nil:
		return Value{}, false
	}
	return f.link.value, true
}

// is reports whether what was found is equal to given.
func (f finding) is(given Value) bool {
	found, exists := f.against(given)
	return exists && sameContent(found, given)
}
