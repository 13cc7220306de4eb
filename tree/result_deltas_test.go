package tree

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The deltas of a map are what differs between the objects that it gives by key: each
// child once, in the order of paths, and one that is the same only for another place.
func TestDeltasOfAMapAreTheMembersThatDiffer(t *testing.T) {
	checked, moved := 0, 0
	for seed := range uint64(20_000) {
		w := resultWorld{rand.New(rand.NewPCG(seed, 8)), false}
		q := w.query().At(Path{"a"})
		if q.shape == nil || q.shape.form != formEach || q.shape.anchored() || q.shape.overlaps(false) {
			continue
		}
		edit := New().Edit()
		for range 4 {
			must(t, edit.Set(Path{"a", w.key()}, w.value(2)))
		}
		before := edit.Tree()
		r := q.Result(before)
		for range 1 + w.IntN(3) {
			w.write(edit)
			must(t, edit.Set(Path{"a", w.key(), w.key()}, w.leaf()))
		}
		now := edit.Tree()
		was, is := byKey(q, before), byKey(q, now)
		if was.Kind() != Object || is.Kind() != Object {
			continue
		}
		checked++
		deltas := r.Next(before, now).Deltas(r)
		if !slices.IsSortedFunc(deltas, func(a, b Delta) int { return comparePaths(a.Path, b.Path) }) {
			t.Fatalf("seed %d: not in order: %v", seed, deltas)
		}
		rest := map[string]Delta{}
		for _, d := range deltas {
			rest[keyOfDelta(q.shape, d)] = d
		}
		for _, key := range keysOf(was, is) {
			old, had := was.Get(key)
			new, has := is.Get(key)
			d, told := rest[key]
			delete(rest, key)
			same := had == has && old.Equal(new)
			if told && (d.Was != had || d.Is != has || !d.Old.Equal(old) || !d.New.Equal(new)) || !told && !same {
				t.Fatalf("seed %d: %v from %v to %v: of %q there is %v", seed, q, was, is, key, d)
			}
			if told && same {
				if moved++; q.shape.which.isKeyed() || !q.shape.which.ordered() {
					t.Fatalf("seed %d: %v from %v to %v: nothing is new in %v", seed, q, was, is, d)
				}
			}
		}
		if len(rest) > 0 {
			t.Fatalf("seed %d: %v from %v to %v: there are also %v", seed, q, was, is, rest)
		}
	}
	if checked < 500 || moved == 0 {
		t.Errorf("%d runs with %d that only moved", checked, moved)
	}
}

// byKey returns what the map q gives as an object.
func byKey(q Query, t *Tree) Value {
	which := selection{limit: noLimit}
	if q.shape.which != nil {
		which = *q.shape.which
	}
	which.keyed = true
	v, _ := Query{q.at, &shape{form: formEach, each: q.shape.each, which: &which}}.Eval(t)
	return v
}

// keyOfDelta returns the key of a child of the map s, whose path has one key before it.
func keyOfDelta(s *shape, d Delta) string {
	if s.which != nil && s.which.match != nil {
		return d.Path[1:].String()
	}
	return d.Path[1]
}

// keysOf returns the keys of both objects, each once.
func keysOf(a, b Value) (keys []string) {
	for _, v := range []Value{a, b} {
		for key := range v.Members() {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// One child of three changes its n, by which it may be ordered.
func TestDeltasOfAChildThatChangesPlaces(t *testing.T) {
	for form, want := range map[string]int{
		`1`:                                      0,
		`{"_":"$key"}`:                           0,
		`{"_":"$count"}`:                         0,
		`{"_":1}`:                                1,
		`{"_":{"x":1},"order":"n"}`:              1,
		`{"_":{"x":1},"order":"n","keyed":true}`: 0,
		`{"_":{"x":1,"n":1},"order":"n","keyed":true}`:         1,
		`{"_":"$key","order":"n"}`:                             1,
		`{"_":"$key","order":"n","limit":1}`:                   2,
		`{"_":{"x":1},"order":"n","limit":1,"keyed":true}`:     2,
		`{"_":{"x":1},"offset":1,"keyed":true}`:                0,
		`{"_":{"x":1,"n":1},"offset":1,"keyed":true}`:          0,
		`{"_":{"_":"$count","limit":1},"where":{"n":{">":0}}}`: 0,
	} {
		old := treeOf(t, `{"1":{"n":1,"x":0},"2":{"n":2,"x":0},"3":{"n":3,"x":0}}`)
		edit := old.Edit()
		must(t, edit.Set(Path{"1", "n"}, IntValue(9)))
		q := query(t, form)
		r := q.Result(old)
		next := r.Next(old, edit.Tree())
		was, _ := q.Eval(old)
		is, _ := q.Eval(edit.Tree())
		if deltas := next.Deltas(r); len(deltas) != want || next.Equal(r) != was.Equal(is) {
			t.Errorf("%s: from %v to %v, equal %v, deltas %v", form, was, is, next.Equal(r), deltas)
		}
	}
}
