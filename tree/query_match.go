package tree

import (
	"iter"
	"slices"
)

// items returns the items beneath r that the selection chooses from: its
// children, or what matches the pattern, in the order of paths and with them.
func (s *selection) items(e *evaluation, r *record) iter.Seq2[Path, *record] {
	return func(yield func(Path, *record) bool) {
		if s.match != nil {
			m := matching{e, s.match, yield}
			m.beneath(r, s.match.start(), make(Path, 0, MaxDepth))
			return
		}
		for kid := range r.kids.all() {
			if !e.spend(1) || !yield(nil, kid) {
				return
			}
		}
	}
}

// matching is one walk over the items that match a pattern. Its methods report
// whether it goes on.
type matching struct {
	e       *evaluation
	pattern pattern
	yield   func(Path, *record) bool
}

// beneath visits what may match beneath r, which stands at path. Where only one
// key can match it is looked up.
func (m *matching) beneath(r *record, at awaited, path Path) bool {
	if key, only := m.pattern.onlyKey(at); only {
		kid := r.kids.get(key)
		return m.e.spend(1) && (kid == nil || m.item(kid, at, path))
	}
	for kid := range r.kids.all() {
		if !m.e.spend(1) || !m.item(kid, at, path) {
			return false
		}
	}
	return true
}

// item visits a child of what stands at path, and what may match beneath it. It
// writes behind the keys of path, where its siblings have been.
func (m *matching) item(kid *record, at awaited, path Path) bool {
	next, matches := m.pattern.step(at, kid.key)
	path = append(path, kid.key)
	if matches && !m.yield(slices.Clone(path), kid.named(path)) {
		return false
	}
	return next == 0 || kid.isLeaf() || m.beneath(kid, next, path)
}

// named returns r with the text of a path in the place of its key: that is the
// key of what matches a pattern, to conditions and in results. A nil record
// stays nil.
func (r *record) named(p Path) *record {
	if r == nil {
		return nil
	}
	named := *r
	named.key = p.String()
	return &named
}
