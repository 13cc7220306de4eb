package cluster_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// originalWatch is a case of the watches of the original GState: what a query gives
// at first, and after each write, where "-" says that it does not fire.
type originalWatch struct {
	name   string
	state  string
	query  string
	first  string
	writes []originalWrite
}

type originalWrite struct {
	op   cluster.Op
	want string
}

func set(at, json string) cluster.Op {
	value, err := tree.ParseJSON([]byte(json))
	if err != nil {
		panic(err)
	}
	return cluster.Set(textPath(at), value)
}

func del(at string) cluster.Op { return cluster.Delete(textPath(at)) }

func textPath(text string) tree.Path {
	p, err := tree.ParsePath(text)
	if err != nil {
		panic(err)
	}
	return p
}

// originalWatches are the watch cases of the original, by what its semantics say of
// them, and those in which ours is meant to differ, which say so. Two of its ways have
// nothing here: a function that is watched by what it reads (S32), for which there is
// a query or a View, and a callback for watches that reach an item (S41), as nothing
// here is loaded when it is looked at.
var originalWatches = []originalWatch{
	{"S32 the first result comes at once", `{"a":1}`, `{"a":1}`, `{"a":1}`, nil},
	{"S36 a single value", `{"a":{"b":1,"c":1}}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`, []originalWrite{
		{set("a.c", `2`), "-"},
		{set("a.b", `2`), `{"a":{"b":2}}`},
		{set("a", `{"b":3,"d":4}`), `{"a":{"b":3}}`},
		{set("x", `1`), "-"},
		{del("a"), `{}`},
	}},
	{"S36 the leaves of an item", `{"a":{"b":1,"n":{"x":1}}}`, `{"a":1}`, `{"a":{"b":1}}`, []originalWrite{
		{set("a.b", `2`), `{"a":{"b":2}}`},
		{set("a.n.x", `2`), "-"},
		{set("a.c", `3`), `{"a":{"b":2,"c":3}}`},
		{del("a.b"), `{"a":{"c":3}}`},
	}},
	{"S36 keys", `{"items":{"a":1,"b":{"x":1}}}`, `{"items":{"_":"$key"}}`, `{"items":["a","b"]}`, []originalWrite{
		{set("items.a", `2`), "-"},
		{set("items.b.x", `2`), "-"},
		{set("items.b", `3`), "-"}, // an item becomes a leaf
		{set("items.c", `{}`), `{"items":["a","b","c"]}`},
		{del("items.a"), `{"items":["b","c"]}`},
	}},
	{"S36 a map of leaves", `{"items":{"a":{"x":1,"n":{"y":1}},"b":{"x":2}}}`, `{"items":{"_":1}}`, `{"items":[{"x":1},{"x":2}]}`, []originalWrite{
		{set("items.a.x", `3`), `{"items":[{"x":3},{"x":2}]}`},
		{set("items.a.n.y", `3`), "-"},
		{set("items.a.z", `4`), `{"items":[{"x":3,"z":4},{"x":2}]}`},
		{del("items.b"), `{"items":[{"x":3,"z":4}]}`},
	}},
	{"S36 a map of one field", `{"items":{"a":{"x":1,"y":1}}}`, `{"items":{"_":{"x":1}}}`, `{"items":[{"x":1}]}`, []originalWrite{
		{set("items.a.y", `2`), "-"},
		{set("items.a.x", `2`), `{"items":[{"x":2}]}`},
		{set("items.b", `{"x":3}`), `{"items":[{"x":2},{"x":3}]}`},
		{del("items.b.x"), `{"items":[{"x":2},{}]}`},
	}},
	{"S35 one event for each set, however much it changes", `{"items":{}}`, `{"items":{"_":1}}`, `{"items":[]}`, []originalWrite{
		{set("items", `{"a":{"x":1},"b":{"x":2},"c":{"x":3}}`), `{"items":[{"x":1},{"x":2},{"x":3}]}`},
	}},
	{"S37 what is not there yet", `{}`, `{"a":{"b":{"c":1}}}`, `{}`, []originalWrite{
		{set("a.x", `1`), `{"a":{}}`},
		{set("a.b.c", `1`), `{"a":{"b":{"c":1}}}`},
	}},
	{"a path", `{"a":{"b":{"c":1}}}`, `{"_":"$at","path":"a.b"}`, `{"c":1}`, []originalWrite{
		{set("a.x", `1`), "-"},
		{set("a.b.c", `2`), `{"c":2}`},
		{del("a"), "nothing"},
		{set("a.b", `5`), `5`},
	}},
	{"S18 a circular state", `{"node":{"name":"one","self":{"_":"$ref","path":"node"}}}`,
		`{"node":{"self":{"self":{"name":1}}}}`, `{"node":{"self":{"self":{"name":"one"}}}}`, []originalWrite{
			{set("node.name", `"two"`), `{"node":{"self":{"self":{"name":"two"}}}}`},
			{set("node.other", `1`), "-"},
		}},
	{"S36 keys through an alias", `{"items":{"a":{"x":1}},"view":{"first":{"_":"$ref","path":"items.a"}}}`,
		`{"view":{"_":"$key"}}`, `{"view":["first"]}`, []originalWrite{
			{set("items.a.x", `2`), "-"},
			{del("items.a"), `{"view":[]}`}, // a link that leads nowhere is skipped
			{set("items.a", `{"x":3}`), `{"view":["first"]}`},
		}},
	{"S28 a root escape", `{"config":{"theme":"dark"},"a":{"b":1}}`, `{"a":{"b":1,"#":{"config":{"theme":1}}}}`,
		`{"a":{"#":{"config":{"theme":"dark"}},"b":1}}`, []originalWrite{
			{set("config.other", `1`), "-"},
			{set("config.theme", `"light"`), `{"a":{"#":{"config":{"theme":"light"}},"b":1}}`},
		}},

	{"unlike S36: an item that becomes a leaf is a change of the leaves", `{"a":{"b":1,"n":{"x":1}}}`, `{"a":1}`, `{"a":{"b":1}}`, []originalWrite{
		{set("a.n", `2`), `{"a":{"b":1,"n":2}}`},
	}},
	{"unlike S14 and S34: an equal array is no change", `{"a":[1,2]}`, `{"a":{"_":1}}`, `{"a":[1,2]}`, []originalWrite{
		{set("a", `[1,2]`), "-"},
		{set("a", `[1]`), `{"a":[1]}`},
	}},
	{"unlike S23: to delete what is not there is no change", `{"a":{"b":1}}`, `{"a":{"_":"$key"}}`, `{"a":["b"]}`, []originalWrite{
		{del("a.c"), "-"},
	}},
	{"unlike S33: what the query no longer reads does not fire", `{"a":{"_":"$ref","path":"x"},"x":{"v":1},"y":{"v":2}}`, `{"a":{"v":1}}`, `{"a":{"v":1}}`, []originalWrite{
		{cluster.Set(textPath("a"), tree.LinkValue(textPath("y"))), `{"a":{"v":2}}`},
		{set("x.v", `3`), "-"},
		{set("y.v", `4`), `{"a":{"v":4}}`},
	}},
}

func TestWatchCasesOfTheOriginal(t *testing.T) {
	for _, c := range originalWatches {
		t.Run(c.name, func(t *testing.T) {
			inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) { c.run(t, v.nodes[v.leader()]) })
		})
	}
}

func (c originalWatch) run(t *testing.T, node *cluster.Node) {
	apply := func(op cluster.Op) {
		t.Helper()
		if _, err := node.Apply(within(t, time.Minute), op); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	}
	apply(set("", c.state))
	latest := watch(t.Context(), node, parseQuery(t, c.query))
	every := watch(t.Context(), node, parseQuery(t, c.query), cluster.EveryChange())
	want := []string{c.first}
	for _, write := range c.writes {
		if apply(write.op); write.want != "-" {
			want = append(want, write.want)
		}
	}
	for _, w := range []*watcher{latest, every} {
		if got := w.values(); !slices.Equal(got, want) {
			t.Errorf("it gave\n%q, want\n%q", got, want)
		}
	}
}

// values returns the results of the events.
func (w *watcher) values() []string {
	synctest.Wait()
	var values []string
	for _, event := range w.events {
		text := "nothing"
		if event.Exists {
			text = event.Value.String()
		}
		values = append(values, text)
	}
	return values
}

// S35 and S40: a batch, here a write of several operations, fires once, with all of
// it; in the original one that ends as it began fires all the same (S34).
func TestTransactionFiresOnceUnlikeS34(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		w := watch(t.Context(), node, parseQuery(t, `{"a":1,"b":1}`), cluster.EveryChange())
		for _, ops := range [][]cluster.Op{
			{set("a", `1`), set("b", `1`)},
			{set("a", `2`), set("a", `1`)},
			{set("a", `3`), del("b")},
		} {
			if _, err := node.Apply(within(t, time.Minute), ops...); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(w.results()); got != `[0: {} 1: {"a":1,"b":1} 3: {"a":3}]` {
			t.Errorf("it gave %s", got)
		}
	})
}

// S32 and S38: a watch is stopped by leaving the loop, also in the middle of a chain
// of watches in which each writes what the next one reads; and unlike in the
// original no loop sees the write of another nested in its own.
func TestChainOfWatches(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		link := func(from, to string) {
			go func() {
				for event, err := range node.Watch(t.Context(), tree.Subtree(path(from))) {
					if err != nil || event.Value.Int() == 3 {
						return
					}
					if _, err := node.Set(t.Context(), path(to), event.Value); err != nil {
						return
					}
				}
			}()
		}
		last := watch(t.Context(), node, tree.Subtree(path("c")))
		synctest.Wait() // it sees all that comes, from the beginning on
		link("a", "b")
		link("b", "c")
		synctest.Wait()
		for n := 1; n <= 4; n++ {
			if _, err := node.Set(within(t, time.Minute), path("a"), n); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if got := fmt.Sprint(last.values()); got != "[nothing null 1 2]" {
			t.Errorf("the last one gave %s", got)
		}
	})
}
