package tree

import (
	"slices"
	"sync/atomic"
)

// part is what one shape gives for one item that is there. It is immutable, but
// for the value, which is made when it is asked for. What it holds of the tree is
// never more than the shape can see, so that a part that nothing has changed for a
// long time keeps no old tree in memory.
type part struct {
	record *record // of a leaf, and of a plain shape: all that it can see
	fields []*part // of formFields: by the position of the field, nil where nothing stands
	chosen *chosen // of a map that selects, or has one beneath it
	value  atomic.Pointer[Value]
	basis  atomic.Pointer[basis]
}

// basis is an earlier part that has a value, out of which the next is made.
type basis struct {
	record *record
	value  Value
	age    int // in changes
}

// basisAge bounds for how many changes an earlier part is kept for the value that
// nobody has asked for since.
const basisAge = 64

// plain reports whether the value of s can be told from a record alone, and the
// difference between two of them from two records: it selects nothing.
func (s *shape) plain() bool {
	if s == nil {
		return true
	}
	if s.which != nil && (s.form != formEach || !s.which.onlyKeyed()) {
		return false
	}
	for _, f := range s.fields {
		if !f.shape.plain() {
			return false
		}
	}
	return s.each.plain()
}

// onlyKeyed reports whether all children are selected, in the order of their keys.
func (s *selection) onlyKeyed() bool {
	return s.match == nil && s.where == nil && s.order == nil && s.after == nil && s.offset == 0 && s.limit == noLimit
}

// newPart returns what s gives for r, nil when nothing stands there.
func newPart(s *shape, r *record) *part {
	switch {
	case r == nil:
		return nil
	case r.isLeaf() || s == nil:
		return &part{record: r}
	case s.form == formFields:
		return newFields(s, r)
	case s.plain():
		return &part{record: r}
	}
	return &part{chosen: newChosen(s, r)}
}

func newFields(s *shape, r *record) *part {
	p := &part{fields: make([]*part, len(s.fields))}
	for i, f := range s.fields {
		p.fields[i] = newPart(f.shape, r.kids.get(f.key))
	}
	return p
}

// next returns the part of b where p is that of a, either of which may be nil. It
// returns p itself when s sees no difference between the records.
func (p *part) next(s *shape, a, b *record) *part {
	switch {
	case a == b:
		return p
	case a == nil || b == nil || a.isLeaf() || b.isLeaf():
		return newPart(s, b)
	case p.fields != nil:
		return p.nextFields(s, a, b)
	case p.chosen != nil:
		return p.nextChosen(s, a, b)
	}
	next := &part{record: b}
	next.basis.Store(p.nextBasis())
	return next
}

func (p *part) nextFields(s *shape, a, b *record) *part {
	next := p
	for i, f := range s.fields {
		is := p.fields[i].next(f.shape, a.kids.get(f.key), b.kids.get(f.key))
		if is == p.fields[i] {
			continue
		}
		if next == p {
			next = &part{fields: slices.Clone(p.fields)}
		}
		next.fields[i] = is
	}
	return next
}

func (p *part) nextChosen(s *shape, a, b *record) *part {
	if next := p.chosen.next(s, a, b); next != p.chosen {
		return &part{chosen: next}
	}
	return p
}

// nextBasis returns what the value of the next part is made out of, if there is
// anything.
func (p *part) nextBasis() *basis {
	if v := p.value.Load(); v != nil {
		return &basis{record: p.record, value: *v}
	}
	if b := p.basis.Load(); b != nil && b.age < basisAge {
		return &basis{record: b.record, value: b.value, age: b.age + 1}
	}
	return nil
}

// valueOf returns the value of the part, which is that of s.
func (p *part) valueOf(s *shape) Value {
	if v := p.value.Load(); v != nil {
		return *v
	}
	v := p.makeValue(s)
	p.value.Store(&v)
	p.basis.Store(nil)
	return v
}

func (p *part) makeValue(s *shape) Value {
	switch {
	case p.fields != nil:
		return p.valueOfFields(s)
	case p.chosen != nil:
		return p.chosen.valueOf(s)
	}
	if b := p.basis.Load(); b != nil {
		return patch(s, b.value, b.record, p.record)
	}
	return fresh(s, p.record)
}

func (p *part) valueOfFields(s *shape) Value {
	members := make([]member, 0, len(s.fields))
	for i, f := range s.fields {
		if p.fields[i] != nil {
			members = append(members, member{f.key, p.fields[i].valueOf(f.shape)})
		}
	}
	return objectOf(members)
}

// fresh returns what s wants of r, which it evaluates anew. There is no link that s
// goes through.
func fresh(s *shape, r *record) Value {
	var e evaluation
	if s == nil {
		return r.content()
	}
	return e.form(r, s)
}

// hasChildren reports whether the part, which is that of s, gives something for each
// child.
func (p *part) hasChildren(s *shape) bool {
	return (p.record == nil || !p.record.isLeaf()) && (s == nil || s.form != formCount)
}

// emptied returns the part of an item that has no children, and is of the same kind
// as that of p, which gives something for each.
func (p *part) emptied() *part {
	switch {
	case p.fields != nil:
		return &part{fields: make([]*part, len(p.fields))}
	case p.chosen != nil:
		return &part{chosen: new(chosen)}
	}
	return &part{record: &record{kids: &children{array: p.record.kind() == Array}}}
}
