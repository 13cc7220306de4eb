package tree

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// naiveQuery evaluates the form of a query on a model, for nothing but to be
// right. It knows conditions of one operand that exists, or that has a value.
type naiveQuery struct {
	root     *model
	followed map[string]bool // the texts of the paths that links led to
}

// target is where m leads through links, nil for nowhere: a chain leads nowhere
// if it comes by one link twice, as none here is long.
func (n naiveQuery) target(m *model) *model {
	seen := map[*model]bool{}
	for m != nil && m.kids == nil && m.leaf.Kind() == Link {
		if seen[m] {
			return nil
		}
		seen[m] = true
		n.followed[m.leaf.Link().String()] = true
		m = n.root.at(m.leaf.Link())
	}
	return m
}

// eval is what the form q gives for m; it is false for what is not there.
func (n naiveQuery) eval(m *model, q Value) (Value, bool) {
	if m = n.target(m); m == nil {
		return Value{}, false
	}
	if m.kids == nil {
		return m.leaf, true
	}
	if each, ok := q.Get("_"); ok {
		return n.each(m, q, each), true
	}
	members := map[string]Value{}
	if q.Kind() == Int {
		for key, kid := range m.kids {
			if at := n.target(kid); at != nil && at.kids == nil {
				members[key] = at.leaf
			}
		}
		return ObjectValue(members), true
	}
	for key, of := range q.Members() {
		at := m.kids[key]
		if key == "#" {
			at = n.root
		}
		if v, ok := n.eval(at, of); ok {
			members[key] = v
		}
	}
	return ObjectValue(members), true
}

// each is what the map q gives, which wants each of the children of m.
func (n naiveQuery) each(m *model, q, each Value) Value {
	where, conditional := q.Get("where")
	if each.Str() == "$count" && !conditional {
		return IntValue(int64(len(m.kids)))
	}
	var keys, values []Value
	for _, key := range m.keys() {
		kid := m.kids[key]
		if n.target(kid) == nil || conditional && !n.holds(kid, where) {
			continue
		}
		keys = append(keys, StringValue(key))
		if each.Str() == "" {
			v, _ := n.eval(kid, each)
			values = append(values, v)
		}
	}
	switch each.Str() {
	case "$key":
		return ArrayValue(keys...)
	case "$count":
		return IntValue(int64(len(keys)))
	}
	return ArrayValue(values...)
}

// holds reports whether the condition holds for the child m.
func (n naiveQuery) holds(m *model, where Value) bool {
	for text, of := range where.Members() {
		path, _ := ParsePath(text)
		for _, key := range path {
			if m = n.target(m); m != nil {
				m = m.kids[key]
			}
		}
		at := n.target(m)
		exists, _ := of.Get("exists")
		equal, compared := of.Get("=")
		switch {
		case !compared:
			return (at != nil) == exists.Bool()
		case equal.Kind() == Link:
			return m != nil && m.kids == nil && m.leaf.Equal(equal)
		}
		return at != nil && at.value().Equal(equal)
	}
	return true
}

// linkDice makes trees and queries that depend on a seed alone.
type linkDice struct{ *rand.Rand }

func (d linkDice) key() string { return []string{"a", "b", "c", "0"}[d.IntN(4)] }

func (d linkDice) path(most int) (p Path) {
	for range d.IntN(most + 1) {
		p = append(p, d.key())
	}
	return p
}

// value is a value of up to that many levels, in which every third leaf is no
// link.
func (d linkDice) value(levels int) Value {
	switch n := d.IntN(6); {
	case levels > 0 && n > 1:
		members := map[string]Value{}
		for range d.IntN(4) {
			members[d.key()] = d.value(levels - 1)
		}
		return ObjectValue(members)
	case n%3 == 0:
		return IntValue(int64(d.IntN(3)))
	}
	return LinkValue(d.path(3))
}

// query is the form of a query of up to that many levels.
func (d linkDice) query(levels int) any {
	if levels == 0 {
		return 1
	}
	switch d.IntN(8) {
	case 0:
		return 1
	case 1:
		return d.selecting("$key")
	case 2:
		return d.selecting("$count")
	case 3, 4:
		return d.selecting(d.query(levels - 1))
	case 5:
		return map[string]any{"#": d.query(levels - 1)}
	}
	return map[string]any{d.key(): d.query(levels - 1), d.key(): d.query(levels - 1)}
}

// selecting is the form of a map, in half of all cases with a condition.
func (d linkDice) selecting(each any) any {
	q := map[string]any{"_": each}
	var of any
	switch d.IntN(6) {
	case 0:
		of = map[string]any{"exists": d.IntN(2) == 0}
	case 1:
		of = map[string]any{"=": d.IntN(3)}
	case 2:
		of = map[string]any{"=": LinkValue(d.path(2))}
	default:
		return q
	}
	q["where"] = map[string]any{d.path(2).String(): of}
	return q
}

func TestQueriesThroughLinksAreThoseOfANaiveOne(t *testing.T) {
	for seed := range uint64(5000) {
		d := linkDice{rand.New(rand.NewPCG(seed, 2))}
		e := New().Edit()
		for range 4 {
			must(t, e.Set(Path{d.key()}, d.value(3)))
		}
		tr := e.Tree()
		root := modelOf(tr.Root().Value())
		q, err := NewQuery(d.query(4))
		must(t, err)
		q = q.At(d.path(2))
		must(t, e.Set(append(Path{d.key()}, d.path(2)...), d.value(2)))
		n := naiveQuery{root: root, followed: map[string]bool{}}
		want, exists := n.eval(root.at(q.at), q.shape.value())
		got, ok, followed := evalFollowing(q, tr)
		if ok != exists || !got.Equal(want) {
			t.Fatalf("seed %d: %v of %v gives %v, %v, want %v, %v", seed, q, tr.Root().Value(), got, ok, want, exists)
		}
		var texts []string
		for _, p := range followed {
			texts = append(texts, p.String())
		}
		if slices.Sort(texts); !slices.Equal(texts, slices.Sorted(maps.Keys(n.followed))) {
			t.Fatalf("seed %d: %v of %v looked up %q, want %v", seed, q, tr.Root().Value(), texts, n.followed)
		}
		checkDependence(t, q, tr, e.Tree())
	}
}

// checkDependence checks that a query reads the same from two trees when its kept
// result says so, and when what that says it depends on is the same.
func checkDependence(t testing.TB, q Query, old, new *Tree) {
	t.Helper()
	was, existed, followed := evalFollowing(q, old)
	is, exists := q.Eval(new)
	if existed == exists && was.Equal(is) {
		return
	}
	if sameResult(q, old, new) {
		t.Fatalf("query %v: kept as the same, but %v of %v is not %v of %v", q, was, old.Root().Value(), is, new.Root().Value())
	}
	if q.Result(old).untouched(old, new) {
		t.Fatalf("query %v looks up %q, where nothing changed, but %v of %v is not %v of %v",
			q, followed, was, old.Root().Value(), is, new.Root().Value())
	}
}
