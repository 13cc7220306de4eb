package tree

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

var resultSteps = flag.Int("steps", 30_000, "steps of the test that holds kept results against fresh ones")

// resultWorld makes random trees, writes and queries out of so few keys and values
// that they meet often.
type resultWorld struct {
	*rand.Rand
	links bool
}

func (w resultWorld) key() string { return [...]string{"a", "b", "c", "0", "1", "2"}[w.IntN(6)] }

func (w resultWorld) path(least int) Path {
	p := Path{}
	for range least + w.IntN(4-least) {
		p = append(p, w.key())
	}
	return p
}

func (w resultWorld) leaf() Value {
	if w.links && w.IntN(3) == 0 {
		return LinkValue(w.path(0))
	}
	return [...]Value{NullValue(), BoolValue(true), IntValue(1), IntValue(2), FloatValue(1.5), StringValue("x"), StringValue("xy")}[w.IntN(7)]
}

func (w resultWorld) value(depth int) Value {
	if depth == 0 || w.IntN(3) == 0 {
		return w.leaf()
	}
	if w.IntN(3) == 0 {
		elements := make([]Value, w.IntN(4))
		for i := range elements {
			elements[i] = w.value(depth - 1)
		}
		return ArrayValue(elements...)
	}
	members := map[string]Value{}
	for range w.IntN(5) {
		members[w.key()] = w.value(depth - 1)
	}
	return ObjectValue(members)
}

// write makes one random operation, which may be refused.
func (w resultWorld) write(e *Edit) {
	switch w.IntN(8) {
	case 0, 1:
		_ = e.Delete(w.path(1))
	case 2:
		_ = e.Replace(w.path(1), w.value(2))
	case 3:
		_ = e.Set(nil, w.value(2))
	default:
		_ = e.Set(w.path(1), w.value(w.IntN(3)))
	}
}

func (w resultWorld) query() Query {
	q := Query{at: w.path(0)}
	if w.IntN(6) > 0 {
		q.shape = w.shape(3)
	}
	return q
}

func (w resultWorld) shape(depth int) *shape {
	switch {
	case w.IntN(8) == 0 && depth < 3:
		return nil
	case depth == 0:
		return &shape{form: formLeaves}
	}
	switch w.IntN(8) {
	case 0:
		return &shape{form: formLeaves}
	case 1:
		return &shape{form: formKeys, which: w.selection(false)}
	case 2:
		return &shape{form: formCount, which: w.selection(false)}
	case 3, 4:
		return w.fields(depth)
	}
	return &shape{form: formEach, each: w.shape(depth - 1), which: w.selection(true)}
}

func (w resultWorld) fields(depth int) *shape {
	s := &shape{form: formFields}
	for _, key := range []string{"0", "1", "a", "b"} {
		if w.IntN(2) == 0 {
			s.fields = append(s.fields, field{key, w.shape(depth - 1)})
		}
	}
	if w.IntN(12) == 0 {
		s.fields = append([]field{{anchorKey, w.shape(depth - 1)}}, s.fields...)
	}
	if len(s.fields) == 0 {
		return &shape{form: formLeaves}
	}
	return s
}

func (w resultWorld) selection(keyed bool) *selection {
	if w.IntN(2) == 0 {
		return nil
	}
	form := map[string]any{mapKey: "$key"}
	if w.IntN(2) == 0 {
		form[selectWhere] = map[string]any{w.operand(): w.test()}
	}
	if order := w.order(); order != nil {
		form[selectOrder] = order
		if w.IntN(5) == 0 {
			form[selectAfter] = []any{w.leaf(), w.key()}
		}
	} else if w.IntN(6) == 0 {
		form[selectAfter] = []any{w.key()}
	}
	if w.IntN(3) == 0 {
		form[selectLimit] = w.IntN(4)
	}
	if w.IntN(4) == 0 {
		form[selectOffset] = w.IntN(3)
	}
	if w.IntN(6) == 0 {
		form[selectMatch] = [...]string{"*.*", "**", "**.a", "a.**", "*.0"}[w.IntN(5)]
	}
	v, err := queryRules.valueOf(form, 0)
	if err == nil {
		var s *selection
		if s, err = selectionOf(v); err == nil && s != nil && keyed {
			s.keyed = w.IntN(2) == 0
		}
		if err == nil {
			return s
		}
	}
	panic(err)
}

func (w resultWorld) operand() string {
	return [...]string{"", "a", "b", "$key", "a.b", "0"}[w.IntN(6)]
}

func (w resultWorld) order() any {
	switch w.IntN(4) {
	case 0:
		return w.operand()
	case 1:
		return map[string]any{"desc": w.operand()}
	}
	return nil
}

func (w resultWorld) test() any {
	switch w.IntN(4) {
	case 0:
		return map[string]any{"exists": w.IntN(2) == 0}
	case 1:
		return map[string]any{">=": 1}
	case 2:
		return map[string]any{"prefix": "x"}
	}
	return w.leaf()
}

// kept is a query with all that keeps its result.
type kept struct {
	query  Query
	result *Result
	was    Value // of the result
	exists bool
	match  *Match[*kept]
	// shadow is a tree to which only the writes come that the matcher says
	// concern the query.
	shadow *Tree
	// since is some earlier result with its value.
	since       *Result
	sinceValue  Value
	sinceExists bool
}

// TestKeptResultsAreFreshOnes makes random writes to random trees, and compares
// for random queries what is kept up to date with what is evaluated afresh.
func TestKeptResultsAreFreshOnes(t *testing.T) {
	const steps = 200
	for seed := range max(*resultSteps/steps, 1) {
		world := resultWorld{rand.New(rand.NewPCG(uint64(seed), 1)), seed%4 == 3}
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { keepResults(t, world, steps) }) {
			return
		}
	}
}

func keepResults(t *testing.T, w resultWorld, steps int) {
	edit := New().Edit()
	must(t, edit.Set(nil, ObjectValue(map[string]Value{"a": w.value(3), "b": w.value(3), "c": w.value(3)})))
	before := edit.Tree()
	var matcher Matcher[*kept]
	var queries []*kept
	for step := range steps {
		if step%50 == 0 {
			for _, k := range queries {
				matcher.Remove(k.match)
			}
			queries = nil
			for range 10 {
				k := &kept{query: w.query(), shadow: before}
				k.result = k.query.Result(before)
				k.match = matcher.Add(k.result, k)
				k.was, k.exists = k.query.Eval(before)
				k.since, k.sinceValue, k.sinceExists = k.result, k.was, k.exists
				queries = append(queries, k)
			}
		}
		edit := before.Edit()
		edit.KeepJournal()
		for range 1 + w.IntN(3) {
			w.write(edit)
			edit.Commit()
		}
		now := edit.Tree()
		for _, write := range edit.Journal() {
			shadow(write, &matcher)
		}
		for _, k := range queries {
			last := k.result
			k.check(t, w, before, now)
			matcher.Follow(k.match, last, k.result)
		}
		before = now
	}
}

// shadow makes a write on the shadows of the queries that it concerns.
func shadow(write Write, m *Matcher[*kept]) {
	concerned := map[*kept]bool{}
	m.Concerned(write, func(k *kept) { concerned[k] = true })
	for k := range concerned {
		edit := k.shadow.Edit()
		edit.Redo(write)
		k.shadow = edit.Tree()
	}
}

func (k *kept) check(t *testing.T, w resultWorld, before, now *Tree) {
	t.Helper()
	fail := func(text string, args ...any) {
		t.Helper()
		t.Fatalf("%v\nfrom %v\nto   %v\n%s", k.query, before.Root().Value(), now.Root().Value(), fmt.Sprintf(text, args...))
	}
	value, exists := k.query.Eval(now)
	next := k.result.Next(before, now)
	if w.IntN(3) > 0 {
		if got, ok := next.Value(); ok != exists || !got.Equal(value) {
			fail("kept %v (%v), afresh %v (%v)", got, ok, value, exists)
		}
	}
	same := exists == k.exists && value.Equal(k.was)
	if next.Equal(k.result) != same {
		fail("results %v and %v are said to be equal: %v", k.was, value, !same)
	}
	if k.result.Follows() || next.Follows() {
		k.shadow = now // what a link leads to may have changed before the link came
	}
	if got, ok := k.query.Eval(k.shadow); ok != exists || !got.Equal(value) {
		fail("by the writes that concern it %v (%v), afresh %v (%v)", got, ok, value, exists)
	}
	checkDeltas(fail, k.query, next.Deltas(k.result), k.was, value, same)
	sinceSame := exists == k.sinceExists && value.Equal(k.sinceValue)
	if next.Equal(k.since) != sinceSame {
		fail("results %v and %v are said to be equal: %v", k.sinceValue, value, !sinceSame)
	}
	checkDeltas(fail, k.query, next.Deltas(k.since), k.sinceValue, value, sinceSame)
	if w.IntN(10) == 0 {
		k.since, k.sinceValue, k.sinceExists = next, value, exists
	}
	k.result, k.was, k.exists = next, value, exists
}

// checkDeltas holds the deltas between two results of a query against their values.
func checkDeltas(fail func(string, ...any), q Query, deltas []Delta, was, is Value, same bool) {
	if len(deltas) == 0 && !same {
		fail("no deltas from %v to %v", was, is)
	}
	for i, d := range deltas {
		beneath := i > 0 && d.Path.HasPrefix(deltas[i-1].Path)
		if !d.Was && !d.Is || beneath && !matches(q.shape) || i > 0 && d.Path.Equal(deltas[i-1].Path) {
			fail("deltas %v", deltas)
		}
	}
	if q.shape == nil && len(q.at) > 0 {
		checkReplay(fail, q, deltas, was, is)
	}
}

// matches reports whether a map in s is about what matches a pattern.
func matches(s *shape) bool {
	if s == nil {
		return false
	}
	return s.which != nil && s.which.match != nil || matches(s.each) ||
		slices.ContainsFunc(s.fields, func(f field) bool { return matches(f.shape) })
}

// checkReplay makes the deltas of a whole value on the earlier value.
func checkReplay(fail func(string, ...any), q Query, deltas []Delta, was, is Value) {
	edit := New().Edit()
	_ = edit.Set(q.at, was)
	for _, d := range deltas {
		_ = edit.Delete(d.Path)
		if d.Is {
			_ = edit.Set(d.Path, d.New)
		}
	}
	there := slices.ContainsFunc(deltas, func(d Delta) bool { return d.Is })
	if got, _ := q.Eval(edit.Tree()); there && !sameMembers(got, is) {
		fail("deltas %v of %v give %v, not %v", deltas, was, got, is)
	}
}

// sameMembers is Equal but for arrays, which deltas do not tell from objects with
// such keys.
func sameMembers(a, b Value) bool {
	if a.isLeaf() || b.isLeaf() {
		return a.Equal(b)
	}
	if a.Len() != b.Len() {
		return false
	}
	for key, x := range a.children() {
		y, ok := b.Get(key)
		if !ok || !sameMembers(x, y) {
			return false
		}
	}
	return true
}

// sameResult reports whether a kept result of q is the same for both trees.
func sameResult(q Query, old, new *Tree) bool {
	r := q.Result(old)
	return r.Next(old, new).Equal(r)
}

func TestDeltasFromNothingAreTheChildren(t *testing.T) {
	tr := treeOf(t, `{"users":{"a":{"n":1,"x":1},"b":{"n":2},"c":5},"list":[1,2]}`)
	for _, test := range []struct{ query, want string }{
		{`{"_":"$at","path":"users"}`, `users.a={"n":1,"x":1} users.b={"n":2} users.c=5`},
		{`{"_":"$at","path":"list"}`, `list.0=1 list.1=2`},
		{`{"users":{"_":{"n":1}}}`, `users.a={"n":1} users.b={"n":2} users.c=5`},
		{`{"users":{"_":{"n":1},"where":{"n":{">":1}}}}`, `users.b={"n":2}`},
		{`{"users":{"_":"$key"}}`, `users.a="a" users.b="b" users.c="c"`},
		{`{"users":{"_":"$count"}}`, `users=3`},
		{`{"users":1,"missing":1}`, `users.c=5`},
		{`{"_":"$at","path":"users.c","query":1}`, `users.c=5`},
		{`{"_":"$at","path":"missing"}`, ``},
	} {
		var got []string
		for _, d := range query(t, test.query).Result(tr).Deltas(nil) {
			if d.Was || !d.Is {
				t.Errorf("%s: %v", test.query, d)
			}
			got = append(got, fmt.Sprintf("%v=%v", d.Path, d.New))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %s", test.query, got, test.want)
		}
	}
}

// A result that cannot be given is another one than that of nothing there.
func TestResultBecomesAnErrorWhereNothingWas(t *testing.T) {
	edit := New().Edit()
	links := make(map[string]Value)
	for i := range 16 {
		links[indexKey(i)] = LinkValue(Path{"a"})
	}
	must(t, edit.Set(Path{"a"}, ObjectValue(links)))
	nothing := edit.Tree()
	must(t, edit.Set(Path{"b"}, ObjectValue(links)))
	large := edit.Tree()
	q := query(t, `{"_":"$at","path":"b","query":{"_":{"_":{"_":{"_":{"_":{"_":1}}}}}}}`)
	was := q.Result(nothing)
	is := was.Next(nothing, large)
	if was.Err() != nil || !errors.Is(is.Err(), ErrTooLarge) {
		t.Fatalf("errors %v and %v", was.Err(), is.Err())
	}
	if is.Equal(was) || was.Equal(is) || !is.Equal(q.Result(large)) {
		t.Error("an error is said to be equal to nothing, or not to itself")
	}
	if deltas := is.Deltas(was); len(deltas) > 0 {
		t.Errorf("deltas between no values: %v", deltas)
	}
}

// Maps over all beneath inside each other look at an item once for every way to
// choose them: here at four million.
func TestResultOfPatternsInsideEachOtherIsLimited(t *testing.T) {
	edit := New().Edit()
	must(t, edit.Set(slices.Repeat(Path{"a"}, 40), IntValue(1)))
	form := `1`
	for range 6 {
		form = `{"_":` + form + `,"match":"**"}`
	}
	r := query(t, form).Result(edit.Tree())
	if v, ok := r.Value(); ok || !errors.Is(r.Err(), ErrTooLarge) {
		t.Errorf("value %.100v, error %v", v, r.Err())
	}
}

// What the root gives is evaluated once, but is in the result a million times.
func TestWorkCountsAnchorsAsOftenAsTheyAreInTheResult(t *testing.T) {
	edit := New().Edit()
	for i := range 10 {
		must(t, edit.Set(Path{indexKey(i)}, ObjectValue(nil)))
	}
	form := `1`
	for range 6 {
		form = `{"_":{"#":` + form + `}}`
	}
	q := query(t, form)
	v, _, err := q.EvalWithin(edit.Tree(), 1<<20)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("result of %d bytes, error %v", len(v.String()), err)
	}
	if r := q.Result(edit.Tree()); !errors.Is(r.Err(), ErrTooLarge) {
		t.Errorf("kept: error %v", r.Err())
	}
}

// Whatever a result makes when it is asked for may be asked for by many at once. What
// they see is the same; the race detector does the rest.
func TestResultsAreUsedByManyAtOnce(t *testing.T) {
	for seed := range uint64(100) {
		w := resultWorld{rand.New(rand.NewPCG(seed, 6)), seed%5 == 0}
		edit := New().Edit()
		must(t, edit.Set(nil, ObjectValue(map[string]Value{"a": w.value(3), "b": w.value(3)})))
		before := edit.Tree()
		q := w.query()
		r := q.Result(before)
		w.write(edit)
		now := edit.Tree()
		next := r.Next(before, now)
		want, _ := q.Eval(now)
		w.write(edit)
		after := edit.Tree()
		last, _ := q.Eval(after)
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				if i%2 == 0 {
					next.Deltas(r)
				}
				if got, _ := next.Value(); !got.Equal(want) {
					t.Errorf("seed %d: %v gives %v, want %v", seed, q, got, want)
				}
				if got, _ := next.Next(now, after).Value(); !got.Equal(last) {
					t.Errorf("seed %d: %v gives %v then, want %v", seed, q, got, last)
				}
			})
		}
		all.Wait()
	}
}

// What children are ordered by is kept, but not the contents of arrays and objects,
// which have no order among themselves.
func TestOrderKeepsNoContents(t *testing.T) {
	tr := treeOf(t, `{"a":{"1":{"c":{"x":1,"y":2}},"2":{"c":[1,2]}}}`)
	r := query(t, `{"_":"$at","path":"a","query":{"_":"$key","order":"c"}}`).Result(tr)
	list := r.root.chosen.list
	for place := range list.length() {
		if kept := list.at(place).by[0]; kept.Len() > 0 {
			t.Errorf("%v is kept", kept)
		}
	}
}
