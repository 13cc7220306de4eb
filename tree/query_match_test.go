package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// forest is what most patterns here are asked of.
const forest = `{"forest":{
	"a":{"tags":{"x":1,"y":{"z":2}},"n":3},
	"b":{"tags":["p","q"],"*":{"tags":5}},
	"c.d":{"n":1},
	"10":7,"9":{"tags":{}}}}`

func TestPatterns(t *testing.T) {
	for _, test := range []struct{ name, selection, want string }{
		{"children", `"match":"*"`, `["9","10","a","b","c.d"]`},
		{"one key", `"match":"a"`, `["a"]`},
		{"a path", `"match":"a.tags.y"`, `["a.tags.y"]`},
		{"a path to nothing", `"match":"a.none.y"`, `[]`},
		{"a path beneath a leaf", `"match":"10.x"`, `[]`},
		{"any key, then one", `"match":"*.tags"`, `["9.tags","a.tags","b.tags"]`},
		{"two keys", `"match":"*.*"`, `["9.tags","a.n","a.tags","b.\"*\"","b.tags","\"c.d\".n"]`},
		{"all beneath some", `"match":"a.**"`, `["a","a.n","a.tags","a.tags.x","a.tags.y","a.tags.y.z"]`},
		{"all beneath some, but those", `"match":"a.*.**"`, `["a.n","a.tags","a.tags.x","a.tags.y","a.tags.y.z"]`},
		{"everything", `"match":"**","where":{"":{"exists":true}},"limit":3,"offset":3`, `["a","a.n","a.tags"]`},
		{"a key at any depth", `"match":"**.tags"`, `["9.tags","a.tags","b.\"*\".tags","b.tags"]`},
		{"matches in several ways", `"match":"**.tags.**.*"`, `["a.tags.x","a.tags.y","a.tags.y.z","b.tags.0","b.tags.1"]`},
		{"a key that is a star", `"match":"b.\"*\".**"`, `["b.\"*\"","b.\"*\".tags"]`},
		{"a key with a dot", `"match":"\"c.d\".*"`, `["\"c.d\".n"]`},
		{"the deepest first", `"match":"a.**","order":{"desc":"$key"}`, `["a.tags.y.z","a.tags.y","a.tags.x","a.tags","a.n","a"]`},
		{"parents first where the order is equal", `"match":"**.tags.**","order":"none","limit":4`, `["9.tags","a.tags","a.tags.x","a.tags.y"]`},
		{"ordered by value", `"match":"**","where":{"":{">":0}},"order":""`, `["a.tags.x","\"c.d\".n","a.tags.y.z","a.n","b.\"*\".tags","10"]`},
		{"by the text of the path", `"match":"*.*","where":{"$key":{"prefix":"b."}}`, `["b.\"*\"","b.tags"]`},
		{"after a path", `"match":"*.tags","after":["a.tags"]`, `["b.tags"]`},
		{"after a path that is gone", `"match":"*.tags","after":["a.tags.x"]`, `["b.tags"]`},
		{"after the item itself", `"match":"*.tags","after":[""],"limit":1`, `["9.tags"]`},
		{"after a value and a path", `"match":"*.n","order":"","after":[1,"\"c.d\".n"]`, `["a.n"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := `{"_":"$at","path":"forest","query":{"_":"$key",` + test.selection + `}}`
			tr, q := treeOf(t, forest), query(t, form)
			got, ok := q.Eval(tr)
			if !ok || got.String() != test.want {
				t.Errorf("%s gives %v, want %s", form, got, test.want)
			}
			if again := query(t, q.String()); again.String() != q.String() {
				t.Errorf("%v is read as %v", q, again)
			}
			count := query(t, strings.Replace(form, "$key", "$count", 1))
			if n, _ := count.Eval(tr); n.Int() != int64(got.Len()) {
				t.Errorf("%v counts %v, want %d", count, n, got.Len())
			}
		})
	}
}

func TestMapsOverWhatMatches(t *testing.T) {
	tr := treeOf(t, forest)
	for form, want := range map[string]string{
		`{"forest":{"_":1,"match":"*.n"}}`:                                    `{"forest":[3,1]}`,
		`{"forest":{"_":{"z":1},"match":"**.y"}}`:                             `{"forest":[{"z":2}]}`,
		`{"forest":{"_":1,"match":"*.tags","keyed":true,"offset":1}}`:         `{"forest":{"a.tags":{"x":1},"b.tags":{"0":"p","1":"q"}}}`,
		`{"forest":{"_":1,"match":"*.n","keyed":true}}`:                       `{"forest":{"\"c.d\".n":1,"a.n":3}}`,
		`{"forest":{"_":{"_":"$key","match":"**"},"match":"a.*","limit":2}}`:  `{"forest":[3,["x","y","y.z"]]}`,
		`{"forest":{"a":{"_":"$count","match":"**"}},"_x":1}`:                 `{"forest":{"a":5}}`,
		`{"forest":{"10":{"_":"$count","match":"**"}}}`:                       `{"forest":{"10":7}}`,
		`{"forest":{"_":{"#":{"forest":{"10":1}}},"match":"**.y","limit":1}}`: `{"forest":[{"#":{"forest":{"10":7}}}]}`,
	} {
		if got, _ := query(t, form).Eval(tr); got.String() != want {
			t.Errorf("%s gives %v, want %s", form, got, want)
		}
	}
}

func TestPatternTextIsCanonical(t *testing.T) {
	for text, want := range map[string]string{
		`"a".*`: `a.*`, `**.**.**`: `**`, `**.*.**`: `**.*.**`, `"*"."**"`: `"*"."**"`, `"a.b".""`: `"a.b".""`,
		strings.Repeat("**.*.", MaxDepth/2-1) + "**.a": strings.Repeat("**.*.", MaxDepth/2-1) + "**.a",
	} {
		p, err := parsePattern(text)
		if err != nil || p.String() != want {
			t.Errorf("%s is read as %v, %v, want %s", text, p, err, want)
		}
	}
	for form, want := range map[string]string{
		`{"_":1,"match":"*"}`:                                    `{"_":1}`,
		`{"_":"$key","match":"*","after":["c.d"]}`:               `{"_":"$key","after":["c.d"]}`,
		`{"_":"$key","match":"\"a\".*","after":["\"a\".\"b\""]}`: `{"_":"$key","after":["a.b"],"match":"a.*"}`,
	} {
		if got := query(t, form).String(); got != want {
			t.Errorf("%s prints as %s, want %s", form, got, want)
		}
	}
}

func TestPatternsThatCannotBe(t *testing.T) {
	for text, want := range map[string]error{
		``: ErrInvalid, `.`: ErrInvalid, `a.`: ErrInvalid, `*.`: ErrInvalid, `a*`: ErrInvalid, `***`: ErrInvalid, `a b`: ErrInvalid,
		`_`: ErrInvalid, `*."#"`: ErrInvalid, `"a"*`: ErrInvalid, `"a`: ErrInvalid, "\xff": ErrInvalid, `[a]`: ErrInvalid,
		strings.Repeat("a", MaxKeyBytes+1):         ErrTooLarge,
		strings.Repeat("*.", MaxDepth) + "*":       ErrTooLarge,
		strings.Repeat("**.", MaxDepth) + "a":      ErrTooLarge,
		strings.Repeat("a.", MaxDepth-1) + "**.**": ErrTooLarge,
	} {
		form := objectOf([]member{{"_", StringValue("$key")}, {"match", StringValue(text)}})
		q, err := NewQuery(ObjectValue(map[string]Value{"items": form}))
		at, ok := errors.AsType[*PathError](err)
		if text == "\xff" {
			at, ok = &PathError{Path: Path{"items", "match"}}, true // refused as text, before it is a pattern
		}
		if !errors.Is(err, want) || !ok || !at.Path.Equal(Path{"items", "match"}) {
			t.Errorf("%.40s gives %v, %v, want %v at items.match", text, q, err, want)
		}
	}
	for _, selection := range []string{`"match":1`, `"match":["*"]`, `"match":"*.a","after":["a..b"]`, `"match":"*.a","after":[1,"a"]`} {
		if q, err := ParseQuery([]byte(`{"_":"$key",` + selection + `}`)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s gives %v, %v", selection, q, err)
		}
	}
}

// TestWorkOfAPattern: what is looked at is what may match, and no more.
func TestWorkOfAPattern(t *testing.T) {
	tr := treeOf(t, forest)
	for selection, work := range map[string]int{
		`"match":"a.tags.y"`:                   3,
		`"match":"a.none.y"`:                   2,
		`"match":"10.x"`:                       1,
		`"match":"*.tags"`:                     5 + 4,
		`"match":"a.*"`:                        1 + 2,
		`"match":"**"`:                         17,
		`"match":"**.**.n"`:                    17,
		`"match":"**","limit":1`:               1,
		`"match":"*.tags.z.**.z"`:              5 + 4 + 3,
		`"match":"*.n","where":{"":1}`:         5 + 4 + 2,
		`"match":"*.*.*","order":{"desc":"z"}`: 5 + 6 + 5 + 5,
	} {
		q := query(t, `{"_":"$at","path":"forest","query":{"_":"$count",`+selection+`}}`)
		want, _ := q.Eval(tr)
		if got, ok, err := q.EvalWithin(tr, work); err != nil || !ok || !got.Equal(want) {
			t.Errorf("%s within %d: %v, %v, %v, want %v", selection, work, got, ok, err, want)
		}
		if _, _, err := q.EvalWithin(tr, work-1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s within %d: %v", selection, work-1, err)
		}
	}
}

// TestPatternsTakeNoExponentialTime: a chain of items that all have one key is
// looked at once, in however many ways it can match.
func TestPatternsTakeNoExponentialTime(t *testing.T) {
	e, chain := New().Edit(), Path(slices.Repeat([]string{"a"}, MaxDepth))
	must(t, e.Set(chain, IntValue(1)))
	q := query(t, `{"_":"$count","match":"`+strings.Repeat("**.a.", MaxDepth/2-1)+`**.b"}`)
	if got, _, err := q.EvalWithin(e.Tree(), MaxDepth); err != nil || got.Int() != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	q = query(t, `{"_":"$key","match":"`+strings.Repeat("a.", MaxDepth-1)+`a"}`)
	if got, _, err := q.EvalWithin(e.Tree(), MaxDepth+1); err != nil || got.String() != `["`+chain.String()+`"]` {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestResultSeesWhatAPatternSees(t *testing.T) {
	for _, test := range []struct {
		query, op string
		same      bool
	}{
		{`{"_":"$key","match":"forest.*.n"}`, `set forest.a.tags.x 5`, true},
		{`{"_":"$key","match":"forest.*.n"}`, `set forest.a.n 5`, true},
		{`{"_":1,"match":"forest.*.n"}`, `set forest.a.n 5`, false},
		{`{"_":"$key","match":"forest.*.n"}`, `remove forest.a`, false},
		{`{"_":"$key","match":"forest.*.n"}`, `remove forest.9`, true},
		{`{"_":"$key","match":"forest.*.n"}`, `set forest.new.n 1`, false},
		{`{"_":"$key","match":"forest.*.n"}`, `set forest.new.m 1`, true},
		{`{"_":"$key","match":"forest.*.n"}`, `set forest.a 1`, false},
		{`{"_":"$count","match":"**.z"}`, `set forest.a.tags.z 1`, false},
		{`{"_":"$count","match":"**.z"}`, `set other.z 1`, false},
		{`{"_":"$count","match":"forest.**.z"}`, `set other.z 1`, true},
		{`{"_":"$count","match":"**","where":{"":7}}`, `set forest.a.tags.x 7`, false},
		{`{"_":"$count","match":"**","where":{"":7}}`, `set forest.a.tags.x 8`, true},
		{`{"_":"$count","match":"**","where":{"$key":{"prefix":"forest.b"}}}`, `set forest.a.new 8`, true},
		{`{"_":"$count","match":"**","where":{"$key":{"prefix":"forest.b"}}}`, `set forest.b.new 8`, false},
	} {
		t.Run(fmt.Sprintf("%s and %s", test.query, test.op), func(t *testing.T) {
			old := treeOf(t, forest)
			e := old.Edit()
			must(t, step(t, e, test.op))
			if got := sameResult(query(t, test.query), old, e.Tree()); got != test.same {
				t.Errorf("same is %v", got)
			}
		})
	}
}

// naiveMatches tries every way in which keys may be shared out to the segments
// of a pattern.
func naiveMatches(segments, keys []string) bool {
	switch {
	case len(segments) == 0:
		return len(keys) == 0
	case segments[0] == "**":
		return naiveMatches(segments[1:], keys) || len(keys) > 0 && naiveMatches(segments, keys[1:])
	case len(keys) == 0:
		return false
	}
	return (segments[0] == "*" || segments[0] == keys[0]) && naiveMatches(segments[1:], keys[1:])
}

// naivePaths lists the paths of all items beneath v, in order.
func naivePaths(v Value, above []string) [][]string {
	var paths [][]string
	for key, value := range v.Members() {
		path := append(slices.Clone(above), key)
		paths = append(append(paths, path), naivePaths(value, path)...)
	}
	return paths
}

func randomForest(random *rand.Rand, depth int) map[string]any {
	m := map[string]any{}
	for range random.IntN(4) {
		key := []string{"a", "b", "10", "9"}[random.IntN(4)]
		if m[key] = any(random.IntN(3)); depth > 0 && random.IntN(3) > 0 {
			m[key] = randomForest(random, depth-1)
		}
	}
	return m
}

// TestPatternsMatchAsANaiveMatcherSays, in order, page by page, and when it is kept.
func TestPatternsMatchAsANaiveMatcherSays(t *testing.T) {
	for seed := range uint64(4000) {
		random := rand.New(rand.NewPCG(seed, 2))
		v, err := ValueOf(randomForest(random, 4))
		must(t, err)
		e := New().Edit()
		must(t, e.Set(nil, v))
		tr := e.Tree()
		var segments []string
		for range 1 + random.IntN(5) {
			segments = append(segments, []string{"a", "b", "9", "*", "**", "**"}[random.IntN(6)])
		}
		form := map[string]any{"_": "$key", "match": strings.Join(segments, ".")}
		want := []string{}
		for _, path := range naivePaths(v, nil) {
			if naiveMatches(segments, path) {
				want = append(want, strings.Join(path, "."))
			}
		}
		sameKeys(t, tr, form, want)
		if len(want) > 0 {
			at := random.IntN(len(want))
			form["after"] = []any{want[at]}
			sameKeys(t, tr, form, want[at+1:])
			delete(form, "after")
		}
		q, err := NewQuery(form)
		must(t, err)
		other, err := ValueOf(randomForest(random, 2))
		must(t, err)
		must(t, e.Set(Path{"a"}, other))
		was, _ := q.Eval(tr)
		is, _ := q.Eval(e.Tree())
		if sameResult(q, tr, e.Tree()) && !was.Equal(is) {
			t.Fatalf("seed %d: %v is the same, but gives %v and then %v", seed, q, was, is)
		}
	}
}

func sameKeys(t *testing.T, tr *Tree, form map[string]any, want []string) {
	t.Helper()
	q, err := NewQuery(form)
	must(t, err)
	got, _ := q.Eval(tr)
	if text := strings.ReplaceAll(fmt.Sprintf("%q", want), " ", ","); got.String() != text {
		t.Fatalf("%v of %v gives %v, want %s", q, tr.Root().Value(), got, text)
	}
}

// FuzzParsePattern: what is read is written so that it is read again, and what is
// awaited is what a naive matcher says.
func FuzzParsePattern(f *testing.F) {
	for _, seed := range []string{`*.tags.**`, `**`, `"*".a`, `a.b`, `***`, `*.`, `"\u0061"`, `_`} {
		f.Add(seed, "a.b.a")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		p, err := parsePattern(text)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		again, err := parsePattern(p.String())
		if err != nil || !slices.Equal(again, p) {
			t.Fatalf("%s prints as %v, which reads as %v, %v", text, p, again, err)
		}
		keys, err := ParsePath(path)
		if err != nil || len(p)+len(keys) > 16 {
			return
		}
		at, matches := p.start(), false
		for _, key := range keys {
			at, matches = p.step(at, key)
		}
		segments := make([]string, len(p))
		for i, s := range p {
			segments[i] = []string{"=" + s.key, "*", "**"}[s.wild]
		}
		for i, key := range keys {
			keys[i] = "=" + key
		}
		if len(keys) > 0 && matches != naiveMatches(segments, keys) {
			t.Fatalf("%v matches %q: %v", p, keys, matches)
		}
	})
}
