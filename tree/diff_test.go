package tree

import (
	"fmt"
	"iter"
	"slices"
	"testing"
)

// printDiff lists changes as text: kind, path, and the values before and after.
func printDiff(changes iter.Seq[Change]) (list []string) {
	for c := range changes {
		list = append(list, printChange(c.Path, c.Old.Exists(), c.New.Exists(), c.Old.Value(), c.New.Value()))
	}
	return list
}

// printChange is one change as text.
func printChange(p Path, hasOld, hasNew bool, old, new Value) string {
	switch {
	case !hasOld:
		return fmt.Sprintf("+ %v %v", p, new)
	case !hasNew:
		return fmt.Sprintf("- %v %v", p, old)
	default:
		return fmt.Sprintf("~ %v %v -> %v", p, old, new)
	}
}

// naiveDiff is what printDiff should give, by looking at every item of both
// models.
func naiveDiff(a, b *model) []string { return appendDiff(nil, nil, a, b) }

// appendDiff is naiveDiff for the items a and b at p, one of which may be nil.
func appendDiff(list []string, p Path, a, b *model) []string {
	none := &model{}
	x, y := a, b
	if x == nil {
		x = none
	}
	if y == nil {
		y = none
	}
	same := a != nil && b != nil && a.created == b.created && a.modified == b.modified && a.version == b.version &&
		a.kind() == b.kind() && a.leaf.Equal(b.leaf)
	if !same {
		list = append(list, printChange(p, a != nil, b != nil, x.value(), y.value()))
	}
	keys := slices.Concat(x.keys(), y.keys())
	slices.SortFunc(keys, naiveCompare)
	for _, key := range slices.Compact(keys) {
		list = appendDiff(list, p.Child(key), x.kids[key], y.kids[key])
	}
	return list
}

// treeOf is the tree with that content, all of it made by revision 1.
func treeOf(t testing.TB, json string) *Tree {
	t.Helper()
	e := New().Edit()
	must(t, e.Set(nil, parse(t, json)))
	return e.Tree()
}

func TestDiffListsWhatChanged(t *testing.T) {
	const content = `{"a":{"b":1,"c":{"d":[1,2]}},"e":"x"}`
	for _, test := range []struct {
		name string
		ops  []string
		want []string
	}{
		{"nothing", nil, nil},
		{"nothing but a revision", []string{`set e "y"`, `set e "x"`}, []string{`~ e "x" -> "x"`}},
		{"a leaf", []string{`set a.b 2`}, []string{`~ a.b 1 -> 2`}},
		{"an added leaf changes its parent", []string{`set a.c.x 2`}, []string{`~ a.c {"d":[1,2]} -> {"d":[1,2],"x":2}`, `+ a.c.x 2`}},
		{"a removed subtree is listed whole", []string{`remove a.c.d`},
			[]string{`~ a.c {"d":[1,2]} -> {}`, `- a.c.d [1,2]`, `- a.c.d.0 1`, `- a.c.d.1 2`}},
		{"a leaf in the place of a parent", []string{`set a.c.d 1`},
			[]string{`~ a.c.d [1,2] -> 1`, `- a.c.d.0 1`, `- a.c.d.1 2`}},
		{"made anew with an equal value", []string{`remove a.c.d.1`, `insert a.c.d.1 2`}, []string{`~ a.c.d [1,2] -> [1,2]`, `~ a.c.d.1 2 -> 2`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			old := treeOf(t, content)
			e := old.Edit()
			steps(t, e, test.ops...)
			if got := printDiff(Diff(old, e.Tree())); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDiffAtLooksBeneathOnePath(t *testing.T) {
	old := treeOf(t, `{"a":{"b":1,"c":2},"d":3}`)
	e := old.Edit()
	steps(t, e, `set a.b 2`, `set d 4`, `set x.y 1`)
	for _, test := range []struct {
		at   Path
		want []string
	}{
		{Path{"a"}, []string{`~ a.b 1 -> 2`}},
		{Path{"a", "b"}, []string{`~ a.b 1 -> 2`}},
		{Path{"a", "c"}, nil},
		{Path{"x"}, []string{`+ x {"y":1}`, `+ x.y 1`}},
		{Path{"nothing", "there"}, nil},
	} {
		if got := printDiff(DiffAt(old, e.Tree(), test.at)); !slices.Equal(got, test.want) {
			t.Errorf("at %q: got %q, want %q", test.at, got, test.want)
		}
	}
}

func TestDiffPathsBelongToTheReceiver(t *testing.T) {
	var paths, appended []Path
	for c := range Diff(New(), treeOf(t, `{"a":{"b":{"c":1,"d":2},"e":3},"f":4}`)) {
		paths = append(paths, c.Path)
		appended = append(appended, append(c.Path, "mine"))
	}
	if got, want := fmt.Sprint(paths), "[ a a.b a.b.c a.b.d a.e f]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(appended[3]), "a.b.c.mine"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDiffCanBeLeftEarly(t *testing.T) {
	old, new := New(), treeOf(t, `{"a":{"b":1,"c":2},"d":[1,2]}`)
	for stop := 1; stop <= 7; stop++ {
		n := 0
		for range Diff(old, new) {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("left after %d changes, want %d", n, stop)
		}
	}
}

// The pages and records looked at are bounded by the number of changes, not by
// that of items, also where pages split and were joined between the two trees.
func TestDiffVisitsOnlyWhatChanged(t *testing.T) {
	const items = 50_000
	base := New().Edit()
	for i := range items {
		must(t, base.Set(Path{"items", indexKey(2 * i)}, Value{}))
	}
	full := base.Tree()
	const perChange = 4 * 3 * 2 * maxRecords // both sides, three levels, a page and its neighbours
	for _, test := range []struct {
		name   string
		change func(e *Edit, n int) error
		counts []int
	}{
		{"leaves written all over", func(e *Edit, n int) error { return e.Set(Path{"items", indexKey(2 * (n * 7919 % items))}, IntValue(1)) }, []int{1, 10, 100}},
		{"items added in one place", func(e *Edit, n int) error { return e.Set(Path{"items", indexKey(2*n + 20_001)}, Value{}) }, []int{1, 40, 200}},
		{"items removed from the front", func(e *Edit, n int) error { return e.Remove(Path{"items", indexKey(2 * n)}) }, []int{1, 40, 200}},
		{"items added at the end", func(e *Edit, n int) error { return e.Set(Path{"items", indexKey(2*items + n)}, Value{}) }, []int{1, 200}},
	} {
		for _, n := range test.counts {
			t.Run(fmt.Sprintf("%s, %d", test.name, n), func(t *testing.T) {
				e := full.Edit()
				for i := range n {
					must(t, test.change(e, i))
				}
				steps, changes := visits(full, e.Tree())
				if changes < n {
					t.Fatalf("%d changes listed for %d", changes, n)
				}
				if limit := (n + 2) * perChange; steps > limit || steps > items {
					t.Errorf("%d steps for %d changes, limit %d", steps, n, limit)
				}
			})
		}
	}
}

// A single change must not cost more than the positions in the changed pages of
// both sides: the pages beneath them that both sides have are skipped.
func TestDiffOfOneChangeSkipsEveryPageThatIsShared(t *testing.T) {
	e := New().Edit()
	for i := range 50_000 {
		must(t, e.Set(Path{"items", indexKey(i)}, Value{}))
	}
	old := e.Tree()
	must(t, e.Set(Path{"items", "25000"}, IntValue(1)))
	tree := e.Tree()
	positions := 0
	for p := tree.root.child("items").kids.root; p != nil; {
		positions += 2*len(p.records) + 1
		i, found := p.search("25000")
		if found || p.pages == nil {
			break
		}
		p = p.pages[i]
	}
	overhead := 20 // entering pages on both sides, the ends, and the root with its one child
	if steps, _ := visits(old, tree); steps > positions+overhead {
		t.Errorf("%d steps through pages of %d positions", steps, positions)
	}
}

// visits counts the steps of a diff and the changes it lists.
func visits(old, new *Tree) (steps, changes int) {
	d := differ{yield: func(Change) bool { changes++; return true }}
	d.visit = d.child
	d.item(old.root, new.root)
	return d.steps, changes
}
