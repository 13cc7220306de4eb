package tree

// sameParts reports whether s gives the same value with both parts, either of
// which may be nil.
func sameParts(s *shape, p, q *part) bool {
	switch {
	case p == q:
		return true
	case p == nil || q == nil:
		return false
	case p.fields != nil && q.fields != nil:
		return sameFieldParts(s, p, q)
	case p.chosen != nil && q.chosen != nil:
		return p.chosen.same(s, q.chosen)
	case p.record != nil && q.record != nil:
		return samePlain(s, p.record, q.record)
	}
	// A leaf against something with children, whose number may be the leaf.
	return p.valueOf(s).Equal(q.valueOf(s))
}

func sameFieldParts(s *shape, p, q *part) bool {
	for i, f := range s.fields {
		if !sameParts(f.shape, p.fields[i], q.fields[i]) {
			return false
		}
	}
	return true
}

// same reports whether both give the map s the same value.
func (c *chosen) same(s *shape, other *chosen) bool {
	if s.form == formCount {
		from, to := s.which.window(c.count)
		otherFrom, otherTo := s.which.window(other.count)
		return to-from == otherTo-otherFrom
	}
	if s.which.isKeyed() {
		return c.sameByKey(s, other)
	}
	left, right := s.which.windowOf(c.list), s.which.windowOf(other.list)
	return left.left == right.left && sameChoices(s, left, right)
}

// sameByKey is same where the order does not matter.
func (c *chosen) sameByKey(s *shape, other *chosen) bool {
	same := true
	gone, come := c.compare(s, other, func(x, y *choice) { same = same && x.same(s, y) })
	same = same && len(gone) == len(come)
	for _, y := range come {
		x, moved := gone[y.record.key]
		same = same && moved && x.same(s, y)
	}
	return same
}

// sameChoices reports whether the choices of two windows are the same, one by one.
func sameChoices(s *shape, left, right listWindow) bool {
	for left.left > 0 {
		n := left.cursor.shared(&right.cursor)
		if n == 0 && !left.choice().same(s, right.choice()) {
			return false
		}
		left.skip(max(n, 1))
		right.skip(max(n, 1))
	}
	return true
}

// same reports whether both choices have the same value in the map s. They may be
// different children.
func (one *choice) same(s *shape, other *choice) bool {
	switch {
	case one == other:
		return true
	case s.form == formKeys:
		return one.record.key == other.record.key
	case s.each.plain():
		return samePlain(s.each, one.record, other.record)
	}
	return sameParts(s.each, one.partOf(s), other.partOf(s))
}

// samePlain reports whether the plain shape s wants the same value of both
// records, either of which may be nil. They may have different keys.
func samePlain(s *shape, a, b *record) bool {
	switch {
	case a == b:
		return true
	case a == nil || b == nil:
		return false
	case a.isLeaf() && b.isLeaf():
		return a.value.Equal(b.value)
	case a.isLeaf() || b.isLeaf():
		return fresh(s, a).Equal(fresh(s, b))
	case s == nil:
		return a.kind() == b.kind() && pairs(a, b, func(x, y *record) bool { return samePlain(nil, x, y) })
	}
	switch s.form {
	case formCount:
		return a.kids.length == b.kids.length
	case formLeaves:
		return pairs(a, b, sameLeaf)
	case formKeys:
		return pairs(a, b, func(x, y *record) bool { return x != nil && y != nil })
	case formFields:
		return samePlainFields(s.fields, a, b)
	}
	if s.which.isKeyed() {
		return pairs(a, b, func(x, y *record) bool { return samePlain(s.each, x, y) })
	}
	return samePlainArray(s.each, a, b)
}

// pairs reports whether same is true for all children of a and b that are not the
// same records.
func pairs(a, b *record, same func(x, y *record) bool) bool {
	w := pairing{visit: same}
	return w.children(a, b)
}

func samePlainFields(fields []field, a, b *record) bool {
	for _, f := range fields {
		if !samePlain(f.shape, a.kids.get(f.key), b.kids.get(f.key)) {
			return false
		}
	}
	return true
}

// samePlainArray reports whether the arrays of what each wants of the children are
// the same. Children with other keys may give equal elements, so where keys have
// come or gone the elements are compared by their places.
func samePlainArray(each *shape, a, b *record) bool {
	if a.kids.length != b.kids.length {
		return false
	}
	sameKeys, sameValues := true, true
	pairs(a, b, func(x, y *record) bool {
		if x == nil || y == nil {
			sameKeys = false
		} else {
			sameValues = sameValues && samePlain(each, x, y)
		}
		return sameKeys && sameValues
	})
	if sameKeys {
		return sameValues
	}
	return samePlaces(each, a, b)
}

// samePlaces reports whether each wants the same value of the first child of a and
// of b, of the second, and so on. There are as many.
func samePlaces(each *shape, a, b *record) bool {
	var left, right cursor
	left.start(a)
	right.start(b)
	for {
		p, x := left.peek()
		q, y := right.peek()
		switch {
		case p != nil && p == q:
			left.skip()
			right.skip()
		case p != nil && (q == nil || left.level() >= right.level()):
			left.enter(p)
		case q != nil:
			right.enter(q)
		case x == nil:
			return true
		default:
			if !samePlain(each, x, y) {
				return false
			}
			left.skip()
			right.skip()
		}
	}
}

// sameLeaf reports whether a and b are equal leaves, or neither is a leaf. Nil
// is none.
func sameLeaf(a, b *record) bool {
	aLeaf, bLeaf := a != nil && a.isLeaf(), b != nil && b.isLeaf()
	if aLeaf && bLeaf {
		return a.value.Equal(b.value)
	}
	return aLeaf == bLeaf
}
