package tree

import "slices"

// patch returns what the plain shape s wants of b, out of was, which it wants of
// a. Only where the records differ it is evaluated anew.
func patch(s *shape, was Value, a, b *record) Value {
	switch {
	case a == b:
		return was
	case a.isLeaf() || b.isLeaf():
		return fresh(s, b)
	case s == nil && a.kind() != b.kind():
		return fresh(s, b)
	case s == nil && b.kind() == Array:
		return patchElements(was, a, b, func(was Value, x, y *record) Value { return patchKid(nil, was, x, y) })
	case s == nil:
		return patchMembers(was, a, b, func(was Value, x, y *record) (Value, bool) { return patchKid(nil, was, x, y), true })
	}
	return patchShape(s, was, a, b)
}

// patchShape is patch for parents and a shape.
func patchShape(s *shape, was Value, a, b *record) Value {
	switch s.form {
	case formCount:
		return IntValue(int64(b.kids.length))
	case formKeys:
		return patchElements(was, a, b, func(_ Value, _, y *record) Value { return StringValue(y.key) })
	case formLeaves:
		return patchMembers(was, a, b, func(_ Value, _, y *record) (Value, bool) { return y.value, y.isLeaf() })
	case formFields:
		return patchFields(s.fields, was, a, b)
	}
	if s.which.isKeyed() {
		return patchMembers(was, a, b, func(was Value, x, y *record) (Value, bool) { return patchKid(s.each, was, x, y), true })
	}
	return patchElements(was, a, b, func(was Value, x, y *record) Value { return patchKid(s.each, was, x, y) })
}

// patchKid is patch where x may be nil, and then was means nothing.
func patchKid(s *shape, was Value, x, y *record) Value {
	if x == nil {
		return fresh(s, y)
	}
	return patch(s, was, x, y)
}

// patchMembers returns the object of b out of that of a, whose members are values
// of children. of returns that of the child y, which was that of x before if there
// was one and it was a member; it is false for a child that is no member.
func patchMembers(was Value, a, b *record, of func(was Value, x, y *record) (Value, bool)) Value {
	old := was.members()
	members := make([]member, 0, max(len(old)+b.kids.length-a.kids.length, 0))
	w := pairing{visit: func(x, y *record) bool {
		key := keyOf(x, y)
		at, had := slices.BinarySearchFunc(old, key, func(m member, key string) int { return CompareKeys(m.key, key) })
		members = append(members, old[:at]...)
		old = old[at:]
		var before Value
		if had {
			before, old = old[0].value, old[1:]
		}
		if y != nil {
			if value, is := of(before, x, y); is {
				members = append(members, member{y.key, value})
			}
		}
		return true
	}}
	w.children(a, b)
	return objectOf(append(members, old...))
}

// patchElements is patchMembers for an array with an element for each child.
func patchElements(was Value, a, b *record, of func(was Value, x, y *record) Value) Value {
	old, taken := was.elements(), 0
	elements := make([]Value, 0, b.kids.length)
	w := pairing{}
	w.visit = func(x, y *record) bool {
		elements = append(elements, old[taken:w.before]...)
		taken = w.before
		var before Value
		if x != nil {
			before, taken = old[taken], taken+1
		}
		if y != nil {
			elements = append(elements, of(before, x, y))
		}
		return true
	}
	w.children(a, b)
	return arrayOf(append(elements, old[taken:]...))
}

// patchFields returns the object of some children of b out of that of a.
func patchFields(fields []field, was Value, a, b *record) Value {
	members := make([]member, 0, len(fields))
	for _, f := range fields {
		if y := b.kids.get(f.key); y != nil {
			before, _ := was.Get(f.key)
			members = append(members, member{f.key, patchKid(f.shape, before, a.kids.get(f.key), y)})
		}
	}
	return objectOf(members)
}

// keyOf returns the key of two records, of which one may be nil.
func keyOf(x, y *record) string {
	if x == nil {
		return y.key
	}
	return x.key
}
