package tree

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// query is the query of JSON text.
func query(t testing.TB, text string) Query {
	t.Helper()
	q, err := ParseQuery([]byte(text))
	must(t, err)
	return q
}

// shop is what most queries here are asked of.
const shop = `{"items":{"10":{"name":"ten","price":1.5,"tags":["a","b"]},"9":{"name":"nine","n":null},"x":7,"e":{}},
	"view":{"title":"shop","list":["9","10"]},"count":2}`

// The cases of the original's tests for get, and what its semantics say beside
// them; S numbers are those of the list of semantics.
func TestQueryResults(t *testing.T) {
	for _, test := range []struct{ name, query, want string }{
		{"S29 one gives the leaves", `1`, `{"count":2}`},
		{"S29 the empty object gives the leaves", `{}`, `{"count":2}`},
		{"S29 one in the other kind", `1.0`, `{"count":2}`},
		{"S29 null is a leaf", `{"items":{"9":1}}`, `{"items":{"9":{"name":"nine","n":null}}}`},
		{"S29 some children", `{"view":{"title":1},"items":{"10":{"price":1}}}`, `{"items":{"10":{"price":1.5}},"view":{"title":"shop"}}`},
		{"S29 a leaf whatever is asked of it", `{"count":{"a":{"_":"$key"}},"view":{"title":{"_":1}}}`, `{"count":2,"view":{"title":"shop"}}`},
		{"S29 an object without leaves", `{"items":{"e":1}}`, `{"items":{"e":{}}}`},
		{"S30 keys", `{"items":{"_":"$key"}}`, `{"items":["9","10","e","x"]}`},
		{"S30 keys of an array", `{"view":{"list":{"_":"$key"}}}`, `{"view":{"list":["0","1"]}}`},
		{"S30 map over objects", `{"items":{"_":{"name":1}}}`, `{"items":[{"name":"nine"},{"name":"ten"},{},7]}`},
		{"S30 map over an array", `{"view":{"list":{"_":1}}}`, `{"view":{"list":["9","10"]}}`},
		{"S30 map of maps", `{"items":{"_":{"_":"$key"}}}`, `{"items":[["n","name"],["name","price","tags"],[],7]}`},
		{"S30 map over what is empty", `{"items":{"e":{"_":1}}}`, `{"items":{"e":[]}}`},
		{"4.9 missing keys are missing", `{"nothing":1,"view":{"nothing":{"_":1}}}`, `{"view":{}}`},
		{"4.9 result keys are sorted", `{"view":{"title":1},"count":1}`, `{"count":2,"view":{"title":"shop"}}`},
		{"an array asked for leaves gives an object", `{"view":{"list":1}}`, `{"view":{"list":{"0":"9","1":"10"}}}`},
		{"at a path", `{"_":"$at","path":"items.9","query":{"name":1}}`, `{"name":"nine"}`},
		{"at a leaf", `{"_":"$at","path":"count","query":{"name":1}}`, `2`},
		{"the whole value at a path", `{"_":"$at","path":"items.10"}`, `{"name":"ten","price":1.5,"tags":["a","b"]}`},
		{"the whole value of a leaf", `{"_":"$at","path":"count"}`, `2`},
		{"the whole tree", `{"_":"$at","path":""}`, shop},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := query(t, test.query).Eval(treeOf(t, shop))
			if !ok || !got.Equal(parse(t, test.want)) {
				t.Errorf("got %v, %v, want %s", got, ok, test.want)
			}
		})
	}
}

func TestQueryAnchorsReadTheRootAtAnyDepth(t *testing.T) {
	tr := treeOf(t, shop)
	for _, test := range []struct{ query, want string }{
		{`{"#":{"count":1}}`, `{"#":{"count":2}}`},
		{`{"view":{"title":1,"#":{"items":{"x":1}}}}`, `{"view":{"#":{"items":{"x":7}},"title":"shop"}}`},
		{`{"view":{"list":{"_":{"a":1}},"#":{"count":1}},"nothing":{"#":1}}`, `{"view":{"#":{"count":2},"list":["9","10"]}}`},
		{`{"items":{"_":{"#":1}}}`, `{"items":[{"#":{"count":2}},{"#":{"count":2}},{"#":{"count":2}},7]}`},
		{`{"_":"$at","path":"view","query":{"#":1}}`, `{"#":{"count":2}}`},
		{`{"#":{"#":{"#":1}}}`, `{"#":{"#":{"#":{"count":2}}}}`},
	} {
		if got, ok := query(t, test.query).Eval(tr); !ok || got.String() != test.want {
			t.Errorf("%s gives %v, want %s", test.query, got, test.want)
		}
	}
}

// Every level of anchors inside maps would multiply the work by the number of
// items.
func TestQueryAnchorsInsideEachOtherTakeLinearTime(t *testing.T) {
	e := New().Edit()
	for i := range 1000 {
		must(t, e.Set(Path{indexKey(i), "x"}, IntValue(1)))
	}
	depth := MaxDepth/2 - 1
	text := strings.Repeat(`{"_":{"#":`, depth) + `1` + strings.Repeat(`}}`, depth)
	v, ok := query(t, text).Eval(e.Tree())
	for range depth {
		element, _ := v.Get("999")
		v, _ = element.Get("#")
	}
	if !ok || v.String() != `{}` {
		t.Errorf("got %v, %v", v, ok)
	}
}

func TestQueryWhereNothingStands(t *testing.T) {
	tr := treeOf(t, shop)
	for _, q := range []Query{Subtree(Path{"x"}), query(t, `1`).At(Path{"items", "9", "name", "x"})} {
		if v, ok := q.Eval(tr); ok {
			t.Errorf("%v gives %v", q, v)
		}
	}
	if v, ok := (Query{}).Eval(tr); !ok || !v.Equal(parse(t, shop)) {
		t.Errorf("the zero Query gives %v, %v", v, ok)
	}
}

func TestParseQueryRefusesWithThePosition(t *testing.T) {
	for _, test := range []struct {
		name, query string
		at          Path
	}{
		{"another number", `0`, nil},
		{"a string", `{"a":{"b":"c"}}`, Path{"a", "b"}},
		{"true", `{"a":true}`, Path{"a"}},
		{"null", `null`, nil},
		{"an array", `{"a":[1]}`, Path{"a"}},
		{"keys outside a map", `{"a":"$key"}`, Path{"a"}},
		{"a map of nothing", `{"a":{"_":0}}`, Path{"a", "_"}},
		{"a map of something bad", `{"a":{"_":{"b":{"c":2}}}}`, Path{"a", "_", "b", "c"}},
		{"an unknown form", `{"a":{"_":"$keys"}}`, Path{"a", "_"}},
		{"a key beside a map", `{"a":{"_":1,"name":"x"}}`, Path{"a", "name"}},
		{"an anchor beside a map", `{"#":1,"_":1}`, Path{"#"}},
		{"something bad under an anchor", `{"#":{"a":2}}`, Path{"#", "a"}},
		{"a path form that is not outermost", `{"a":{"_":"$at","path":"b"}}`, Path{"a", "path"}},
		{"a path form without a path", `{"_":"$at","query":1}`, nil},
		{"a path form with something else", `{"_":"$at","path":"a","x":1}`, Path{"x"}},
		{"a path that is no text", `{"_":"$at","path":["a"]}`, Path{"path"}},
		{"a path that is malformed", `{"_":"$at","path":"a..b"}`, Path{"path"}},
		{"a bad query at a path", `{"_":"$at","path":"a","query":{"b":2}}`, Path{"query", "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := ParseQuery([]byte(test.query))
			at, ok := errors.AsType[*PathError](err)
			if !errors.Is(err, ErrInvalid) || !ok || !at.Path.Equal(test.at) {
				t.Errorf("got %v, %v, want an error at %q", q, err, test.at)
			}
		})
	}
}

func TestParseQueryRefusesMalformedText(t *testing.T) {
	for text, want := range map[string]error{
		``: ErrInvalid, `{`: ErrInvalid, `{"a":1,"a":1}`: ErrInvalid, `1 1`: ErrInvalid, "{\"\xff\":1}": ErrInvalid,
		strings.Repeat(`{"a":`, MaxDepth+2) + `1` + strings.Repeat(`}`, MaxDepth+2): ErrTooLarge,
		`{"` + strings.Repeat("a", MaxKeyBytes+1) + `":1}`:                          ErrTooLarge,
		// The canonical form of a test nests one level deeper.
		strings.Repeat(`{"a":`, MaxDepth-2) + `{"_":1,"where":{"a":1}}` + strings.Repeat(`}`, MaxDepth-2): ErrTooLarge,
	} {
		if q, err := ParseQuery([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.30s gives %v, %v, want %v", text, q, err, want)
		}
	}
}

func TestNewQueryTakesGoData(t *testing.T) {
	type selection struct {
		Name int `json:"name"`
	}
	for _, test := range []struct {
		in   any
		want string
	}{
		{1, `1`},
		{1.0, `1`},
		{map[string]any{}, `1`},
		{map[string]any{"a": 1, "#": map[string]any{"_": "$key"}}, `{"#":{"_":"$key"},"a":1}`},
		{map[string]any{"a": selection{1}}, `{"a":{"name":1}}`},
		{json.RawMessage(`{"_":{"a":{}}}`), `{"_":{"a":1}}`},
		{map[string]any{"_": "$at", "path": `a."x.y"`}, `{"_":"$at","path":"a.\"x.y\""}`},
	} {
		q, err := NewQuery(test.in)
		if err != nil || q.String() != test.want {
			t.Errorf("%v gives %v, %v, want %s", test.in, q, err, test.want)
		}
	}
	form := ObjectValue(map[string]Value{"#": ObjectValue(map[string]Value{"_": StringValue("$key")})})
	if q, err := NewQuery(form); err != nil || q.String() != `{"#":{"_":"$key"}}` {
		t.Errorf("a Value gives %v, %v", q, err)
	}
	bad := ObjectValue(map[string]Value{"#": ObjectValue(map[string]Value{"\xff": IntValue(1)})})
	for _, in := range []any{nil, 2, "x", map[string]any{"a": selection{2}}, make(chan int), bad} {
		if q, err := NewQuery(in); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v gives %v, %v", in, q, err)
		}
	}
}

func TestQueryTextIsCanonical(t *testing.T) {
	for in, want := range map[string]string{
		`{ "b" : {} , "a" : 1.0 , "10":1, "9":1 }`:           `{"9":1,"10":1,"a":1,"b":1}`,
		`{"_":{"_":"$key"}}`:                                 `{"_":{"_":"$key"}}`,
		`{"query":{"a":{}},"path":"\"a\".b","_":"$at"}`:      `{"_":"$at","path":"a.b","query":{"a":1}}`,
		`{"_":"$at","path":"","query":{"a":1}}`:              `{"a":1}`,
		`{"_":"$at","path":""}`:                              `{"_":"$at","path":""}`,
		`{"path":1,"query":1}`:                               `{"path":1,"query":1}`,
		`{"a":{"_":{"#":{"b":{}}}}}`:                         `{"a":{"_":{"#":{"b":1}}}}`,
		`{"_":"$at","path":"a.\"\".\"_x\"","query":{"_":1}}`: `{"_":"$at","path":"a.\"\"._x","query":{"_":1}}`,
	} {
		if got := query(t, in).String(); got != want {
			t.Errorf("%s prints as %s, want %s", in, got, want)
		}
	}
	q := query(t, `{"a":1}`)
	if got := q.At(Path{"x"}); !got.Path().Equal(Path{"x"}) || len(q.Path()) != 0 || got.String() != `{"_":"$at","path":"x","query":{"a":1}}` {
		t.Errorf("At gives %v and leaves %v", got, q)
	}
	var again Query
	text, err := json.Marshal(Subtree(Path{"a", "x.y"}))
	must(t, err)
	must(t, json.Unmarshal(text, &again))
	if !again.Path().Equal(Path{"a", "x.y"}) {
		t.Errorf("%s reads as %v", text, again)
	}
}

// What a watcher of each query may sleep through, and what must wake it.
func TestResultSeesWhatTheQuerySees(t *testing.T) {
	const content = `{"n":{"k":1,"o":2,"deep":{"x":1,"y":{"z":1}},"list":[1]},"other":{"a":1}}`
	for _, test := range []struct {
		query, op string
		same      bool
	}{
		{`{"n":{"k":1}}`, `set n.o 3`, true},
		{`{"n":{"k":1}}`, `set n.k 3`, false},
		{`{"n":{"k":1}}`, `remove n.k`, false},
		{`{"n":{"k":1}}`, `remove n`, false},
		{`{"n":{"k":1}}`, `set n 5`, false},
		{`{"n":{"k":1}}`, `set n.k.inner 5`, false},
		{`{"n":{"k":{"_":1}}}`, `set n.new 5`, true},
		{`{"n":{"missing":1}}`, `set n.new 5`, true},
		{`{"n":{"missing":1}}`, `set n.missing 5`, false},
		{`{"n":1}`, `set n.k 3`, false},
		{`{"n":1}`, `set n.new 3`, false},
		{`{"n":1}`, `set n.new {}`, true},
		{`{"n":1}`, `set n.deep.x 3`, true},
		{`{"n":1}`, `set n.deep 3`, false},
		{`{"n":1}`, `remove n.deep`, true},
		{`{"n":1}`, `set n.k {}`, false},
		{`{"n":1}`, `set other.a 3`, true},
		{`{"n":{"_":"$key"}}`, `set n.k 3`, true},
		{`{"n":{"_":"$key"}}`, `set n.deep 3`, true},
		{`{"n":{"_":"$key"}}`, `set n.new 3`, false},
		{`{"n":{"_":"$key"}}`, `remove n.k`, false},
		{`{"n":{"_":1}}`, `set n.k 3`, false},
		{`{"n":{"_":1}}`, `set n.deep.x 3`, false},
		{`{"n":{"_":1}}`, `set n.deep.y.z 3`, true},
		{`{"n":{"_":1}}`, `set n.deep.y.new {}`, true},
		{`{"n":{"_":{"x":1}}}`, `set n.deep.x 3`, false},
		{`{"n":{"_":{"x":1}}}`, `set n.deep.w 3`, true},
		{`{"n":{"_":{"x":1}}}`, `set n.new {}`, false},
		{`{"other":{"a":1,"#":{"n":{"k":1}}}}`, `set n.k 3`, false},
		{`{"other":{"a":1,"#":{"n":{"k":1}}}}`, `set n.o 3`, true},
		{`{"other":{"_":{"#":{"n":{"k":1}}}}}`, `set n.k 3`, true},
		{`{"_":"$at","path":"n.deep"}`, `set n.deep.y.z 3`, false},
		{`{"_":"$at","path":"n.deep"}`, `set n.k 3`, true},
		{`{"_":"$at","path":"n.deep","query":{"#":{"other":1}}}`, `set other.a 3`, false},
		{`{"_":"$at","path":"n.missing","query":1}`, `set n.k 3`, true},
		{`{"_":"$at","path":"n.k","query":{"x":1}}`, `set n.o 3`, true},
	} {
		t.Run(fmt.Sprintf("%s and %s", test.query, test.op), func(t *testing.T) {
			old := treeOf(t, content)
			e := old.Edit()
			must(t, step(t, e, test.op))
			if got := sameResult(query(t, test.query), old, e.Tree()); got != test.same {
				t.Errorf("same is %v", got)
			}
		})
	}
}

// A leaf that was written away and back is a new item with an equal value.
func TestResultComparesLeavesByValue(t *testing.T) {
	old := treeOf(t, `{"n":{"k":1}}`)
	e := old.Edit()
	steps(t, e, `set n.k 2`, `set n.k 1`)
	for _, text := range []string{`{"n":1}`, `{"n":{"k":1}}`, `{"_":{"_":1}}`} {
		if !sameResult(query(t, text), old, e.Tree()) {
			t.Errorf("%s is not the same", text)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range scriptQueries {
		f.Add([]byte(seed))
	}
	for _, seed := range textForms {
		f.Add([]byte(seed.json))
	}
	for _, seed := range []string{`{"a":{"_":1,"x":1}}`, `{"#":{"#":{}}}`, `{"_":0}`, `null`, `{"_":"$at","path":"\"\"","query":{"":1}}`} {
		f.Add([]byte(seed))
	}
	tr, graph := treeOf(f, shop), treeOf(f, linked)
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := ParseQuery(data)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		again, err := ParseQuery([]byte(q.String()))
		if err != nil || again.String() != q.String() {
			t.Fatalf("%s prints as %v, which reads as %v, %v", data, q, again, err)
		}
		if text, err := ParseQueryText(q.Text()); err != nil || text.String() != q.String() {
			t.Fatalf("%s prints as %s, which reads as %v, %v", data, q.Text(), text, err)
		}
		got, ok := q.Eval(tr)
		if same, okAgain := again.Eval(tr); ok != okAgain || !same.Equal(got) {
			t.Fatalf("%s gives %v, its canonical form %v", data, got, same)
		}
		const work = 10_000 // through links it may have no end
		got, ok, err = q.EvalWithin(graph, work)
		if same, okAgain, errAgain := again.EvalWithin(graph, work); ok != okAgain || !same.Equal(got) || (err == nil) != (errAgain == nil) {
			t.Fatalf("%s gives %v, %v, its canonical form %v, %v", data, got, err, same, errAgain)
		}
	})
}
