package tree

import "slices"

// Delta is one part of a result that differs from that of an earlier result.
type Delta struct {
	// Path is where in the tree the item stands that the part is read from. It
	// belongs to the receiver.
	Path Path

	// Old is the part in the earlier result, if it was in it.
	Old Value
	Was bool

	// New is the part in the later result, if it is in it. Where both are and
	// are equal, the part has another place among those that are ordered.
	New Value
	Is  bool
}

// Deltas returns in what r differs from an earlier result of the same query: each
// child of a map as a whole; in a whole value each item that has come, gone, or is
// another leaf; each leaf of "1"; each count. They are sorted by path, no two have
// the same one, and none is beneath another, but for what matches a pattern. It takes
// time for what differs. Of what Err speaks of all is one Delta, and there is none
// where both have no value. Where since is nil all that is in r has come, child by
// child.
func (r *Result) Deltas(since *Result) []Delta {
	d := deltaList{all: since == nil}
	if since == nil {
		since = &Result{query: r.query}
	}
	if r.afresh != nil || since.afresh != nil {
		was, had := since.Value()
		is, has := r.Value()
		if (had || has) && !r.Equal(since) {
			d.add(r.query.at, was, is, had, has)
		}
		return d.list
	}
	d.parts(r.query.shape, slices.Clone(r.query.at), since.root, r.root)
	slices.SortFunc(d.list, func(a, b Delta) int { return slices.CompareFunc(a.Path, b.Path, CompareKeys) })
	return d.list
}

// deltaList gathers deltas. The paths given to its methods may be appended to.
type deltaList struct {
	list []Delta
	// all says that what has come is told child by child.
	all bool
}

func (d *deltaList) add(p Path, was, is Value, had, has bool) {
	d.list = append(d.list, Delta{Path: slices.Clone(p), Old: was, New: is, Was: had, Is: has})
}

// addChanged is add for what was there and is there, if that is not equal.
func (d *deltaList) addChanged(at Path, was, is Value) {
	if !was.Equal(is) {
		d.add(at, was, is, true, true)
	}
}

// parts adds what differs between two parts of s, either of which may be nil.
func (d *deltaList) parts(s *shape, at Path, p, q *part) {
	switch {
	case p == q:
	case p == nil && d.all && q.hasChildren(s):
		d.parts(s, at, q.emptied(), q)
	case p == nil:
		d.add(at, Value{}, q.valueOf(s), false, true)
	case q == nil:
		d.add(at, p.valueOf(s), Value{}, true, false)
	case p.fields != nil && q.fields != nil:
		for i, f := range s.fields {
			d.parts(f.shape, append(at, f.key), p.fields[i], q.fields[i])
		}
	case p.chosen != nil && q.chosen != nil:
		d.chosen(s, at, p.chosen, q.chosen)
	case p.record != nil && q.record != nil:
		d.plain(s, at, p.record, q.record)
	default:
		d.addChanged(at, p.valueOf(s), q.valueOf(s))
	}
}

// plain adds what differs between what the plain shape s wants of two records,
// either of which may be nil.
func (d *deltaList) plain(s *shape, at Path, a, b *record) {
	switch {
	case a == b:
	case a == nil:
		d.add(at, Value{}, fresh(s, b), false, true)
	case b == nil:
		d.add(at, fresh(s, a), Value{}, true, false)
	case a.isLeaf() || b.isLeaf() || s == nil && a.kind() != b.kind():
		d.addChanged(at, fresh(s, a), fresh(s, b))
	case s == nil:
		d.pairs(at, a, b, func(at Path, x, y *record) { d.plain(nil, at, x, y) })
	default:
		d.shape(s, at, a, b)
	}
}

// shape is plain for parents and a shape.
func (d *deltaList) shape(s *shape, at Path, a, b *record) {
	switch s.form {
	case formCount:
		d.counts(at, a.kids.length, b.kids.length)
	case formKeys:
		d.pairs(at, a, b, func(at Path, x, y *record) {
			if x == nil || y == nil {
				key := StringValue(keyOf(x, y))
				d.addIf(at, key, key, x != nil, y != nil)
			}
		})
	case formLeaves:
		d.pairs(at, a, b, d.leaf)
	case formFields:
		for _, f := range s.fields {
			d.plain(f.shape, append(at, f.key), a.kids.get(f.key), b.kids.get(f.key))
		}
	default:
		d.pairs(at, a, b, func(at Path, x, y *record) { d.child(s.each, at, x, y) })
	}
}

// child adds a child of a map, either of which may be nil, if what s wants of it
// differs.
func (d *deltaList) child(s *shape, at Path, x, y *record) {
	if x != nil && y != nil {
		d.addChanged(at, fresh(s, x), fresh(s, y))
	} else {
		d.plain(s, at, x, y)
	}
}

// addIf is add, with null for what was not or is not there.
func (d *deltaList) addIf(at Path, was, is Value, had, has bool) {
	if !had {
		was = Value{}
	}
	if !has {
		is = Value{}
	}
	d.add(at, was, is, had, has)
}

func (d *deltaList) counts(at Path, was, is int) {
	d.addChanged(at, IntValue(int64(was)), IntValue(int64(is)))
}

// leaf adds how a child differs, either of which may be nil, that counts only as a
// leaf.
func (d *deltaList) leaf(at Path, x, y *record) {
	if !sameLeaf(x, y) {
		had, has := x != nil && x.isLeaf(), y != nil && y.isLeaf()
		d.add(at, leafValue(x, had), leafValue(y, has), had, has)
	}
}

func leafValue(r *record, is bool) Value {
	if !is {
		return Value{}
	}
	return r.value
}

// pairs calls visit for the children of a and b that are not the same records.
func (d *deltaList) pairs(at Path, a, b *record, visit func(at Path, x, y *record)) {
	pairs(a, b, func(x, y *record) bool {
		visit(append(at, keyOf(x, y)), x, y)
		return true
	})
}

// chosen adds what differs between what the map s has chosen.
func (d *deltaList) chosen(s *shape, at Path, p, q *chosen) {
	if s.form == formCount {
		from, to := s.which.window(p.count)
		nowFrom, nowTo := s.which.window(q.count)
		d.counts(at, to-from, nowTo-nowFrom)
		return
	}
	gone, come := p.compare(s, q, func(x, y *choice) { d.addChanged(y.at(at), x.valueOf(s), y.valueOf(s)) })
	for _, y := range come {
		at := y.at(at)
		if x, moved := gone[y.record.key]; moved {
			delete(gone, y.record.key)
			d.moved(s, at, x, y)
		} else {
			d.add(at, Value{}, y.valueOf(s), false, true)
		}
	}
	for _, x := range gone {
		d.add(x.at(at), x.valueOf(s), Value{}, true, false)
	}
}

// moved adds a child that has another place in the order. In an object that says
// nothing by itself.
func (d *deltaList) moved(s *shape, at Path, x, y *choice) {
	if was, is := x.valueOf(s), y.valueOf(s); !s.which.isKeyed() || !was.Equal(is) {
		d.add(at, was, is, true, true)
	}
}
