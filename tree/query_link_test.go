package tree

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// linked is what most queries here are asked of: jobs that belong to users, by
// links of every sort.
const linked = `{
	"users":{"anna":{"name":"Anna","age":41,"boss":{"_":"$ref","path":"users.bert"}},"bert":{"name":"Bert","age":7}},
	"jobs":{
		"1":{"title":"one","owner":{"_":"$ref","path":"users.anna"}},
		"2":{"title":"two","owner":{"_":"$ref","path":"users.bert"},"by":{"_":"$ref","path":"users.anna.name"}},
		"3":{"title":"three","owner":{"_":"$ref","path":"users.carl"}},
		"4":{"title":"four","owner":"nobody"}},
	"view":{
		"best":{"_":"$ref","path":"jobs.1"},
		"gone":{"_":"$ref","path":"jobs.9"},
		"last":{"_":"$ref","path":"view.best"},
		"self":{"_":"$ref","path":"view.self"},
		"ping":{"_":"$ref","path":"view.pong"},"pong":{"_":"$ref","path":"view.ping"},
		"text":{"_":"$ref","path":"jobs.4.owner"},
		"through":{"_":"$ref","path":"view.best.owner"}},
	"all":{"_":"$ref","path":""},
	"n":1}`

func TestQueriesGoThroughLinks(t *testing.T) {
	for _, test := range []struct{ name, query, want string }{
		{"S18 a shape is asked of what a link leads to", `{"view":{"best":1}}`, `{"view":{"best":{"title":"one"}}}`},
		{"S18 some children of it", `{"jobs":{"1":{"owner":{"name":1}}}}`, `{"jobs":{"1":{"owner":{"name":"Anna"}}}}`},
		{"S18 a link to the root", `{"all":{"n":1}}`, `{"all":{"n":1}}`},
		{"S18 a cycle ends with the query", `{"all":{"all":{"all":{"n":1}}}}`, `{"all":{"all":{"all":{"n":1}}}}`},
		{"a link to a leaf", `{"jobs":{"2":{"by":{"any":1}}}}`, `{"jobs":{"2":{"by":"Anna"}}}`},
		{"a chain of links", `{"view":{"last":{"title":1}}}`, `{"view":{"last":{"title":"one"}}}`},
		{"links on the way and at the end", `{"view":{"last":{"owner":{"boss":{"name":1}}}}}`, `{"view":{"last":{"owner":{"boss":{"name":"Bert"}}}}}`},
		{"S17 two links to one item read the same", `{"view":{"best":{"title":1}},"jobs":{"1":{"title":1}}}`,
			`{"jobs":{"1":{"title":"one"}},"view":{"best":{"title":"one"}}}`},
		{"S25 an object omits the key of a dangling link", `{"view":{"gone":1,"best":{"x":1}}}`, `{"view":{"best":{}}}`},
		{"S25 maps skip a dangling link", `{"jobs":{"_":{"owner":{"name":1}}}}`,
			`{"jobs":[{"owner":{"name":"Anna"}},{"owner":{"name":"Bert"}},{},{"owner":"nobody"}]}`},
		{"S25 and so do maps over links", `{"view":{"_":{"title":1}}}`, `{"view":[{"title":"one"},{"title":"one"},"nobody"]}`},
		{"S25 a map by key", `{"view":{"_":{"title":1},"keyed":true}}`, `{"view":{"best":{"title":"one"},"last":{"title":"one"},"text":"nobody"}}`},
		{"S25 keys", `{"view":{"_":"$key"}}`, `{"view":["best","last","text"]}`},
		{"S25 one gives leaves, also those that links lead to", `{"view":1,"jobs":{"2":1}}`,
			`{"jobs":{"2":{"by":"Anna","title":"two"}},"view":{"text":"nobody"}}`},
		{"the link to itself, and those to each other, lead nowhere", `{"view":{"self":1,"ping":{"a":1},"pong":{"_":1}}}`, `{"view":{}}`},
		{"the path of a link is not led on by another", `{"view":{"through":{"name":1}}}`, `{"view":{}}`},
		{"a count is of all children", `{"view":{"_":"$count"}}`, `{"view":8}`},
		{"with a condition it is of those that lead somewhere", `{"view":{"_":"$count","where":{}}}`, `{"view":3}`},
		{"of what a link leads to", `{"jobs":{"1":{"owner":{"_":"$count"}}}}`, `{"jobs":{"1":{"owner":3}}}`},
		{"a map over what a link leads to", `{"all":{"users":{"_":{"age":1}}}}`, `{"all":{"users":[{"age":41},{"age":7}]}}`},
		{"at the path of a link", `{"_":"$at","path":"view.last","query":{"title":1}}`, `{"title":"one"}`},
		{"a whole value has the links in it", `{"_":"$at","path":"jobs.1"}`, `{"title":"one","owner":{"_":"$ref","path":"users.anna"}}`},
		{"the whole value of a link is the link", `{"_":"$at","path":"view.gone"}`, `{"_":"$ref","path":"jobs.9"}`},

		{"a condition on what a link leads to", `{"jobs":{"_":"$key","where":{"owner.age":{">":10}}}}`, `{"jobs":["1"]}`},
		{"through two links", `{"jobs":{"_":"$key","where":{"owner.boss.name":"Bert"}}}`, `{"jobs":["1"]}`},
		{"on a leaf that a link leads to", `{"jobs":{"_":"$key","where":{"by":{"prefix":"An"}}}}`, `{"jobs":["2"]}`},
		{"on an object that a link leads to", `{"jobs":{"_":"$key","where":{"owner":{"=":{"name":"Bert","age":7}}}}}`, `{"jobs":["2"]}`},
		{"on a child that is a link", `{"view":{"_":"$key","where":{"title":"one"}}}`, `{"view":["best","last"]}`},
		{"on all of such a child", `{"view":{"_":"$key","where":{"":"nobody"}}}`, `{"view":["text"]}`},
		{"what a dangling link leads to does not exist", `{"jobs":{"_":"$key","where":{"owner":{"exists":false}}}}`, `{"jobs":["3"]}`},
		{"nor is it equal", `{"jobs":{"_":"$key","where":{"owner.name":{"!=":"Anna"}}}}`, `{"jobs":["2","3","4"]}`},
		{"a link is compared with a link", `{"jobs":{"_":"$key","where":{"owner":{"_":"$ref","path":"users.bert"}}}}`, `{"jobs":["2"]}`},
		{"also a dangling one", `{"jobs":{"_":"$key","where":{"owner":{"_":"$ref","path":"users.carl"}}}}`, `{"jobs":["3"]}`},
		{"different from a link", `{"jobs":{"_":"$key","where":{"owner":{"!=":{"_":"$ref","path":"users.bert"}}}}}`, `{"jobs":["1","3","4"]}`},
		{"one of some links and values", `{"jobs":{"_":"$key","where":{"owner":{"in":[{"_":"$ref","path":"users.anna"},"nobody"]}}}}`, `{"jobs":["1","4"]}`},
		{"links are ordered by path", `{"jobs":{"_":"$key","where":{"owner":{">":{"_":"$ref","path":"users.anna"}}}}}`, `{"jobs":["2","3"]}`},
		{"an order by what links lead to", `{"jobs":{"_":"$key","order":["owner.age"]}}`, `{"jobs":["3","4","2","1"]}`},
		{"falling, limited", `{"jobs":{"_":"$key","order":{"desc":"owner.name"},"limit":2}}`, `{"jobs":["2","1"]}`},
		{"a limit counts what leads somewhere", `{"view":{"_":"$key","limit":2}}`, `{"view":["best","last"]}`},
		{"and so does an offset", `{"view":{"_":"$key","offset":2}}`, `{"view":["text"]}`},
		{"keys are those of the links", `{"view":{"_":"$key","where":{"$key":{"prefix":"b"}}}}`, `{"view":["best"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := query(t, test.query).Eval(treeOf(t, linked))
			if !ok || !got.Equal(parse(t, test.want)) {
				t.Errorf("got %v, %v, want %s", got, ok, test.want)
			}
		})
	}
}

func TestNothingIsReadThroughPaths(t *testing.T) {
	tr := treeOf(t, linked)
	for _, q := range []Query{
		Subtree(Path{"view", "best", "title"}), query(t, `1`).At(Path{"jobs", "1", "owner", "boss"}),
		query(t, `1`).At(Path{"view", "gone"}), query(t, `{"_":"$key"}`).At(Path{"view", "self"}),
	} {
		if v, ok := q.Eval(tr); ok {
			t.Errorf("%v gives %v", q, v)
		}
	}
	if item, ok := tr.Get(Path{"view", "best"}); !ok || item.Kind() != Link || !item.IsLeaf() || item.Len() != 0 {
		t.Errorf("the item is %v", item.Value())
	}
}

// In the original a write through one alias is seen through the others (S20),
// for an alias is the node itself. Here a write names the one item that it
// changes, so that who may write at a path, and what a condition on it guards,
// does not depend on what stands there.
func TestWritesDoNotGoThroughLinksUnlikeS20(t *testing.T) {
	for _, test := range []struct{ op, want string }{
		{`set l 5`, `{"l":5,"t":{"a":1}}`},
		{`set l {"b":2}`, `{"l":{"b":2},"t":{"a":1}}`},
		{`set l.b 2`, `{"l":{"b":2},"t":{"a":1}}`},
		{`set / {"l":{"b":2}}`, `{"l":{"b":2},"t":{"a":1}}`},
		{`set l []`, `{"l":[],"t":{"a":1}}`},
		{`insert l.b 2`, `{"l":{"b":2},"t":{"a":1}}`},
		{`replace l {"a":2}`, `{"l":{"a":2},"t":{"a":1}}`},
		{`remove l`, `{"t":{"a":1}}`},
		{`set t {"_":"$ref","path":"l"}`, `{"l":{"_":"$ref","path":"t"},"t":{"_":"$ref","path":"l"}}`},
	} {
		e := treeOf(t, `{"l":{"_":"$ref","path":"t"},"t":{"a":1}}`).Edit()
		must(t, step(t, e, test.op))
		if got := e.Tree().Root().Value(); !got.Equal(parse(t, test.want)) {
			t.Errorf("%s gives %v, want %s", test.op, got, test.want)
		}
	}
	e := treeOf(t, `{"l":{"_":"$ref","path":"t"},"t":{"a":1}}`).Edit()
	if err := e.Remove(Path{"l", "a"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("remove beneath a link gives %v", err)
	}
	must(t, e.Set(Path{"l"}, LinkValue(Path{"t"})))
	if err := e.Set(nil, LinkValue(Path{"t"})); !errors.Is(err, ErrInvalid) {
		t.Errorf("a link at the root gives %v", err)
	}
	if _, changed := e.Commit(); changed {
		t.Error("setting the same link is a change")
	}
}

// S25, but that a write at the target, and not at the link, makes it whole.
func TestRemovedTargetsLeaveLinksDangling(t *testing.T) {
	e := treeOf(t, linked).Edit()
	q := query(t, `{"jobs":{"1":{"title":1,"owner":{"name":1}}}}`)
	for _, at := range []struct{ op, want string }{
		{`remove users.anna`, `{"jobs":{"1":{"title":"one"}}}`},
		{`set users.anna {"name":"Anna II"}`, `{"jobs":{"1":{"owner":{"name":"Anna II"},"title":"one"}}}`},
		{`set users.anna 5`, `{"jobs":{"1":{"owner":5,"title":"one"}}}`},
		{`remove users`, `{"jobs":{"1":{"title":"one"}}}`},
		{`set users.anna {"_":"$ref","path":"jobs.2"}`, `{"jobs":{"1":{"owner":{},"title":"one"}}}`},
	} {
		must(t, step(t, e, at.op))
		if got, _ := e.Eval(q); !got.Equal(parse(t, at.want)) {
			t.Errorf("after %s: %v, want %s", at.op, got, at.want)
		}
	}
}

func TestChainsOfLinksAreBounded(t *testing.T) {
	e := New().Edit()
	for i := range MaxDepth + 1 {
		must(t, e.Set(Path{indexKey(i)}, LinkValue(Path{indexKey(i + 1)})))
	}
	must(t, e.Set(Path{indexKey(MaxDepth + 1)}, IntValue(7)))
	for key, want := range map[string]string{"0": `{}`, "1": `{"1":7}`, "2": `{"2":7}`} {
		if got, _ := e.Eval(query(t, `{"`+key+`":1}`)); got.String() != want {
			t.Errorf("the chain from %s gives %v, want %s", key, got, want)
		}
	}
}

func TestQueryRefusesWhatNoLinkIs(t *testing.T) {
	for text, at := range map[string]Path{
		`{"_":1,"where":{"a":{"_":"$ref","path":"b..c"}}}`:        {"where", "a"},
		`{"_":1,"where":{"a":{"<":{"_":"$ref"}}}}`:                {"where", "a", "<"},
		`{"_":1,"where":{"a":{"prefix":{"_":"$ref","path":""}}}}`: {"where", "a", "prefix"},
		`{"a":{"_":"$ref","path":"b"}}`:                           {"a", "path"},
	} {
		q, err := ParseQuery([]byte(text))
		if position, ok := errors.AsType[*PathError](err); !errors.Is(err, ErrInvalid) || !ok || !position.Path.Equal(at) {
			t.Errorf("%s gives %v, %v, want an error at %q", text, q, err, at)
		}
	}
	q, err := NewQuery(map[string]any{"_": "$key", "where": map[string]any{"owner": Path{"users", "x.y"}}})
	if want := `{"_":"$key","where":{"owner":{"=":{"_":"$ref","path":"users.\"x.y\""}}}}`; err != nil || q.String() != want {
		t.Errorf("got %v, %v", q, err)
	}
}

func TestQueryWorkCountsEachHop(t *testing.T) {
	tr := treeOf(t, linked)
	for text, want := range map[string]int{
		`{"jobs":{"1":{"title":1}}}`:                               4, // three keys and the leaf
		`{"view":{"best":{"title":1}}}`:                            5,
		`{"view":{"last":{"title":1}}}`:                            6,
		`{"view":{"gone":1}}`:                                      3,
		`{"view":{"self":1}}`:                                      2 + MaxDepth,
		`{"view":{"_":"$count"}}`:                                  1,
		`{"users":{"_":"$key"}}`:                                   3,
		`{"jobs":{"_":"$key","where":{"owner":{"exists":false}}}}`: 18, // a key, four children, three hops, 4+3+1 where they end, 1 for no owner, a key
		`{"jobs":{"_":"$key","where":{"$key":"1"},"limit":1}}`:     3,
		`{"_":"$at","path":"view.last"}`:                           1,
		`{"_":"$at","path":"view.last","query":{"title":{"a":1}}}`: 4,
	} {
		q := query(t, text)
		if got := workOf(t, q, tr); got != want {
			t.Errorf("%s looks at %d, want %d", text, got, want)
		}
	}
}

// workOf is the least work within which q is done.
func workOf(t *testing.T, q Query, tr *Tree) int {
	t.Helper()
	for work := range 1000 {
		v, exists, err := q.EvalWithin(tr, work)
		if err == nil {
			if all, there := q.Eval(tr); !v.Equal(all) || exists != there {
				t.Errorf("%v within %d gives %v, %v, want %v, %v", q, work, v, exists, all, there)
			}
			return work
		}
		if !errors.Is(err, ErrTooLarge) || exists {
			t.Fatalf("%v within %d: %v, %v", q, work, exists, err)
		}
	}
	return -1
}

func TestQueryTellsWhichTargetsItLookedUp(t *testing.T) {
	tr := treeOf(t, linked)
	for text, want := range map[string]string{
		`{"users":{"_":{"name":1}},"jobs":{"_":{"title":1}}}`: `[]`,
		`{"view":{"best":1}}`:                                             `["jobs.1" "users.anna"]`,
		`{"view":{"last":{"owner":1,"title":1}}}`:                         `["jobs.1" "users.anna" "users.bert" "view.best"]`,
		`{"view":{"gone":1}}`:                                             `["jobs.9"]`,
		`{"view":{"self":1,"ping":1}}`:                                    `["view.ping" "view.pong" "view.self"]`,
		`{"all":{"n":1}}`:                                                 `[""]`,
		`{"jobs":{"_":"$key","where":{"owner.boss":{"!=":1}}}}`:           `["users.anna" "users.bert" "users.carl"]`,
		`{"jobs":{"_":"$key","order":"owner.name"}}`:                      `["users.anna" "users.bert" "users.carl"]`,
		`{"jobs":{"2":1,"3":{"_":"$count"}}}`:                             `["users.anna.name" "users.bert"]`,
		`{"view":{"_":"$count"}}`:                                         `[]`,
		`{"view":{"_":"$key","limit":1}}`:                                 `["jobs.1"]`,
		`{"#":{"jobs":{"1":{"owner":1}}}}`:                                `["users.anna" "users.bert"]`,
		`{"_":"$at","path":"view.last","query":1}`:                        `["jobs.1" "users.anna" "view.best"]`,
		`{"_":"$at","path":"view.last"}`:                                  `[]`,
		`{"_":"$at","path":"view.none","query":1}`:                        `[]`,
		`{"jobs":{"_":"$key","where":{"owner":{"_":"$ref","path":"n"}}}}`: `["users.anna" "users.bert" "users.carl"]`,
	} {
		q := query(t, text)
		v, exists, followed := evalFollowing(q, tr)
		if got, ok := q.Eval(tr); ok != exists || !got.Equal(v) {
			t.Errorf("%s gives %v, %v, want %v, %v", text, v, exists, got, ok)
		}
		if got := fmt.Sprintf("%q", followed); got != want {
			t.Errorf("%s looked up %s, want %s", text, got, want)
		}
	}
}

func TestResultSeesWhereLinksLead(t *testing.T) {
	for _, test := range []struct {
		query, op string
		same      bool
	}{
		{`{"jobs":{"1":{"owner":{"name":1}}}}`, `set users.anna.name "x"`, false},
		{`{"view":{"last":{"title":1}}}`, `set jobs.1.title "x"`, false},
		{`{"view":{"gone":{"title":1}}}`, `set jobs.9.title "x"`, false},
		{`{"view":{"_":"$key"}}`, `set jobs.9.title "x"`, false},
		{`{"jobs":{"_":"$key","where":{"owner.name":"x"}}}`, `set users.anna.name "x"`, false},
		{`{"jobs":{"_":"$key","order":"owner.name"}}`, `set users.anna.name "x"`, false},
		{`{"jobs":{"2":1}}`, `set users.anna.name "x"`, false},
		{`{"all":{"users":{"anna":1}}}`, `set users.anna.name "x"`, false},
		{`{"n":1,"#":{"view":{"best":1}}}`, `set jobs.1.title "x"`, false},
		{`{"_":"$at","path":"view.best","query":1}`, `set jobs.1.title "x"`, false},
		{`{"jobs":{"1":{"owner":{"name":1}}}}`, `set jobs.1.owner 7`, false},
		{`{"jobs":{"1":{"title":1}}}`, `set users.anna.name "x"`, true},
		{`{"users":{"bert":1},"n":1}`, `set users.anna.name "x"`, true},
		{`{"_":"$at","path":"view.best"}`, `set jobs.1.title "x"`, true},
		{`{"_":"$at","path":"jobs"}`, `set users.anna.name "x"`, true},
		{`{"_":"$at","path":"jobs"}`, `set jobs.1.owner {"_":"$ref","path":"n"}`, false},
	} {
		t.Run(fmt.Sprintf("%s and %s", test.query, test.op), func(t *testing.T) {
			old := treeOf(t, linked)
			e := old.Edit()
			must(t, step(t, e, test.op))
			if got := sameResult(query(t, test.query), old, e.Tree()); got != test.same {
				t.Errorf("same is %v", got)
			}
			if !sameResult(query(t, test.query), old, old) {
				t.Error("a tree differs from itself")
			}
		})
	}
}

func TestPathsAreComparedKeyByKey(t *testing.T) {
	paths := []Path{nil, {"2"}, {"10"}, {"10", "a"}, {"a"}, {"a", "0"}, {"a", "b"}, {"ab"}, {"b"}}
	if !slices.IsSortedFunc(paths, comparePaths) {
		t.Errorf("not in order: %q", paths)
	}
}

// evalFollowing returns what q reads, and the paths to which links led.
func evalFollowing(q Query, t *Tree) (v Value, exists bool, followed []Path) {
	r := newAfresh(q, t.root)
	return r.value, r.exists, r.followed
}

// Sixteen links from every item to the root make a tree of sixteen to the eighth.
func TestResultThroughTooManyLinksIsAnError(t *testing.T) {
	edit := New().Edit()
	for i := range 16 {
		must(t, edit.Set(Path{indexKey(i)}, LinkValue(nil)))
	}
	small := edit.Tree()
	q := query(t, `{"_":{"_":{"_":{"_":{"_":{"_":{"_":{"_":1}}}}}}}}`)
	r := q.Result(small)
	if err := r.Err(); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("error %v", err)
	}
	if v, ok := r.Value(); ok {
		t.Errorf("value %.100v", v)
	}
	must(t, edit.Set(Path{"0"}, IntValue(1)))
	for i := 1; i < 16; i++ {
		must(t, edit.Delete(Path{indexKey(i)}))
	}
	if r = r.Next(small, edit.Tree()); r.Err() != nil {
		t.Errorf("a result that is small again: %v", r.Err())
	}
}
