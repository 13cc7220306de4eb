package tree

import (
	"maps"
	"slices"
	"testing"
)

// model is the plain, slow picture of an item that the tree is held against: a
// map of children, copied whole by every operation. Operations work on the
// content alone; metadata follows from comparing the content before and after.
type model struct {
	leaf                       Value
	kids                       map[string]*model // nil for a leaf
	array                      bool              // was set as an array
	created, modified, version uint64
}

// newModel is the model of the empty tree.
func newModel() *model { return &model{kids: map[string]*model{}, version: 1} }

// modelOf is the content v without metadata.
func modelOf(v Value) *model {
	if v.isLeaf() {
		return &model{leaf: v}
	}
	m := &model{kids: map[string]*model{}, array: v.Kind() == Array}
	for key, value := range v.children() {
		m.kids[key] = modelOf(value)
	}
	return m
}

// clone is a deep copy of m.
func (m *model) clone() *model {
	c := *m
	if m.kids != nil {
		c.kids = make(map[string]*model, len(m.kids))
		for key, kid := range m.kids {
			c.kids[key] = kid.clone()
		}
	}
	return &c
}

// keys are the keys of the children in the order of a naive definition of
// CompareKeys.
func (m *model) keys() []string {
	return slices.SortedFunc(maps.Keys(m.kids), naiveCompare)
}

// kind is the kind that the item shows.
func (m *model) kind() Kind {
	if m.kids == nil {
		return m.leaf.Kind()
	}
	for i := range len(m.kids) {
		if m.kids[indexKey(i)] == nil {
			return Object
		}
	}
	if m.array {
		return Array
	}
	return Object
}

// value is the value of the item with all beneath it.
func (m *model) value() Value {
	switch m.kind() {
	case Array:
		var elements []Value
		for _, key := range m.keys() {
			elements = append(elements, m.kids[key].value())
		}
		return ArrayValue(elements...)
	case Object:
		members := map[string]Value{}
		for key, kid := range m.kids {
			members[key] = kid.value()
		}
		return ObjectValue(members)
	default:
		return m.leaf
	}
}

// at is the item at p, or nil.
func (m *model) at(p Path) *model {
	for _, key := range p {
		if m == nil {
			return nil
		}
		m = m.kids[key]
	}
	return m
}

// with is m with what change makes of the item at p, which is nil when there is
// none.
func (m *model) with(p Path, change func(*model) *model) *model {
	if len(p) == 0 {
		return change(m)
	}
	c := newModel()
	if m != nil && m.kids != nil {
		c = m.clone()
	}
	next := change(nil)
	if kid := c.kids[p[0]]; kid != nil || len(p) > 1 {
		next = kid.with(p[1:], change)
	}
	if next == nil {
		delete(c.kids, p[0])
	} else {
		c.kids[p[0]] = next
	}
	return c
}

// merged is m after a set of v.
func (m *model) merged(v Value) *model {
	switch {
	case m == nil || m.kids == nil || v.isLeaf():
		return modelOf(v)
	case v.Kind() == Array:
		return m.replaced(v)
	}
	c := m.clone()
	for key, value := range v.Members() {
		c.kids[key] = m.kids[key].merged(value)
	}
	return c
}

// mergedRoot is the root m after a set of v.
func (m *model) mergedRoot(v Value) *model {
	members := map[string]Value{}
	for key, value := range v.children() {
		members[key] = value
	}
	return m.merged(ObjectValue(members))
}

// replaced is m after a replace by v. Where neither the keys nor the kind
// differ it stays what it was set as.
func (m *model) replaced(v Value) *model {
	c := modelOf(v)
	if m == nil || m.kids == nil || c.kids == nil {
		return c
	}
	if m.kind() == c.kind() && slices.Equal(m.keys(), c.keys()) {
		c.array = m.array
	}
	for key, value := range v.children() {
		c.kids[key] = m.kids[key].replaced(value)
	}
	return c
}

// stamp gives m, which was old before an operation of that revision, its
// metadata, and reports whether anything changed.
func (m *model) stamp(old *model, revision uint64) (changed bool) {
	if old == nil {
		m.created, m.modified, m.version = revision, revision, 1
		old, changed = &model{}, true
	} else {
		m.created, m.modified, m.version = old.created, old.modified, old.version
		changed = m.kind() != old.kind() || !m.leaf.Equal(old.leaf) || !slices.Equal(m.keys(), old.keys())
		if changed && m.modified != revision {
			m.modified = revision
			m.version++
		}
	}
	for key, kid := range m.kids {
		if kid.stamp(old.kids[key], revision) {
			changed = true
		}
	}
	return changed
}

// newest is the newest revision at m or beneath.
func (m *model) newest() uint64 {
	newest := m.modified
	for _, kid := range m.kids {
		newest = max(newest, kid.newest())
	}
	return newest
}

// count is the number of items beneath m.
func (m *model) count() int {
	n := len(m.kids)
	for _, kid := range m.kids {
		n += kid.count()
	}
	return n
}

// compare fails the test unless i, which stands at p, is what m says, in
// everything an Item tells.
func (m *model) compare(t testing.TB, p Path, i Item) {
	t.Helper()
	type facts struct {
		exists, leaf                       bool
		key                                string
		kind                               Kind
		created, modified, version, newest uint64
		count, length                      int
	}
	want := facts{true, m.kids == nil, "", m.kind(), m.created, m.modified, m.version, m.newest(), m.count(), len(m.kids)}
	if len(p) > 0 {
		want.key = p[len(p)-1]
	}
	got := facts{i.Exists(), i.IsLeaf(), i.Key(), i.Kind(), i.Created(), i.Modified(), i.Version(), i.Newest(), i.Count(), i.Len()}
	if got != want {
		t.Fatalf("item %q: got %+v, want %+v", p, got, want)
	}
	if got, want := i.Value(), m.value(); !got.Equal(want) {
		t.Fatalf("item %q: got value %v, want %v", p, got, want)
	}
	var keys []string
	for key, kid := range i.Children() {
		keys = append(keys, key)
		if same, ok := i.Child(key); !ok || same != kid {
			t.Fatalf("item %q: child %q is listed but not found", p, key)
		}
		if m.kids[key] != nil {
			m.kids[key].compare(t, p.Child(key), kid)
		}
	}
	if !slices.Equal(keys, m.keys()) {
		t.Fatalf("item %q: got keys %q, want %q", p, keys, m.keys())
	}
}
