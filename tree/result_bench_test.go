package tree

import (
	"fmt"
	"testing"
	"time"
)

// benchPlayers returns a tree with n players, and one that follows it in which one
// of them has other points.
func benchPlayers(b *testing.B, n int) (*Tree, *Tree) {
	players := make(map[string]Value, n)
	for i := range n {
		players[fmt.Sprintf("player-%07d", i)] = ObjectValue(map[string]Value{
			"name":   StringValue(fmt.Sprintf("name of %d", i)),
			"team":   StringValue(fmt.Sprintf("team-%d", i%10)),
			"points": IntValue(int64(i) * 7919 % int64(n)),
		})
	}
	edit := New().Edit()
	must(b, edit.Set(nil, ObjectValue(map[string]Value{"players": ObjectValue(players)})))
	old := edit.Tree()
	edit = old.Edit()
	// Of team-0, so that each of the queries sees it.
	must(b, edit.Set(Path{"players", fmt.Sprintf("player-%07d", n/20*10), "points"}, IntValue(int64(n)+1)))
	return old, edit.Tree()
}

// BenchmarkResult brings a result from one tree to the next, in which one item of n
// has changed: with its value, and its deltas alone. The metric "fresh/kept" is how
// many times longer the query itself takes, measured in the same run.
func BenchmarkResult(b *testing.B) {
	for _, form := range []struct{ name, query string }{
		{"map", `{"players":{"_":{"name":1,"points":1}}}`},
		{"where", `{"players":{"_":{"name":1,"points":1},"where":{"team":"team-0"}}}`},
		{"top10", `{"players":{"_":{"name":1,"points":1},"order":{"desc":"points"},"limit":10}}`},
		{"whole", `{"_":"$at","path":"players"}`},
	} {
		for n := 1000; n <= 1_000_000; n *= 10 {
			old, new := benchPlayers(b, n)
			q, err := ParseQuery([]byte(form.query))
			must(b, err)
			b.Run(fmt.Sprintf("%s/value/items=%d", form.name, n), func(b *testing.B) {
				benchKept(b, q, old, new, func(next, _ *Result) { next.Value() })
			})
			b.Run(fmt.Sprintf("%s/deltas/items=%d", form.name, n), func(b *testing.B) {
				benchKept(b, q, old, new, func(next, last *Result) { next.Deltas(last) })
			})
		}
	}
}

func benchKept(b *testing.B, q Query, old, new *Tree, use func(next, last *Result)) {
	last := q.Result(old)
	last.Value()
	for b.Loop() {
		next := last.Next(old, new)
		if next.Equal(last) {
			b.Fatal("no change")
		}
		use(next, last)
		last, old, new = next, new, old
	}
	reportRatio(b, "fresh/kept", func() { q.Eval(new) })
}

// reportRatio reports how many times longer other takes than what was measured.
func reportRatio(b *testing.B, name string, other func()) {
	measured := float64(b.Elapsed()) / float64(b.N)
	began, runs := time.Now(), 0
	for ; runs < 3 || time.Since(began) < 100*time.Millisecond; runs++ {
		other()
	}
	b.ReportMetric(float64(time.Since(began))/float64(runs)/measured, name)
}

// BenchmarkMatcher asks which of so many results a write concerns: none of them, one
// of them, and a thousand that read the same.
func BenchmarkMatcher(b *testing.B) {
	for n := 1; n <= 100_000; n *= 10 {
		var m Matcher[int]
		for i := range n {
			m.Add(Subtree(Path{"items", fmt.Sprint("item-", i)}).Result(New()), i)
		}
		for range 1000 {
			m.Add(Subtree(Path{"shared"}).Result(New()), 0)
		}
		for _, c := range []struct {
			name string
			path Path
			want int
		}{
			{"none", Path{"items", "another", "field"}, 0},
			{"one", Path{"items", "item-0", "field"}, 1},
			{"thousand", Path{"shared", "field"}, 1000},
		} {
			b.Run(fmt.Sprintf("%s/results=%d", c.name, n), func(b *testing.B) {
				write := Write{Path: c.path, standing: 2}
				for b.Loop() {
					concerned := 0
					if m.Concerned(write, func(int) { concerned++ }); concerned != c.want {
						b.Fatal(concerned)
					}
				}
			})
		}
	}
}
