package tree

import "slices"

// Result is what a query gives for one tree, kept in a way that the result for a
// tree that follows takes time for what has changed between them, and not for the
// size of the result. It is immutable and may be used by any number of
// goroutines.
type Result struct {
	query Query
	root  *part
	// afresh is set instead when the query reads the root from anywhere, goes through
	// links, or may look at the same items again and again for another reason: then a
	// result is evaluated anew each time, and at once.
	afresh *afresh
}

// MaxAfreshWork bounds, in items that are looked at as Query.EvalWithin counts them,
// a result that is evaluated anew each time. Such a query may look at far more than a
// tree has.
const MaxAfreshWork = 1 << 20

// afresh is a result without parts.
type afresh struct {
	value  Value
	exists bool
	// followed are the paths to which links led.
	followed []Path
	err      error
}

// newAfresh evaluates a query.
func newAfresh(q Query, root *record) *afresh {
	var r afresh
	e := evaluation{root: root, limited: true, left: MaxAfreshWork, followed: &r.followed}
	r.value, r.exists, r.err = e.limitedQuery(q)
	slices.SortFunc(r.followed, comparePaths)
	r.followed = slices.CompactFunc(r.followed, Path.Equal)
	return &r
}

// Result returns what q gives for t. It takes the time of a condition, an order and
// a pattern, which are evaluated at once, while the value is evaluated when it is
// asked for. See Err for the queries of which all is evaluated at once.
func (q Query) Result(t *Tree) *Result {
	at := t.root.descend(q.at)
	if q.shape.anchored() || q.shape.overlaps(false) || q.shape.linked(at) {
		return &Result{query: q, afresh: newAfresh(q, t.root)}
	}
	return &Result{query: q, root: newPart(q.shape, at)}
}

// Next returns the result of the same query for new, where r is that for old. It
// looks at what differs between the two trees where the query can see it. It
// returns r itself when nothing does; else Equal tells whether the result has
// changed. What Err speaks of is evaluated anew when anything differs that it
// depends on.
func (r *Result) Next(old, new *Tree) *Result {
	a, b := old.root.descend(r.query.at), new.root.descend(r.query.at)
	switch {
	case old.root == new.root || r.afresh != nil && r.untouched(old, new):
		return r
	case r.afresh != nil || r.query.shape.linked(b):
		return r.query.Result(new)
	}
	if root := r.root.next(r.query.shape, a, b); root != r.root {
		return &Result{query: r.query, root: root}
	}
	return r
}

// untouched reports whether nothing differs on which a result without parts
// depends.
func (r *Result) untouched(old, new *Tree) bool {
	for _, p := range r.points() {
		if old.root.descend(p.path) != new.root.descend(p.path) {
			return false
		}
	}
	return true
}

// Exists reports whether something stands at the path of the query.
func (r *Result) Exists() bool { return r.root != nil || r.afresh != nil && r.afresh.exists }

// Err returns nil, or an error that wraps ErrTooLarge when the query goes through
// links, has "#", or has ** in the "match" of a map inside another such map, and
// looks at more than MaxAfreshWork items: then there is no value. A later result may
// have one again.
func (r *Result) Err() error {
	if r.afresh == nil {
		return nil
	}
	return r.afresh.err
}

// Follows reports whether the query went through links: then the result depends on
// items that the query does not name.
func (r *Result) Follows() bool { return r.afresh != nil && len(r.afresh.followed) > 0 }

// Value returns the result; it is false when nothing stands at the path of the
// query. It is what Query.Eval gives for the tree. It is made at the first call,
// out of the value of the result before as far as that was made: that takes time
// for the parts that have changed, and a copy of the arrays and objects that have
// them.
func (r *Result) Value() (Value, bool) {
	switch {
	case r.afresh != nil:
		return r.afresh.value, r.afresh.exists
	case r.root == nil:
		return Value{}, false
	}
	return r.root.valueOf(r.query.shape), true
}

// Equal reports whether both are the same result: the same value, or none in both,
// or an error in both. They must be results of one query; where they have parts in
// common it does not look inside.
func (r *Result) Equal(other *Result) bool {
	if r == other {
		return true
	}
	if r.afresh == nil && other.afresh == nil {
		return sameParts(r.query.shape, r.root, other.root)
	}
	value, exists := r.Value()
	otherValue, otherExists := other.Value()
	return exists == otherExists && value.Equal(otherValue) && (r.Err() == nil) == (other.Err() == nil)
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

// overlaps reports whether s has a map over all beneath an item inside another such
// map, which looks at the same items many times; within says that it is inside one
// already.
func (s *shape) overlaps(within bool) bool {
	if s == nil {
		return false
	}
	if s.which != nil && s.which.match.isOpen() {
		if within {
			return true
		}
		within = true
	}
	for _, f := range s.fields {
		if f.shape.overlaps(within) {
			return true
		}
	}
	return s.each.overlaps(within)
}

// linked reports whether s may go through a link that is r or beneath it.
func (s *shape) linked(r *record) bool {
	switch {
	case s == nil || r == nil:
		return false
	case r.isLeaf():
		return r.isLink()
	case s.form == formFields:
		return slices.ContainsFunc(s.fields, func(f field) bool { return f.shape.linked(r.kids.get(f.key)) })
	case s.which == nil && (s.form == formCount || s.form == formEach && s.each == nil):
		return false
	}
	return r.kids.links > 0
}
