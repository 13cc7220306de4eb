package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// listModel is a list as a plain slice.
type listModel []*choice

func compareByKey(a, b *choice) int { return CompareKeys(a.record.key, b.record.key) }

// edited makes random changes on a list and on the model: mostly additions or mostly
// removals, so that chunks split and join.
func (m listModel) edited(random *rand.Rand, l choiceList, growing bool) (listModel, choiceList) {
	m, edit := slices.Clone(m), l.edit(compareByKey)
	for range 1 + random.IntN(300) {
		key := fmt.Sprint("k", random.IntN(3000))
		if !growing && len(m) > 0 {
			key = m[random.IntN(len(m))].record.key
		}
		one := &choice{candidate: candidate{record: &record{key: key}}}
		place, found := slices.BinarySearchFunc(m, one, compareByKey)
		switch {
		case found && (!growing || random.IntN(4) == 0):
			edit.remove(one)
			m = slices.Delete(m, place, place+1)
		case found:
			edit.put(one)
			m[place] = one
		default:
			edit.put(one)
			m = slices.Insert(m, place, one)
		}
	}
	return m, edit.list()
}

// check holds a list against the model.
func (m listModel) check(t *testing.T, random *rand.Rand, l choiceList) {
	t.Helper()
	if got := slices.Concat(l.chunks...); !slices.Equal(got, m) || l.length() != len(m) {
		t.Fatalf("%d choices, of which the length is said to be %d, are not the %d of the model", len(got), l.length(), len(m))
	}
	for i, chunk := range l.chunks {
		if len(chunk) == 0 || len(chunk) > maxChunk || i > 0 && len(l.chunks[i-1])+len(chunk) <= joinChunk/2 {
			t.Fatalf("chunk %d has %d choices", i, len(chunk))
		}
	}
	for range 10 {
		if len(m) == 0 {
			return
		}
		place, step := random.IntN(len(m)), random.IntN(200)
		if l.at(place) != m[place] {
			t.Fatalf("another choice at %d", place)
		}
		cursor := l.cursor(place)
		if cursor.skip(step); place+step < len(m) && cursor.choice() != m[place+step] || place+step >= len(m) && cursor.choice() != nil {
			t.Fatalf("another choice %d after %d", step, place)
		}
		if got := l.search(func(one *choice) bool { return compareByKey(one, m[place]) >= 0 }); got != place {
			t.Fatalf("found at %d, not %d", got, place)
		}
	}
	l.checkWindows(t, random, m)
	end := l.cursor(len(m))
	if none := l.search(func(*choice) bool { return false }); none != len(m) || end.choice() != nil {
		t.Fatal("something is beyond the end")
	}
}

// checkWindows compares two windows of a list: what is in one alone comes, in order,
// and what is in both does not.
func (l choiceList) checkWindows(t *testing.T, random *rand.Rand, m listModel) {
	t.Helper()
	window := func() (from, to int) {
		from = random.IntN(len(m))
		return from, from + random.IntN(len(m)-from+1)
	}
	from, to := window()
	otherFrom, otherTo := window()
	var want, got listModel
	for i, one := range m {
		if (from <= i && i < to) != (otherFrom <= i && i < otherTo) {
			want = append(want, one)
		}
	}
	w := windowPair{listWindow{l.cursor(from), to - from}, listWindow{l.cursor(otherFrom), otherTo - otherFrom}}
	for x, y := w.next(nil); x != nil || y != nil; x, y = w.next(nil) {
		if x == nil {
			x = y
		} else if y != nil {
			t.Fatal("a choice is in both windows, and is not passed over")
		}
		got = append(got, x)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d choices are in one window alone, want %d", len(got), len(want))
	}
}

// Lists follow a model, and those before a change stay as they were.
func TestChoiceListFollowsTheModel(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 7))
		var m listModel
		l := newChoiceList(nil)
		if seed%2 == 0 {
			for i := range 1000 {
				m = append(m, &choice{candidate: candidate{record: &record{key: fmt.Sprintf("k%04d", i)}}})
			}
			l = newChoiceList(m)
		}
		for round := range 40 {
			wasModel, was := m, l
			m, l = m.edited(random, l, round%20 < 12)
			m.check(t, random, l)
			wasModel.check(t, random, was)
		}
	}
}

// What a result is made out of is an earlier value, but not for ever.
func TestEarlierValueIsKeptForSomeChanges(t *testing.T) {
	edit := New().Edit()
	must(t, edit.Set(Path{"a", "b"}, IntValue(-1)))
	tr := edit.Tree()
	r := Subtree(Path{"a"}).Result(tr)
	r.Value()
	for i := range 2 * basisAge {
		must(t, edit.Set(Path{"a", "b"}, IntValue(int64(i))))
		next := edit.Tree()
		r, tr = r.Next(tr, next), next
		if kept := r.root.basis.Load() != nil; kept != (i <= basisAge) {
			t.Fatalf("after %d changes an earlier value is kept: %v", i+1, kept)
		}
	}
	if v, _ := r.Value(); v.String() != fmt.Sprintf(`{"b":%d}`, 2*basisAge-1) {
		t.Errorf("value %v", v)
	}
	must(t, edit.Set(Path{"a", "b"}, IntValue(-2)))
	r = r.Next(tr, edit.Tree())
	if r.Value(); r.root.basis.Load() != nil {
		t.Error("an earlier value is kept beside the value")
	}
}
