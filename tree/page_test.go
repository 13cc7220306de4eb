package tree

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

// holder is a B-tree beside the sorted list of keys that it should hold.
type holder struct {
	t     *testing.T
	owner *owner
	kids  children
	keys  []string
}

// put adds key on both sides.
func (h *holder) put(key string) {
	i, found := slices.BinarySearchFunc(h.keys, key, CompareKeys)
	if !found {
		h.keys = slices.Insert(slices.Clone(h.keys), i, key)
	}
	h.kids.put(h.owner, &record{key: key})
	h.check()
}

// remove removes key, which is there, on both sides.
func (h *holder) remove(key string) {
	i, _ := slices.BinarySearchFunc(h.keys, key, CompareKeys)
	h.keys = slices.Delete(slices.Clone(h.keys), i, i+1)
	h.kids.remove(h.owner, key)
	h.check()
}

// freeze returns h as it is, and lets h go on with a new token.
func (h *holder) freeze() holder {
	frozen := *h
	h.owner = new(owner)
	return frozen
}

// check fails the test unless both sides hold the same and the B-tree is in
// shape.
func (h *holder) check() {
	h.t.Helper()
	if h.kids.root != nil {
		if _, err := checkPage(h.kids.root, true); err != nil {
			h.t.Fatal(err)
		}
	}
	i := 0
	for r := range h.kids.all() {
		if i >= len(h.keys) || r.key != h.keys[i] {
			h.t.Fatalf("record %d is %q, want the keys %q", i, r.key, h.keys)
		}
		i++
	}
	if i != len(h.keys) || h.kids.length != i {
		h.t.Fatalf("%d records, length %d, want %d", i, h.kids.length, len(h.keys))
	}
}

// order lists the numbers below n in the named order.
func order(name string, n int) []int {
	list := rand.New(rand.NewSource(int64(n))).Perm(n)
	switch name {
	case "ascending":
		slices.Sort(list)
	case "descending":
		slices.Sort(list)
		slices.Reverse(list)
	}
	return list
}

// orders are the names that order knows.
var orders = []string{"ascending", "descending", "shuffled"}

// Sizes on both sides of every boundary of a page and of a root with pages,
// filled and emptied in every pair of orders.
func TestPagesHoldWhatASortedListHolds(t *testing.T) {
	sizes := []int{1, 2, 3, 30, 31, 32, 33, 62, 63, 64, 65, 94, 95, 96, 97, 127, 128, 129, 160, 200, 300}
	for _, filling := range orders {
		for _, emptying := range orders {
			t.Run(fmt.Sprintf("filled %s, emptied %s", filling, emptying), func(t *testing.T) {
				for _, n := range sizes {
					h := holder{t: t, owner: new(owner)}
					for _, i := range order(filling, n) {
						h.put(indexKey(i))
					}
					for _, i := range order(emptying, n) {
						h.remove(indexKey(i))
					}
				}
			})
		}
	}
}

// A removal in the middle of three levels takes a record from the bottom to the
// top, and joins pages of pages.
func TestPagesOfThreeLevels(t *testing.T) {
	h := holder{t: t, owner: new(owner)}
	for i := range 5000 {
		h.keys = append(h.keys, indexKey(i))
		h.kids.put(h.owner, &record{key: indexKey(i)})
	}
	h.check()
	if levels, _ := checkPage(h.kids.root, true); levels != 3 {
		t.Fatalf("%d levels, want 3", levels)
	}
	for step, i := range order("shuffled", 5000) {
		if step%50 == 0 {
			h.check()
		}
		at, _ := slices.BinarySearchFunc(h.keys, indexKey(i), CompareKeys)
		h.keys = slices.Delete(h.keys, at, at+1)
		h.kids.remove(h.owner, indexKey(i))
	}
	h.check()
}

func TestFrozenPagesNeverChange(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	h := holder{t: t, owner: new(owner)}
	var frozen []holder
	for step := range 2000 {
		shrinking := step/500%2 == 1
		if key := indexKey(random.Intn(500)); !shrinking {
			h.put(key)
		} else if len(h.keys) > 0 {
			h.remove(h.keys[random.Intn(len(h.keys))])
		}
		if random.Intn(3) == 0 {
			frozen = append(frozen, h.freeze())
		}
	}
	for _, old := range frozen {
		old.check()
	}
}

func TestGetFindsEveryKeyAndNoOther(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 500} {
		h := holder{t: t, owner: new(owner)}
		for i := range n {
			h.put(indexKey(2 * i))
		}
		for i := range 2*n + 2 {
			r := h.kids.get(indexKey(i))
			if want := i%2 == 0 && i < 2*n; (r != nil) != want || want && r.key != indexKey(i) {
				t.Errorf("of %d keys, %d is found: %v", n, i, r != nil)
			}
		}
	}
}

func TestNewPagesAtAllSizes(t *testing.T) {
	var records []*record
	for i := range 64*64*64 + 2 {
		records = append(records, &record{key: indexKey(i)})
	}
	sizes := order("ascending", 400)
	for _, edge := range []int{1024, 1056, 2016, 2048, 4095, 4096, 4097, 6000, 8191, 64 * 64 * 32, len(records) - 2, len(records)} {
		sizes = append(sizes, edge-1, edge)
	}
	for _, n := range sizes {
		h := holder{t: t, owner: new(owner)}
		h.kids = *newChildren(h.owner, records[:n], 1, false)
		for i := range n {
			h.keys = append(h.keys, records[i].key)
		}
		h.check()
		if n > 0 && n < 10_000 {
			h.put(indexKey(n))
			h.remove(indexKey(0))
		}
	}
}
