package tree

// Result is what a query gives for one tree, kept in a way that the result for a
// tree that follows takes time for what has changed between them, and not for the
// size of the result. It is immutable and may be used by any number of
// goroutines.
type Result struct {
	query Query
	root  *part
	// whole is the value when the query reads the root from anywhere: then a
	// result is evaluated anew each time.
	whole *Value
}

// Result returns what q gives for t. It takes the time of a condition and an
// order, which are evaluated at once, while the value is evaluated when it is
// asked for.
func (q Query) Result(t *Tree) *Result {
	if q.shape.anchored() {
		return q.freshResult(t)
	}
	return &Result{query: q, root: newPart(q.shape, t.root.descend(q.at))}
}

// freshResult is Result for a query that is evaluated anew each time.
func (q Query) freshResult(t *Tree) *Result {
	r := &Result{query: q}
	if v, exists := q.Eval(t); exists {
		r.whole = &v
	}
	return r
}

// Next returns the result of the same query for new, where r is that for old. It
// looks at what differs between the two trees where the query can see it. It
// returns r itself when nothing does; else Equal tells whether the result has
// changed. With a key "#" in the query all is evaluated anew.
func (r *Result) Next(old, new *Tree) *Result {
	if old.root == new.root {
		return r
	}
	if r.query.shape.anchored() {
		return r.query.freshResult(new)
	}
	root := r.root.next(r.query.shape, old.root.descend(r.query.at), new.root.descend(r.query.at))
	if root == r.root {
		return r
	}
	return &Result{query: r.query, root: root}
}

// Value returns the result; it is false when nothing stands at the path of the
// query. It is what Query.Eval gives for the tree. It is made at the first call,
// out of the value of the result before as far as that was made: that takes time
// for the parts that have changed, and a copy of the arrays and objects that have
// them.
func (r *Result) Value() (Value, bool) {
	switch {
	case r.whole != nil:
		return *r.whole, true
	case r.root == nil:
		return Value{}, false
	}
	return r.root.valueOf(r.query.shape), true
}

// Equal reports whether both are the same result. They must be results of one
// query; where they have parts in common it does not look inside.
func (r *Result) Equal(other *Result) bool {
	if r.query.shape.anchored() {
		return r.whole == nil && other.whole == nil ||
			r.whole != nil && other.whole != nil && r.whole.Equal(*other.whole)
	}
	return sameParts(r.query.shape, r.root, other.root)
}

// anchored reports whether s reads the root of the tree.
func (s *shape) anchored() bool {
	if s == nil {
		return false
	}
	for _, f := range s.fields {
		if f.key == anchorKey || f.shape.anchored() {
			return true
		}
	}
	return s.each.anchored()
}
