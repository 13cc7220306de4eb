package tree

import "iter"

// writer carries out one operation on records: it returns the changed record
// and leaves the given one alone, unless the draft owns it; then both are the
// same record. Its input has been checked, so nothing can fail half-way.
type writer struct {
	owner    *owner
	revision uint64 // of the change that the operation is part of
	exact    bool   // objects replace instead of being merged; arrays always do
	made     *int   // counts the items on the path that were made, or had been leaves
	gone     *int   // counts the items that were replaced or removed
}

// write writes v at p beneath old, which has that key and is nil when nothing
// stands there. Without a change it returns old.
func (w writer) write(old *record, key string, p Path, v Value) (*record, bool) {
	if old == nil || old.isLeaf() {
		*w.made++
	}
	if len(p) == 0 {
		return w.apply(old, key, v)
	}
	kid := old.child(p[0])
	before := kid.totals() // before write, which may change kid in place
	next, changed := w.write(kid, p[0], p[1:], v)
	if !changed {
		return old, false
	}
	parent := w.parent(old, key)
	w.adopt(parent, kid, before, next)
	return parent, true
}

// apply writes v where old stands.
func (w writer) apply(old *record, key string, v Value) (*record, bool) {
	switch {
	case old == nil:
		// A new item is built whole, which costs a fraction of merging its
		// children one by one.
		return w.build(key, v), true
	case v.isLeaf():
		return w.leaf(old, v)
	case old.isLeaf():
		r := w.parent(old, key)
		r.kids = w.buildChildren(v)
		return r, true
	case w.exact || v.Kind() == Array:
		w.exact = true
		return w.replace(old, v)
	default:
		return w.merge(old, v)
	}
}

// leaf puts the leaf v in the place of old.
func (w writer) leaf(old *record, v Value) (*record, bool) {
	if old.isLeaf() && old.value.Equal(v) {
		return old, false
	}
	*w.gone += old.size()
	r := old.own(w.owner)
	r.value, r.kids = v, nil
	r.touch(w.revision)
	return r, true
}

// merge writes the children of v beneath old, an array or object.
func (w writer) merge(old *record, v Value) (r *record, changed bool) {
	r = old
	for key, value := range v.children() {
		kid := r.kids.get(key)
		before := kid.totals()
		next, kidChanged := w.apply(kid, key, value)
		if kidChanged {
			r, changed = r.own(w.owner), true
			w.adopt(r, kid, before, next)
		}
	}
	return r, changed
}

// replace makes the children of old, an array or object, exactly those of v.
// Whether it is an array follows v only when the item itself changes, so that
// an equal value changes nothing.
func (w writer) replace(old *record, v Value) (*record, bool) {
	var surplus []string
	for kid := range old.kids.all() {
		if _, wanted := v.Get(kid.key); !wanted {
			surplus = append(surplus, kid.key)
		}
	}
	// Without a surplus v has every key of old, so equal lengths mean equal
	// keys.
	sameKeys := len(surplus) == 0 && v.Len() == old.kids.length
	sameKind := v.Kind() == old.kind()
	r := old
	if !sameKeys || !sameKind {
		r = old.own(w.owner)
		r.kids.array = v.Kind() == Array
		r.touch(w.revision)
		r.kids.newest = w.revision
	}
	for _, key := range surplus {
		w.drop(r, key)
	}
	// In exact mode merge replaces every child in turn.
	r, changed := w.merge(r, v)
	return r, changed || !sameKeys || !sameKind
}

// remove removes the item at p beneath old. It must be there.
func (w writer) remove(old *record, p Path) *record {
	r := old.own(w.owner)
	if len(p) == 1 {
		w.drop(r, p[0])
		r.touch(w.revision)
		r.kids.newest = w.revision
		return r
	}
	kid := r.kids.get(p[0])
	before := kid.totals()
	w.adopt(r, kid, before, w.remove(kid, p[1:]))
	return r
}

// drop takes the child with that key, which must be there, away from parent,
// which the draft owns.
func (w writer) drop(parent *record, key string) {
	kid := parent.kids.get(key).totals()
	*w.gone += kid.count
	parent.kids.add(kid, totals{})
	parent.kids.remove(w.owner, key)
}

// adopt puts next in the place of kid, which was that much and may be nil,
// beneath parent, which the draft owns. A kid changed in place is where it
// belongs: what the draft owns stands in pages that it owns.
func (w writer) adopt(parent, kid *record, before totals, next *record) {
	if kid == nil {
		parent.touch(w.revision)
	}
	if next != kid {
		parent.kids.put(w.owner, next)
	}
	parent.kids.add(before, next.totals())
	parent.kids.newest = w.revision
}

// parent returns old, or the new item with that key when old is nil, as a
// record that can have children. A leaf loses its value.
func (w writer) parent(old *record, key string) *record {
	if old == nil {
		r := w.create(key)
		r.kids = &children{newest: w.revision}
		return r
	}
	r := old.own(w.owner)
	if r.isLeaf() {
		r.value, r.kids = Value{}, &children{newest: w.revision}
		r.touch(w.revision)
	}
	return r
}

// create returns the record of a new item.
func (w writer) create(key string) *record {
	return &record{owner: w.owner, key: key, created: w.revision, modified: w.revision, version: 1}
}

// build returns the record of a new item with that value.
func (w writer) build(key string, v Value) *record {
	r := w.create(key)
	if v.isLeaf() {
		r.value = v
	} else {
		r.kids = w.buildChildren(v)
	}
	return r
}

// buildChildren returns the children of a new array or object.
func (w writer) buildChildren(v Value) *children {
	records := make([]*record, 0, v.Len())
	for key, value := range v.children() {
		records = append(records, w.build(key, value))
	}
	return newChildren(w.owner, records, w.revision, v.Kind() == Array)
}

// children returns an iterator over the elements of an array or the members of
// an object by the keys that they have in the tree, in order.
func (v Value) children() iter.Seq2[string, Value] {
	if v.Kind() != Array {
		return v.Members()
	}
	return func(yield func(string, Value) bool) {
		for i, element := range v.elements() {
			if !yield(indexKey(i), element) {
				return
			}
		}
	}
}
