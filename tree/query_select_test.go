package tree

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// team is what most selections here are asked of.
const team = `{"team":{
	"anna":{"age":41,"role":"admin","tags":["a"]},
	"bert":{"age":23.5,"role":"user"},
	"carl":{"age":23,"role":"user","boss":"anna"},
	"dora":{"role":null},
	"erik":"left",
	"9":{"age":9007199254740993,"role":"admin","address":{"city":"Graz"}}}}`

func TestSelections(t *testing.T) {
	for _, test := range []struct{ name, selection, want string }{
		{"everything", ``, `["9","anna","bert","carl","dora","erik"]`},
		{"equal", `"where":{"role":"admin"}`, `["9","anna"]`},
		{"equal to null", `"where":{"role":null}`, `["dora"]`},
		{"equal to an array", `"where":{"tags":["a"]}`, `["anna"]`},
		{"equal in the other kind of number", `"where":{"age":41.0}`, `["anna"]`},
		{"equal to an object", `"where":{"address":{"=":{"city":"Graz"}}}`, `["9"]`},
		{"different, or missing", `"where":{"role":{"!=":"user"}}`, `["9","anna","dora","erik"]`},
		{"less", `"where":{"age":{"<":41}}`, `["bert","carl"]`},
		{"at most", `"where":{"age":{"<=":41}}`, `["anna","bert","carl"]`},
		{"a range", `"where":{"age":{">=":23.5,"<":42}}`, `["anna","bert"]`},
		{"greater, exactly", `"where":{"age":{">":9007199254740992.0}}`, `["9"]`},
		{"of another kind", `"where":{"role":{">":5}}`, `[]`},
		{"in", `"where":{"age":{"in":[23,41.0,"x"]}}`, `["anna","carl"]`},
		{"a prefix", `"where":{"boss":{"prefix":"an"}}`, `["carl"]`},
		{"a prefix of no string", `"where":{"age":{"prefix":"4"}}`, `[]`},
		{"there", `"where":{"boss":{"exists":true}}`, `["carl"]`},
		{"not there", `"where":{"age":{"exists":false}}`, `["dora","erik"]`},
		{"deeper", `"where":{"address.city":"Graz"}`, `["9"]`},
		{"the child itself", `"where":{"":"left"}`, `["erik"]`},
		{"its key", `"where":{"$key":{"prefix":"b"}}`, `["bert"]`},
		{"all of several", `"where":{"role":"user","age":{">":23}}`, `["bert"]`},
		{"or", `"where":{"$or":[{"age":23},{"role":"admin"}]}`, `["9","anna","carl"]`},
		{"and, not", `"where":{"$and":[{"role":"user"},{"$not":{"age":23}}]}`, `["bert"]`},
		{"no condition", `"where":{}`, `["9","anna","bert","carl","dora","erik"]`},
		{"ordered", `"order":"age"`, `["dora","erik","carl","bert","anna","9"]`},
		{"falling", `"order":{"desc":"age"}`, `["9","anna","bert","carl","dora","erik"]`},
		{"by two", `"order":["role",{"desc":"age"}]`, `["erik","dora","9","anna","bert","carl"]`},
		{"by key, falling", `"order":[{"desc":"$key"}]`, `["erik","dora","carl","bert","anna","9"]`},
		{"limited", `"limit":2`, `["9","anna"]`},
		{"none", `"limit":0`, `[]`},
		{"without the first", `"offset":4`, `["dora","erik"]`},
		{"without more than there are", `"offset":9,"limit":3`, `[]`},
		{"a page", `"order":"age","offset":2,"limit":2`, `["carl","bert"]`},
		{"after a key", `"after":["carl"],"limit":1`, `["dora"]`},
		{"after a key that is gone", `"after":["b"]`, `["bert","carl","dora","erik"]`},
		{"after a value and a key", `"order":"age","after":[23,"carl"]`, `["bert","anna","9"]`},
		{"after what is missing", `"order":"age","after":[[],"dora"]`, `["erik","carl","bert","anna","9"]`},
		{"after, falling", `"order":{"desc":"age"},"after":[23.5,"bert"]`, `["carl","dora","erik"]`},
		{"after and offset", `"order":"age","after":[23,"carl"],"offset":1`, `["anna","9"]`},
		{"some of all", `"where":{"age":{"exists":true}},"order":"age","limit":2`, `["carl","bert"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := `{"_":"$at","path":"team","query":{"_":"$key"` + strings.TrimSuffix(","+test.selection, ",") + `}}`
			q := query(t, form)
			tr := treeOf(t, team)
			got, ok := q.Eval(tr)
			if !ok || got.String() != test.want {
				t.Errorf("%s gives %v, want %s", form, got, test.want)
			}
			if again := query(t, q.String()); again.String() != q.String() {
				t.Errorf("%v is read as %v", q, again)
			} else if got, _ := again.Eval(tr); got.String() != test.want {
				t.Errorf("%v gives %v, want %s", again, got, test.want)
			}
			count := query(t, strings.Replace(form, "$key", "$count", 1))
			if n, _ := count.Eval(tr); n.Int() != int64(got.Len()) {
				t.Errorf("%v counts %v, want %d", count, n, got.Len())
			}
			elements := query(t, strings.Replace(form, `"$key"`, `{"x":1}`, 1))
			if list, _ := elements.Eval(tr); list.Len() != got.Len() {
				t.Errorf("%v gives %v, want %d", elements, list, got.Len())
			}
		})
	}
}

func TestKeyedSelectionsAreObjects(t *testing.T) {
	tr := treeOf(t, team)
	for form, want := range map[string]string{
		`{"team":{"_":{"age":1},"keyed":true,"order":{"desc":"age"},"limit":2}}`:         `{"team":{"9":{"age":9007199254740993},"anna":{"age":41}}}`,
		`{"team":{"_":{"age":1},"keyed":true,"where":{"role":"user"}}}`:                  `{"team":{"bert":{"age":23.5},"carl":{"age":23}}}`,
		`{"team":{"_":{"tags":{"_":"$count"}},"where":{"tags":{"exists":true}}}}`:        `{"team":[{"tags":1}]}`,
		`{"team":{"_":{"#":{"team":{"_":"$count","where":{"role":"user"}}}},"limit":1}}`: `{"team":[{"#":{"team":2}}]}`,
	} {
		if got, _ := query(t, form).Eval(tr); got.String() != want {
			t.Errorf("%s gives %v, want %s", form, got, want)
		}
	}
}

func TestSelectionsThatCannotBe(t *testing.T) {
	for selection, says := range map[string]string{
		`"wher":{}`:                          "there are only where, order",
		`"where":[1]`:                        "want an object of conditions",
		`"where":{"a":{}}`:                   "no operator",
		`"where":{"a":{"==":1}}`:             "unknown operator",
		`"where":{"a":{"<":null}}`:           "want a bool",
		`"where":{"a":{"<":[1]}}`:            "want a bool",
		`"where":{"a":{"in":1}}`:             "want an array",
		`"where":{"a":{"prefix":1}}`:         "want a string",
		`"where":{"a":{"exists":1}}`:         "want true or false",
		`"where":{"a..b":1}`:                 "where",
		`"where":{"$value":1}`:               "unknown",
		`"where":{"$or":[]}`:                 "want an array of conditions",
		`"where":{"$or":[{"a":{"<":null}}]}`: `$or`,
		`"where":{"$not":[{"a":1}]}`:         "want an object of conditions",
		`"order":[]`:                         "something to order by",
		`"order":5`:                          "want the path",
		`"order":{"asc":"a"}`:                "want the path",
		`"order":{"desc":"a","x":1}`:         "want the path",
		`"limit":-1`:                         "whole number",
		`"limit":1.5`:                        "whole number",
		`"offset":"a"`:                       "whole number",
		`"after":"a"`:                        "ends with a key",
		`"after":[1]`:                        "ends with a key",
		`"after":[1,"a"]`:                    "want 1 values",
		`"order":"x","after":["a"]`:          "want 2 values",
		`"where":{"a":{"_":1}}`:              "where",
		`"where":{"a":{"in":[{"#":1}]}}`:     "where",
		`"keyed":1`:                          "true or false",
		`"keyed":true`:                       "has no keys",
	} {
		_, err := ParseQuery([]byte(`{"items":{"_":"$key",` + selection + `}}`))
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "items") {
			t.Errorf("%s: %v, want one that says %q", selection, err, says)
		}
	}
}

func TestBytesInASelection(t *testing.T) {
	tr := treeOf(t, `{"a":{"b":{"_":"$bytes","base64":"AAE="}},"b":{"b":{"_":"$bytes","base64":"AAI="}},"c":{"b":"AAE="}}`)
	for form, want := range map[string]string{
		`{"_":"$key","where":{"b":{"_":"$bytes","base64":"AAE="}}}`:                 `["a"]`,
		`{"_":"$key","where":{"b":{">":{"_":"$bytes","base64":"AAE="}}}}`:           `["b"]`,
		`{"_":"$key","order":"b","after":[{"_":"$bytes","base64":"AAE="},"a"]}`:     `["b"]`,
		`{"_":"$key","where":{"b":{"in":[{"_":"$bytes","base64":"AAI="},"AAE="]}}}`: `["b","c"]`,
	} {
		q := query(t, form)
		if got, _ := q.Eval(tr); got.String() != want || query(t, q.String()).String() != q.String() {
			t.Errorf("%s, in short %v, gives %v, want %s", form, q, got, want)
		}
	}
}

// TestConditionsHaveOneForm: what is demanded of one operand stands together, and
// "$and" is only there for what an object has no place for.
func TestConditionsHaveOneForm(t *testing.T) {
	for where, want := range map[string]string{
		`{"b":1,"a":2}`: `{"a":{"=":2},"b":{"=":1}}`,
		`{"$and":[{"b":1,"a":{">":2}},{"a":{"<":5}}]}`:      `{"a":{"<":5,">":2},"b":{"=":1}}`,
		`{"a":{">":1},"$and":[{"a":{">":2}}]}`:              `{"$and":[{"a":{">":2}}],"a":{">":1}}`,
		`{"a":1,"\"a\"":2}`:                                 `{"$and":[{"a":{"=":1}}],"a":{"=":2}}`,
		`{"$and":[{"$or":[{"a":1},{"b":1}]},{"$or":[{}]}]}`: `{"$or":[{"a":{"=":1}},{"b":{"=":1}}]}`,
		`{"$or":[{"a":1},{"b":1}],"$and":[{"$or":[{"c":1},{}]},{"$not":{"a":1}},{"$not":{}}]}`: `{"$and":[{"$not":{},"$or":[{"c":{"=":1}},{}]}],` +
			`"$not":{"a":{"=":1}},"$or":[{"a":{"=":1}},{"b":{"=":1}}]}`,
		`{"$and":[{"$and":[{"a":1}]},{"$or":[{"$and":[{"a":2}]}]}]}`: `{"$and":[{"a":{"=":2}}],"a":{"=":1}}`,
	} {
		want = `{"_":"$key","where":` + want + `}`
		if q := query(t, `{"_":"$key","where":`+where+`}`); q.String() != want || query(t, want).String() != want {
			t.Errorf("%s is %v, and that is %v, want %s", where, q, query(t, q.String()), want)
		}
	}
	if q := query(t, `{"_":"$key","where":{"$and":[{},{}]}}`); q.String() != `{"_":"$key","where":{}}` {
		t.Errorf("no condition is %v", q)
	}
}

// TestOperandsThatLookLikeWords: a key that is written as a word stands in quotes.
func TestOperandsThatLookLikeWords(t *testing.T) {
	tr := treeOf(t, `{"a":{"$or":1,"$key":{"x":2}},"b":{"$or":2}}`)
	for form, want := range map[string]string{
		`{"_":"$key","where":{"\"$or\"":1}}`:      `["a"]`,
		`{"_":"$key","where":{"\"$key\".x":2}}`:   `["a"]`,
		`{"_":"$key","order":{"desc":"\"$or\""}}`: `["b","a"]`,
	} {
		q := query(t, form)
		if got, _ := q.Eval(tr); got.String() != want || query(t, q.String()).String() != q.String() {
			t.Errorf("%s, in short %v, gives %v, want %s", form, q, got, want)
		}
	}
}

// TestWorkOfAQueryIsLimited: one item more than it looks at is enough, and one
// less is not; what it did not look at does not count.
func TestWorkOfAQueryIsLimited(t *testing.T) {
	tr := treeOf(t, team)
	for form, work := range map[string]int{
		`{"_":"$at","path":"team"}`:                                 21,
		`{"team":1}`:                                                7,
		`{"team":{"_":"$key"}}`:                                     7,
		`{"team":{"_":"$count"}}`:                                   1,
		`{"team":{"anna":{"age":1}}}`:                               4,
		`{"team":{"_":"$key","limit":2}}`:                           5,
		`{"team":{"_":"$count","where":{"age":{">":1}}}}`:           13,
		`{"team":{"_":"$key","where":{"address":{"exists":true}}}}`: 15,
		`{"nothing":1}`:                                             1,
	} {
		q := query(t, form)
		want, wanted := q.Eval(tr)
		got, ok, err := q.EvalWithin(tr, work)
		if err != nil || ok != wanted || !got.Equal(want) {
			t.Errorf("%s within %d: %v, %v, %v, want %v", form, work, got, ok, err, want)
		}
		if _, _, err := q.EvalWithin(tr, work-1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s within %d: %v", form, work-1, err)
		}
	}
	if _, ok, err := Subtree(Path{"none"}).EvalWithin(tr, 0); ok || err != nil {
		t.Errorf("nothing: %v, %v", ok, err)
	}
}

// TestNumbersOfBothKindsAreComparedExactly: a float of 2^53 and more has no
// neighbours, and the integers beside it do.
func TestNumbersOfBothKindsAreComparedExactly(t *testing.T) {
	for _, test := range []struct {
		a    int64
		b    float64
		want int
	}{
		{5, 5, 0}, {5, 5.5, -1}, {6, 5.5, 1}, {-5, -5.5, 1}, {-6, -5.5, -1}, {0, -0.5, 1}, {0, 0.5, -1},
		{1<<53 + 1, 1 << 53, 1}, {1<<53 - 1, 1 << 53, -1},
		{math.MaxInt64, 1 << 63, -1}, {math.MinInt64, -1 << 63, 0}, {math.MinInt64, -1e300, 1}, {math.MaxInt64, 1e300, -1},
	} {
		a, b := IntValue(test.a), FloatValue(test.b)
		if got, back := compareNumbers(a, b), compareNumbers(b, a); got != test.want || back != -test.want {
			t.Errorf("%v and %v: %d, the other way %d, want %d", a, b, got, back, test.want)
		}
	}
}

// Random values are in a list when they are equal to one of it.
func TestInHoldsWhereOneIsEqual(t *testing.T) {
	for seed := range uint64(500) {
		w := resultWorld{rand.New(rand.NewPCG(seed, 5)), true}
		e := New().Edit()
		for i := range 12 {
			must(t, e.Set(Path{indexKey(i)}, w.value(1)))
		}
		var list []any
		var one []Condition
		for range w.IntN(6) {
			v := w.value(1)
			list, one = append(list, v), append(one, Field("").Equals(v))
		}
		if one == nil {
			continue
		}
		in, err := Query{}.Select(Keys().Where(Field("").In(list...)))
		must(t, err)
		any, err := Query{}.Select(Keys().Where(Or(one...)))
		must(t, err)
		got, _ := in.Eval(e.Tree())
		if want, _ := any.Eval(e.Tree()); !got.Equal(want) {
			t.Fatalf("seed %d: %v of %v gives %v, want %v", seed, in, e.Tree().Root().Value(), got, want)
		}
	}
}
