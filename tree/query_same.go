package tree

import "cmp"

// Same reports whether q certainly reads the same from both trees. It looks
// only where they differ and only at what q can see there, and builds no
// result: for trees that follow each other it is far cheaper than two Evals.
// False means that the results may differ. It is false for any two trees in
// which q may go through a link, as what that leads to may be anywhere.
func (q Query) Same(old, new *Tree) bool {
	if old.root == new.root {
		return true
	}
	return sameFor(q.shape, old.root.descend(q.at), new.root.descend(q.at)) &&
		sameAnchors(q.shape, old.root, new.root)
}

// Where the records are not the same one, each form is asked what it can see:
// leaves see leaves come, go and change; keys see children come and go; a map
// sees that and what its shape sees in each child. What cannot be told without
// reading it all, such as a whole subtree with a change somewhere in it, counts
// as different. So does whatever holds a link that a shape may go through.

// sameFor reports whether s certainly wants the same of a and b, leaving aside
// what it wants of the root.
func sameFor(s *shape, a, b *record) bool {
	switch {
	case a == b && (s == nil || a.totals().links == 0):
		return true
	case a == nil || b == nil:
		return false
	case s != nil && (a.isLink() || b.isLink()):
		return false
	case a.isLeaf() || b.isLeaf():
		return sameLeaf(a, b)
	case s == nil:
		return false
	case s.form == formFields:
		return sameFields(s.fields, a, b)
	case a.kids.links+b.kids.links > 0:
		return false
	}
	if s.which != nil && s.which.match != nil {
		return sameMatches(s, s.which.match.start(), nil, a, b)
	}
	w := pairing{visit: func(x, y *record) bool { return sameChild(s, x, y) }}
	return w.children(a, b)
}

// sameMatches reports whether s, which is about what matches a pattern, sees no
// difference beneath a and b, which stand at path and one of which may be
// missing. It looks beneath what differs as far as something there can match.
func sameMatches(s *shape, at awaited, path Path, a, b *record) bool {
	w := pairing{visit: func(x, y *record) bool {
		key := cmp.Or(x, y).key
		next, matches := s.which.match.step(at, key)
		path := path.Child(key)
		return (!matches || sameChild(s, x.named(path), y.named(path))) &&
			(next == 0 || sameMatches(s, next, path, x, y))
	}}
	return w.children(a, b)
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

// sameChild reports whether s, which is about all children, sees no difference
// between the children a and b with the same key, one of which may be missing.
func sameChild(s *shape, a, b *record) bool {
	if s.form == formLeaves {
		return sameLeaf(a, b)
	}
	same, selected := s.which.same(a, b)
	if !same || !selected || s.form != formEach {
		return same
	}
	return sameFor(s.each, a, b)
}

// sameFields reports whether none of the fields sees a difference between a and
// b. No child has the anchor's key, so that is never one.
func sameFields(fields []field, a, b *record) bool {
	for _, f := range fields {
		if !sameFor(f.shape, a.kids.get(f.key), b.kids.get(f.key)) {
			return false
		}
	}
	return true
}

// sameAnchors reports whether what s wants of the root, at any depth, is
// certainly the same.
func sameAnchors(s *shape, a, b *record) bool {
	if s == nil {
		return true
	}
	for _, f := range s.fields {
		if f.key == anchorKey && !sameFor(f.shape, a, b) || !sameAnchors(f.shape, a, b) {
			return false
		}
	}
	return sameAnchors(s.each, a, b)
}
