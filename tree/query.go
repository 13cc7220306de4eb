package tree

import "slices"

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
	each   *shape  // of formEach: what is wanted of every child
	fields []field // of formFields: sorted by key
}

// shapeForm tells the forms of a shape apart.
type shapeForm uint8

const (
	formLeaves shapeForm = iota // 1 or {}: the children that are leaves
	formKeys                    // {"_": "$key"}: the keys of the children
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
// for. Children that are missing are missing in the result.
//
// A result with the key "#" is no valid value for a tree.
func (q Query) Eval(t *Tree) (Value, bool) { return q.eval(t.root) }

func (q Query) eval(root *record) (Value, bool) {
	r := root.descend(q.at)
	if r == nil {
		return Value{}, false
	}
	e := evaluation{root: root}
	return e.shape(r, q.shape), true
}

// evaluation is one run of a query over one tree.
type evaluation struct {
	root    *record
	anchors map[*shape]Value // what the shapes under "#" gave; made when first needed
}

// shape returns what s wants of r.
func (e *evaluation) shape(r *record, s *shape) Value {
	if s == nil || r.isLeaf() {
		return r.content()
	}
	switch s.form {
	case formLeaves:
		return e.leaves(r)
	case formKeys:
		return e.keys(r)
	case formEach:
		return e.each(r, s.each)
	default:
		return e.fields(r, s.fields)
	}
}

// leaves returns an object of the children of r that are leaves.
func (e *evaluation) leaves(r *record) Value {
	var members []member
	for kid := range r.kids.all() {
		if kid.isLeaf() {
			members = append(members, member{kid.key, kid.value})
		}
	}
	return objectOf(members)
}

// keys returns an array of the keys of the children of r.
func (e *evaluation) keys(r *record) Value {
	keys := make([]Value, 0, r.kids.length)
	for kid := range r.kids.all() {
		keys = append(keys, StringValue(kid.key))
	}
	return arrayOf(keys)
}

// each returns an array of what s wants of every child of r.
func (e *evaluation) each(r *record, s *shape) Value {
	elements := make([]Value, 0, r.kids.length)
	for kid := range r.kids.all() {
		elements = append(elements, e.shape(kid, s))
	}
	return arrayOf(elements)
}

// fields returns an object of what is wanted of some children of r.
func (e *evaluation) fields(r *record, fields []field) Value {
	members := make([]member, 0, len(fields))
	for _, f := range fields {
		// No item has the anchor's key, so it cannot hide a child.
		if f.key == anchorKey {
			members = append(members, member{f.key, e.anchor(f.shape)})
		} else if kid := r.kids.get(f.key); kid != nil {
			members = append(members, member{f.key, e.shape(kid, f.shape)})
		}
	}
	return objectOf(members)
}

// anchor returns what s wants of the root. It is evaluated once: inside a map
// it is asked for by every child, and maps with anchors inside each other would
// otherwise take a time exponential in the length of the query.
func (e *evaluation) anchor(s *shape) Value {
	if v, done := e.anchors[s]; done {
		return v
	}
	v := e.shape(e.root, s)
	if e.anchors == nil {
		e.anchors = make(map[*shape]Value)
	}
	e.anchors[s] = v
	return v
}
