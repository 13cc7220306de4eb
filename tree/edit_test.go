package tree

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// steps runs a script of lines "op path value" on a draft, one change each.
func steps(t testing.TB, e *Edit, lines ...string) {
	t.Helper()
	for _, line := range lines {
		must(t, step(t, e, line))
		e.Commit()
	}
}

// step runs one line "op path value" on a draft.
func step(t testing.TB, e *Edit, line string) error {
	t.Helper()
	op, rest, _ := strings.Cut(line, " ")
	text, value, _ := strings.Cut(rest, " ")
	if text == "/" {
		text = ""
	}
	p, err := ParsePath(text)
	must(t, err)
	switch op {
	case "set":
		return e.Set(p, parse(t, value))
	case "insert":
		return e.Insert(p, parse(t, value))
	case "update":
		return e.Update(p, parse(t, value))
	case "replace":
		return e.Replace(p, parse(t, value))
	case "remove":
		return e.Remove(p)
	case "delete":
		return e.Delete(p)
	}
	t.Fatalf("unknown op in %q", line)
	return nil
}

// The cases of the original's tests for set and delete, and what its semantics
// say beside them; S numbers are those of the list of semantics.
func TestContentAfterOperations(t *testing.T) {
	for _, test := range []struct {
		name string
		ops  []string
		want string
	}{
		{"S10 set of an object at the root", []string{`set / {"a":1}`}, `{"a":1}`},
		{"S11 set of a leaf", []string{`set a 1`}, `{"a":1}`},
		{"S11 missing parents are created", []string{`set a.b.c 1`}, `{"a":{"b":{"c":1}}}`},
		{"S11 a leaf where a parent is needed is replaced", []string{`set a 1`, `set a.b.c 2`}, `{"a":{"b":{"c":2}}}`},
		{"S12 objects merge", []string{`set a {"b":1,"c":{"x":1}}`, `set a {"c":{"y":2},"d":3}`}, `{"a":{"b":1,"c":{"x":1,"y":2},"d":3}}`},
		{"S12 an object over a leaf", []string{`set a 1`, `set a {"b":2}`}, `{"a":{"b":2}}`},
		{"S12 a leaf over an object inside a merge", []string{`set a {"b":{"c":1}}`, `set a {"b":2}`}, `{"a":{"b":2}}`},
		{"S13 an empty object where nothing is", []string{`set a {}`}, `{"a":{}}`},
		{"S13 an empty object over a leaf", []string{`set a 1`, `set a {}`}, `{"a":{}}`},
		{"S13 an empty object over an object", []string{`set a {"b":1}`, `set a {}`}, `{"a":{"b":1}}`},
		{"S13 an empty object over an array", []string{`set a [1]`, `set a {}`}, `{"a":[1]}`},
		{"S14 an array replaces a longer one", []string{`set a [1,2,3]`, `set a [4]`}, `{"a":[4]}`},
		{"S14 an array replaces an object", []string{`set a {"b":1}`, `set a [1]`}, `{"a":[1]}`},
		{"S14 an array replaces an object with index keys", []string{`set a {"0":1,"1":2}`, `set a [1,2]`}, `{"a":[1,2]}`},
		{"S14 an array inside a merge replaces", []string{`set a {"b":[1,2],"c":1}`, `set a {"b":[3]}`}, `{"a":{"b":[3],"c":1}}`},
		{"S14 objects inside an array do not merge", []string{`set a [{"x":1}]`, `set a [{"y":2}]`}, `{"a":[{"y":2}]}`},
		{"S14 an empty array replaces", []string{`set a [1]`, `set a []`}, `{"a":[]}`},
		{"S15 an object merges into an array", []string{`set a [1,2]`, `set a {"x":3}`}, `{"a":{"0":1,"1":2,"x":3}}`},
		{"S15 an object can change an element", []string{`set a [1,2]`, `set a {"1":3}`}, `{"a":[1,3]}`},
		{"S15 an object can append an element", []string{`set a [1,2]`, `set a {"2":3}`}, `{"a":[1,2,3]}`},
		{"S16 a leaf over an object", []string{`set a {"b":1}`, `set a 2`}, `{"a":2}`},
		{"S21 an array at the root merges as keys", []string{`set / {"a":1,"1":9}`, `set / ["x","y"]`}, `{"0":"x","1":"y","a":1}`},
		{"an array at the root does not make it one", []string{`set / ["x"]`}, `{"0":"x"}`},
		{"arrays at the root merge their objects", []string{`set / [{"a":1}]`, `set / [{"b":2}]`}, `{"0":{"a":1,"b":2}}`},
		{"S23 delete where nothing is", []string{`set a 1`, `delete b`, `delete a.b.c`, `delete x.y`}, `{"a":1}`},
		{"S24 delete of a leaf", []string{`set a {"b":1,"c":2}`, `delete a.b`}, `{"a":{"c":2}}`},
		{"S24 delete of an object with all beneath", []string{`set a {"b":{"c":1}}`, `delete a.b`}, `{"a":{}}`},
		{"S26 delete of an element leaves a gap", []string{`set a [1,2,3]`, `delete a.1`}, `{"a":{"0":1,"2":3}}`},
		{"S26 delete of the last element leaves an array", []string{`set a [1,2,3]`, `delete a.2`}, `{"a":[1,2]}`},
		{"a gap that is filled makes an array again", []string{`set a [1,2,3]`, `delete a.1`, `set a.1 9`}, `{"a":[1,9,3]}`},
		{"index keys alone make no array", []string{`set a.0 1`, `set a.1 2`}, `{"a":{"0":1,"1":2}}`},
		{"replace drops what the value lacks", []string{`set a {"b":1,"c":{"d":2}}`, `replace a {"c":{"e":3}}`}, `{"a":{"c":{"e":3}}}`},
		{"replace by an empty object", []string{`set a {"b":1}`, `replace a {}`}, `{"a":{}}`},
		{"replace by a leaf", []string{`set a {"b":1}`, `replace a 1`}, `{"a":1}`},
		{"replace of an array by an object with its keys", []string{`set a [1]`, `replace a {"0":1}`}, `{"a":{"0":1}}`},
		{"replace by a gap that is filled later", []string{`set a [1,2]`, `replace a {"0":1,"2":2}`, `set a.1 0`}, `{"a":{"0":1,"1":0,"2":2}}`},
		{"replace of a gap by an object", []string{`set a [1,2,3]`, `remove a.1`, `replace a {"0":1,"2":3,"3":4}`, `set a.1 9`},
			`{"a":{"0":1,"1":9,"2":3,"3":4}}`},
		{"update merges", []string{`set a {"b":1}`, `update a {"c":2}`}, `{"a":{"b":1,"c":2}}`},
		{"insert beneath a leaf", []string{`set a 1`, `insert a.b 2`}, `{"a":{"b":2}}`},
		{"null is a value", []string{`set a null`, `set b.c null`}, `{"a":null,"b":{"c":null}}`},
		{"keys with dots and the empty key", []string{`set "x.y"."" 1`}, `{"x.y":{"":1}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := New().Edit()
			steps(t, e, test.ops...)
			tr := e.Tree()
			check(t, tr)
			if got := tr.Root().Value(); !got.Equal(parse(t, test.want)) {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

func TestOperationsThatChangeNothing(t *testing.T) {
	const content = `{"a":{"b":1,"c":[1,{"d":"x"}]},"e":null,"f":{},"g":[],"h":1.0}`
	for _, op := range []string{
		`set / ` + content, `set / {}`, `set / []`, `set a {"b":1}`, `set a.b 1`, `set a {}`, `set e null`, `set f {}`, `set h 1.0`,
		`set a.c [1,{"d":"x"}]`, `set a.c {}`, `set g []`, `set g {}`, `update a {"b":1}`, `replace a {"b":1,"c":[1,{"d":"x"}]}`,
		`replace f {}`, `replace g []`, `delete x`, `delete a.b.c.d`, `delete f.x`,
	} {
		t.Run(op, func(t *testing.T) {
			e := treeOf(t, content).Edit()
			before := e.Tree()
			must(t, step(t, e, op))
			if revision, changed := e.Commit(); changed || revision != 1 {
				t.Errorf("commit gave %d, %v", revision, changed)
			}
			if e.Tree() != before {
				t.Error("published another tree")
			}
		})
	}
}

func TestContentThatDiffersOnlyInKindIsAChange(t *testing.T) {
	for _, op := range []string{
		`set h 1`, `set e 0`, `replace f []`, `set f []`, `replace g {}`, `set s {"_":"$bytes","base64":"eA=="}`, `set z -0.0`,
	} {
		t.Run(op, func(t *testing.T) {
			e := treeOf(t, `{"e":null,"f":{},"g":[],"h":1.0,"s":"x","z":0.0}`).Edit()
			must(t, step(t, e, op))
			if _, changed := e.Commit(); !changed {
				t.Error("no change")
			}
		})
	}
}

func TestErrorsOfOperations(t *testing.T) {
	deep := long(MaxDepth).String()
	for _, test := range []struct {
		op   string
		want error
	}{
		{`insert a 1`, ErrExists},
		{`insert a.b {}`, ErrExists},
		{`update x 1`, ErrNotFound},
		{`update a.b.c 1`, ErrNotFound},
		{`replace x 1`, ErrNotFound},
		{`remove x`, ErrNotFound},
		{`remove a.b.c`, ErrNotFound},
		{`set / 1`, ErrInvalid},
		{`set / null`, ErrInvalid},
		{`insert / {}`, ErrInvalid},
		{`update / {}`, ErrInvalid},
		{`replace / {}`, ErrInvalid},
		{`remove /`, ErrInvalid},
		{`delete /`, ErrInvalid},
		{`set ` + deep + ` {"x":1}`, ErrTooLarge},
		{`insert ` + deep + ` [1]`, ErrTooLarge},
		{`set a ` + nested(MaxDepth).String(), ErrTooLarge},
	} {
		t.Run(test.op, func(t *testing.T) {
			e := treeOf(t, `{"a":{"b":1}}`).Edit()
			before := e.Tree()
			if err := step(t, e, test.op); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if _, changed := e.Commit(); changed || e.Tree() != before {
				t.Error("something changed")
			}
		})
	}
}

func TestOperationsRefuseWhatNoTreeTakes(t *testing.T) {
	e := New().Edit()
	for name, err := range map[string]error{
		"a reserved key in the path":  e.Insert(Path{"a", "_"}, Value{}),
		"a reserved key in the value": e.Set(Path{"a"}, ObjectValue(map[string]Value{"#": {}})),
		"a string that is not UTF-8":  e.Set(Path{"a"}, StringValue("\xff")),
		"a reserved key to delete":    e.Delete(Path{"#"}),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := e.Set(long(MaxDepth+1), Value{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a path that is too deep: %v", err)
	}
	err := e.Set(Path{"a"}, ObjectValue(map[string]Value{"b": StringValue(strings.Repeat("x", MaxValueBytes+1))}))
	if got, want := fmt.Sprint(err), "set a.b: leaf has 1048577 bytes, limit 1048576: too large"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e.Tree().Len() != 0 {
		t.Error("something changed")
	}
}

func TestTheDeepestItem(t *testing.T) {
	e := New().Edit()
	must(t, e.Set(long(MaxDepth), ArrayValue()))
	must(t, e.Set(Path{"a"}, nested(MaxDepth-1)))
	tr := e.Tree()
	check(t, tr)
	if tr.Len() != 2*MaxDepth {
		t.Errorf("%d items, want %d", tr.Len(), 2*MaxDepth)
	}
}

// facts are created, modified, version and newest of an item.
type facts [4]uint64

// factsAt are the facts of the item at the path of that text.
func factsAt(t testing.TB, tr *Tree, text string) facts {
	t.Helper()
	p, err := ParsePath(text)
	must(t, err)
	i, ok := tr.Get(p)
	if !ok {
		t.Fatalf("nothing at %s", text)
	}
	return facts{i.Created(), i.Modified(), i.Version(), i.Newest()}
}

func TestMetadataFollowsTheItemItself(t *testing.T) {
	for _, test := range []struct {
		name string
		ops  []string
		want map[string]facts
	}{
		{"the root of the empty tree", nil, map[string]facts{``: {0, 0, 1, 0}}},
		{"creation", []string{`set a.b 1`}, map[string]facts{``: {0, 1, 2, 1}, `a`: {1, 1, 1, 1}, `a.b`: {1, 1, 1, 1}}},
		{"a leaf changes", []string{`set a.b 1`, `set a.b 2`}, map[string]facts{``: {0, 1, 2, 2}, `a`: {1, 1, 1, 2}, `a.b`: {1, 2, 2, 2}}},
		{"a child is added", []string{`set a.b 1`, `set a.c 1`}, map[string]facts{`a`: {1, 2, 2, 2}, `a.b`: {1, 1, 1, 1}, `a.c`: {2, 2, 1, 2}}},
		{"a child is removed", []string{`set a {"b":1,"c":2}`, `remove a.c`}, map[string]facts{`a`: {1, 2, 2, 2}, `a.b`: {1, 1, 1, 1}}},
		{"something far beneath is removed", []string{`set a.b.c 1`, `remove a.b.c`}, map[string]facts{`a`: {1, 1, 1, 2}, `a.b`: {1, 2, 2, 2}}},
		{"a leaf becomes a parent", []string{`set a 1`, `set a.b 1`}, map[string]facts{`a`: {1, 2, 2, 2}, `a.b`: {2, 2, 1, 2}}},
		{"a parent becomes a leaf", []string{`set a.b 1`, `set a 1`}, map[string]facts{`a`: {1, 2, 2, 2}}},
		{"an array becomes an object", []string{`set a [1]`, `replace a {"0":1}`}, map[string]facts{`a`: {1, 2, 2, 2}, `a.0`: {1, 1, 1, 1}}},
		{"removed and set again", []string{`set a 1`, `set a 2`, `remove a`, `set a 3`}, map[string]facts{`a`: {4, 4, 1, 4}}},
		{"elements that stay equal", []string{`set a [1,2,3]`, `set a [1,9]`},
			map[string]facts{`a`: {1, 2, 2, 2}, `a.0`: {1, 1, 1, 1}, `a.1`: {1, 2, 2, 2}}},
		{"an element changes", []string{`set a [{"b":1,"c":[1]},2]`, `set a [{"b":2,"c":[1]},2]`},
			map[string]facts{`a`: {1, 1, 1, 2}, `a.0`: {1, 1, 1, 2}, `a.0.b`: {1, 2, 2, 2}, `a.0.c`: {1, 1, 1, 1}, `a.1`: {1, 1, 1, 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := New().Edit()
			steps(t, e, test.ops...)
			tr := e.Tree()
			check(t, tr)
			for path, want := range test.want {
				if got := factsAt(t, tr, path); got != want {
					t.Errorf("%q is %v, want %v", path, got, want)
				}
			}
		})
	}
}

func TestOneChangeHasOneRevisionAndOneVersion(t *testing.T) {
	e := New().Edit()
	steps(t, e, `set a {"b":1}`)
	for _, op := range []string{`set a.b 2`, `set a.b 3`, `set a.c 1`, `remove a.c`, `insert a.d 1`, `set a.d 2`} {
		must(t, step(t, e, op))
	}
	if revision, changed := e.Commit(); revision != 2 || !changed {
		t.Errorf("commit gave %d, %v", revision, changed)
	}
	tr := e.Tree()
	for path, want := range map[string]facts{`a`: {1, 2, 2, 2}, `a.b`: {1, 2, 2, 2}, `a.d`: {2, 2, 1, 2}} {
		if got := factsAt(t, tr, path); got != want {
			t.Errorf("%q is %v, want %v", path, got, want)
		}
	}
	must(t, step(t, e, `remove a.b`))
	must(t, step(t, e, `insert a.b 3`))
	if got := factsAt(t, e.Tree(), `a.b`); got != (facts{3, 3, 1, 3}) {
		t.Errorf("removed and inserted in one change is %v", got)
	}
}

func TestTreePublishesWithACommit(t *testing.T) {
	e := New().Edit()
	must(t, step(t, e, `set a 1`))
	if e.Revision() != 0 {
		t.Errorf("revision %d before the commit", e.Revision())
	}
	tr := e.Tree()
	if tr.Revision() != 1 || e.Revision() != 1 || e.Tree() != tr {
		t.Errorf("revision %d, then %d", tr.Revision(), e.Revision())
	}
	steps(t, e, `set a 2`)
	if later := e.Tree(); later.Revision() != 2 || tr.Root().Value().String() != `{"a":1}` {
		t.Errorf("revision %d; the tree before it holds %v", later.Revision(), tr.Root().Value())
	}
}

func TestRollbackRestoresExactly(t *testing.T) {
	e := treeOf(t, `{"a":{"b":1}}`).Edit()
	must(t, step(t, e, `set a.c 2`))
	m := e.Mark()
	must(t, step(t, e, `set a.b 3`))
	e.Commit()
	inner := e.Mark()
	steps(t, e, `remove a`, `set x.y 1`)
	e.Rollback(inner)
	if got, _ := e.Get(Path{"a"}); got.Value().String() != `{"b":3,"c":2}` || e.Revision() != 2 {
		t.Errorf("after the inner rollback: %v at %d", got.Value(), e.Revision())
	}
	steps(t, e, `set a.b 4`)
	e.Rollback(m)
	if got, _ := e.Get(Path{"a"}); got.Value().String() != `{"b":1,"c":2}` || e.Revision() != 1 {
		t.Errorf("after the rollback: %v at %d", got.Value(), e.Revision())
	}
	if revision, changed := e.Commit(); revision != 2 || !changed {
		t.Errorf("the operation before the mark is lost: %d, %v", revision, changed)
	}
	e.Rollback(inner)
	if got, _ := e.Get(Path{"a"}); got.Value().String() != `{"b":3,"c":2}` || e.Revision() != 2 {
		t.Errorf("back to the inner mark: %v at %d", got.Value(), e.Revision())
	}
	check(t, e.Tree())
}

func TestRollbackToThePublishedTreeGivesThatTree(t *testing.T) {
	tr := treeOf(t, `{"a":1}`)
	e := tr.Edit()
	m := e.Mark()
	steps(t, e, `set a 2`)
	e.Rollback(m)
	if e.Tree() != tr {
		t.Error("published another tree")
	}
}

func TestTheZeroItemIsNothing(t *testing.T) {
	i, ok := New().Get(Path{"a", "b"})
	if ok || i.Exists() || i.IsLeaf() || i.Key() != "" || i.Kind() != Null || !i.Value().Equal(Value{}) {
		t.Errorf("got %v, %v", i, ok)
	}
	if i.Created()|i.Modified()|i.Version()|i.Newest() != 0 || i.Count() != 0 || i.Len() != 0 {
		t.Error("the zero item has metadata")
	}
	for key := range i.Children() {
		t.Errorf("the zero item has the child %q", key)
	}
	if _, ok := i.Child("a"); ok {
		t.Error("the zero item has a child")
	}
}

func TestChildrenCanBeLeftEarly(t *testing.T) {
	e := New().Edit()
	for i := range 300 {
		must(t, e.Set(Path{"a", indexKey(i)}, Value{}))
	}
	item, _ := e.Tree().Get(Path{"a"})
	for _, stop := range []int{1, 63, 64, 200} {
		n := 0
		for range item.Children() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("left after %d children, want %d", n, stop)
		}
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	tr := treeOf(t, `{"a":{"b":{"c":"x"}}}`)
	p := Path{"a", "b", "c"}
	allocations := testing.AllocsPerRun(100, func() {
		if item, ok := tr.Get(p); !ok || item.Value().Str() != "x" {
			t.Fatal("missing")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
