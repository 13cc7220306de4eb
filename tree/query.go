package tree

import (
	"fmt"
	"slices"
)

// Query says which part of a tree to read and in which form. It is immutable
// and checked when it is built, so that evaluating it never fails. The zero
// Query is the value of the whole tree. ParseQuery describes the forms.
type Query struct {
	at    Path   // the item that the query is about
	shape *shape // nil: the whole value
}

// shape is what a query wants of one item. It is immutable.
type shape struct {
	form   shapeForm
	each   *shape     // of formEach: what is wanted of every child
	fields []field    // of formFields: sorted by key
	which  *selection // of formKeys, formEach and formCount: of which children
}

// shapeForm tells the forms of a shape apart.
type shapeForm uint8

const (
	formLeaves shapeForm = iota // 1 or {}: the children that are leaves
	formKeys                    // {"_": "$key"}: the keys of the children
	formCount                   // {"_": "$count"}: how many children there are
	formEach                    // {"_": shape}: all children, as an array
	formFields                  // {"key": shape, ...}: some children
)

// field is one child that a shape asks for. The key "#" stands for the root of
// the tree.
type field struct {
	key   string
	shape *shape
}

// Subtree returns the query for the whole value at p.
func Subtree(p Path) Query { return Query{at: slices.Clone(p)} }

// At returns the query that evaluates the shape of q at p instead of where q
// does. The key "#" still means the root of the tree.
func (q Query) At(p Path) Query {
	q.at = slices.Clone(p)
	return q
}

// Path returns the path of the item at which q is evaluated. The caller owns
// it.
func (q Query) Path() Path { return slices.Clone(q.at) }

// Eval returns what q reads from t; it is false when nothing stands at the path
// of q. Where a leaf stands the result is the leaf, whatever shape is asked
// for. Children that are missing are missing in the result, and so are links
// that lead nowhere.
//
// It takes time, in items looked at, for
//
//	a path, a key         1
//	1 or {}               each child
//	"$count"              1; with where, order or after each child
//	"$key", a map         each child, and what the map wants of those selected
//	where                 what stands at its paths, of each child; 1 for nothing, and for each further test of a path
//	order                 the same, and n log n comparisons of the n selected
//	limit without order   no child after the last one of the result
//	with an Index         the children that conditions on its field leave; with an order
//	                      by it and a limit no child after the last one of the result
//	match                 1 for a key, each child for *, all beneath for **; of what matches, as of children
//	a whole value         all of it
//	a link                1 for each in a chain, and what is wanted of where it leads
//	"#"                   what is wanted of the root; time once, work each time that it is in the result
//
// Links may lead to the same items again and again: where n children of an item
// are links to it, d maps inside each other look at n^d items. So do d maps inside
// each other with ** in "match": at an item at depth n as often as there are ways to
// choose d of n.
//
// A result with the key "#" is no valid value for a tree.
func (q Query) Eval(t *Tree) (Value, bool) { return q.eval(t.root) }

// EvalWithin is Eval with a limit on its work: the number of items that it looks
// at, each as often as it does. Beyond it the error wraps ErrTooLarge. The work
// is the same for equal trees.
func (q Query) EvalWithin(t *Tree, work int) (v Value, exists bool, err error) {
	return q.evalWithin(t.root, work)
}

func (q Query) evalWithin(root *record, work int) (v Value, exists bool, err error) {
	e := evaluation{root: root, limited: true, left: work}
	return e.limitedQuery(q)
}

// limitedQuery is query with an error when the work is used up.
func (e *evaluation) limitedQuery(q Query) (v Value, exists bool, err error) {
	work := e.left
	if v, exists = e.query(q); e.left < 0 {
		return Value{}, false, fmt.Errorf("query at %q looks at more than %d items, the limit: %w", q.at.String(), work, ErrTooLarge)
	}
	return v, exists, nil
}

func (q Query) eval(root *record) (Value, bool) {
	e := evaluation{root: root}
	return e.query(q)
}

// evaluation is one run of a query over one tree.
type evaluation struct {
	root    *record
	anchors map[*shape]anchored // what the shapes under "#" gave; made when first needed
	limited bool
	left    int // of the work, if it is limited; less than 0 when it is used up

	indexes  []Index
	followed *[]Path // where links led, if that is asked for
}

// anchored is what a shape under "#" gave, and the work that it took.
type anchored struct {
	value Value
	work  int
}

// spend takes so much work, and reports whether there was enough.
func (e *evaluation) spend(work int) bool {
	if e == nil || !e.limited {
		return true
	}
	if e.left >= 0 {
		e.left -= work
	}
	return e.left >= 0
}

// query returns what q reads; it is false when nothing is there.
func (e *evaluation) query(q Query) (Value, bool) {
	r := e.root.descend(q.at)
	if r == nil {
		return Value{}, false
	}
	return e.shape(r, q.shape)
}

// shape returns what s wants of r; it is false when r is a link that leads
// nowhere. Only a whole value has links in it.
func (e *evaluation) shape(r *record, s *shape) (Value, bool) {
	if s == nil {
		return e.whole(r), true
	}
	if r = e.target(r); r == nil {
		return Value{}, false
	}
	return e.form(r, s), true
}

// whole returns the value of r, as far as the work allows.
func (e *evaluation) whole(r *record) Value {
	if !e.spend(r.size()) {
		return Value{}
	}
	return r.content()
}

// form returns what s wants of r, which is no link.
func (e *evaluation) form(r *record, s *shape) Value {
	if r.isLeaf() {
		return e.whole(r)
	}
	switch s.form {
	case formLeaves:
		return e.leaves(r)
	case formKeys:
		return e.keys(r, s.which)
	case formCount:
		return e.count(r, s.which)
	case formEach:
		return e.each(r, s)
	default:
		return e.fields(r, s.fields)
	}
}

// leaves returns an object of the children of r that are leaves.
func (e *evaluation) leaves(r *record) Value {
	var members []member
	for kid := range r.kids.all() {
		if !e.spend(1) {
			break
		}
		if at := e.target(kid); at != nil && at.isLeaf() {
			members = append(members, member{kid.key, at.value})
		}
	}
	return objectOf(members)
}

// keys returns an array of the keys of children of r.
func (e *evaluation) keys(r *record, which *selection) Value {
	var keys []Value
	for kid := range which.of(e, r) {
		if !e.spend(1) {
			break
		}
		if e.target(kid) != nil {
			keys = append(keys, StringValue(kid.key))
		}
	}
	return arrayOf(keys)
}

// count returns how many children of r there are.
func (e *evaluation) count(r *record, which *selection) Value {
	if which == nil {
		return IntValue(int64(r.kids.length))
	}
	n := int64(0)
	for range which.of(e, r) {
		n++
	}
	return IntValue(n)
}

// each returns an array of what s wants of children of r, or an object of it by
// their keys.
func (e *evaluation) each(r *record, s *shape) Value {
	var members []member
	for kid := range s.which.of(e, r) {
		if !e.spend(1) {
			break
		}
		if v, exists := e.shape(kid, s.each); exists {
			members = append(members, member{kid.key, v})
		}
	}
	return s.which.valueOf(members)
}

// fields returns an object of what is wanted of some children of r.
func (e *evaluation) fields(r *record, fields []field) Value {
	members := make([]member, 0, len(fields))
	for _, f := range fields {
		if !e.spend(1) {
			break
		}
		// No item has the anchor's key, so it cannot hide a child.
		if f.key == anchorKey {
			members = append(members, member{f.key, e.anchor(f.shape)})
		} else if kid := r.kids.get(f.key); kid != nil {
			if v, exists := e.shape(kid, f.shape); exists {
				members = append(members, member{f.key, v})
			}
		}
	}
	return objectOf(members)
}

// anchor returns what s wants of the root. It is evaluated once: inside a map
// it is asked for by every child, and maps with anchors inside each other would
// otherwise take a time exponential in the length of the query. As work it counts
// each time, for their result has such a size when it is written out.
func (e *evaluation) anchor(s *shape) Value {
	if a, done := e.anchors[s]; done {
		e.spend(a.work)
		return a.value
	}
	left := e.left
	v, _ := e.shape(e.root, s) // the root is no link
	if e.anchors == nil {
		e.anchors = make(map[*shape]anchored)
	}
	e.anchors[s] = anchored{v, left - e.left}
	return v
}
