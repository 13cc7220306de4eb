package tree

import (
	"iter"
	"slices"
)

// items returns the items beneath r that the selection chooses from: its
// children, or what matches the pattern, in the order of paths and with them.
func (s *selection) items(e *evaluation, r *record) iter.Seq2[Path, *record] {
	return func(yield func(Path, *record) bool) {
		if s != nil && s.match != nil {
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

// pairs calls visit for what the selection chooses from beneath a and b, where that
// is not the same record in both; one of the two is nil where only the other side
// has it.
func (s *selection) pairs(a, b *record, visit func(p Path, x, y *record)) {
	if s != nil && s.match != nil {
		m := pairMatching{s.match, visit}
		m.beneath(a, b, s.match.start(), make(Path, 0, MaxDepth))
		return
	}
	pairs(a, b, func(x, y *record) bool {
		visit(nil, x, y)
		return true
	})
}

// pairMatching is one walk over the items that match a pattern, in two trees.
type pairMatching struct {
	pattern pattern
	visit   func(p Path, x, y *record)
}

// beneath visits what may match beneath a and b, which stand at path and of which
// one may be nil.
func (m *pairMatching) beneath(a, b *record, at awaited, path Path) {
	if key, only := m.pattern.onlyKey(at); only {
		if x, y := a.child(key), b.child(key); x != y {
			m.item(x, y, at, path)
		}
		return
	}
	pairs(a, b, func(x, y *record) bool {
		m.item(x, y, at, path)
		return true
	})
}

// item visits a child of what stands at path, and what may match beneath it.
func (m *pairMatching) item(x, y *record, at awaited, path Path) {
	key := keyOf(x, y)
	next, matches := m.pattern.step(at, key)
	path = append(path, key)
	if matches {
		m.visit(slices.Clone(path), x.named(path), y.named(path))
	}
	if next != 0 {
		m.beneath(x, y, next, path)
	}
}
