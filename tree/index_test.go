package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

// Random queries of random trees give with indexes what they give without, also with
// indexes that were brought from tree to tree.
func TestIndexedQueriesGiveTheSame(t *testing.T) {
	used := 0
	for seed := range uint64(300) {
		w := resultWorld{rand.New(rand.NewPCG(seed, 2)), seed%10 == 9}
		edit := New().Edit()
		members := map[string]Value{}
		for range 40 {
			members[fmt.Sprint(w.key(), w.IntN(10))] = w.value(2)
		}
		must(t, edit.Set(nil, ObjectValue(map[string]Value{"a": ObjectValue(members), "b": w.value(3)})))
		before := edit.Tree()
		var kept []*Result
		for _, field := range []string{"", "a", "b", "a.b", "0"} {
			q, err := IndexQuery(Path{"a"}, field)
			must(t, err)
			kept = append(kept, q.Result(before))
		}
		for range 20 {
			w.write(edit)
			now := edit.Tree()
			var indexes []Index
			for i, r := range kept {
				kept[i] = r.Next(before, now)
				indexes = append(indexes, IndexOf(kept[i], now))
			}
			before = now
			for range 10 {
				q := w.query().At(Path{"a"})
				got, gotOK := q.EvalIndexed(now, indexes...)
				want, ok := q.Eval(now)
				if gotOK != ok || !got.Equal(want) {
					t.Fatalf("seed %d: %v of %v\nby index %v\nwithout  %v", seed, q, now.Root().Value(), got, want)
				}
				used += savings(q, now, indexes)
			}
		}
	}
	if used < 1000 {
		t.Errorf("an index has helped %d times", used)
	}
}

// savings is 1 if a query looks at fewer items with the indexes.
func savings(q Query, t *Tree, indexes []Index) int {
	work := func(indexes []Index) int {
		e := evaluation{root: t.root, limited: true, left: 1 << 20, indexes: indexes}
		e.query(q)
		return 1<<20 - e.left
	}
	return boolOrder(work(indexes) < work(nil))
}

// A cursor counts also where the index leaves few children and no order is asked for.
func TestIndexedQueryGoesOnAfterAKey(t *testing.T) {
	tr := treeOf(t, `{"a":{"k1":{"n":3},"k2":{"n":1},"k3":{"n":1},"k4":{"n":1},"k5":{"n":3},"k6":{"n":1},"k7":{"n":1},"k8":{"n":1}}}`)
	by, err := IndexQuery(Path{"a"}, "n")
	must(t, err)
	index := IndexOf(by.Result(tr), tr)
	q := query(t, `{"a":{"_":"$key","where":{"n":3},"after":["k1"]}}`)
	if got, _ := q.EvalIndexed(tr, index); got.String() != `{"a":["k5"]}` {
		t.Errorf("%v gives %v by index", q, got)
	}
	if savings(q, tr, []Index{index}) == 0 {
		t.Error("the index has not helped")
	}
}

func TestIndexQueryRefuses(t *testing.T) {
	for _, test := range []struct {
		path  Path
		field string
		want  error
	}{
		{Path{"_"}, "a", ErrInvalid},
		{Path{"a"}, "a..b", ErrInvalid},
		{Path{"a"}, "$key", ErrInvalid},
		{make(Path, MaxDepth+1), "a", ErrTooLarge},
	} {
		if _, err := IndexQuery(test.path, test.field); !errors.Is(err, test.want) {
			t.Errorf("%q by %q: %v", test.path, test.field, err)
		}
	}
}

// BenchmarkIndex evaluates a query with and without an index; "scan/index" is how
// many times longer it takes without.
func BenchmarkIndex(b *testing.B) {
	for _, form := range []struct{ name, field, query string }{
		{"equal", "name", `{"players":{"_":{"points":1},"where":{"name":"name of 7"}}}`},
		{"range", "points", `{"players":{"_":{"name":1},"where":{"points":{">=":10,"<":20}}}}`},
		{"top10", "points", `{"players":{"_":{"name":1},"order":{"desc":"points"},"limit":10}}`},
	} {
		for n := 1000; n <= 1_000_000; n *= 10 {
			b.Run(fmt.Sprintf("%s/items=%d", form.name, n), func(b *testing.B) {
				t, _ := benchPlayers(b, n)
				q, err := ParseQuery([]byte(form.query))
				must(b, err)
				indexQuery, err := IndexQuery(Path{"players"}, form.field)
				must(b, err)
				index := IndexOf(indexQuery.Result(t), t)
				for b.Loop() {
					q.EvalIndexed(t, index)
				}
				reportRatio(b, "scan/index", func() { q.Eval(t) })
			})
		}
	}
}
