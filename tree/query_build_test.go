package tree

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestShapesInGo(t *testing.T) {
	for _, test := range []struct {
		shape Shape
		want  string
	}{
		{nil, `{}`},
		{Fields(), `{}`},
		{Fields("b", "a"), `{a, b}`},
		{Fields("a").With("#", Fields("n")).With("t", Keys()).With("a", nil), `{# {n}, a, t[] $key}`},
		{Each(nil), `[]`},
		{MapShape{}, `[]`},
		{Each(Each(Fields("x"))).Keyed(), `[keyed][] {x}`},
		{Keys().Match("*.tags.**").OrderBy("a").OrderByDescending("$key", "b.c").After([]any{}, "x", 1, `a."x.y"`).Offset(2).Limit(0),
			`[match *.tags.** order a, -$key, -b.c after [[],"x",1,"a.\"x.y\""] offset 2 limit 0] $key`},
		{Count().Where(Field("a").Equals(1), Field("a").Differs(nil)).Where(Field("").Exists()), `[. exists and a != null and a = 1] $count`},
		{Keys().Where(Field("a").Below(1), Field("b").AtMost(2.0), Field("c").Above("x"), Field("d").AtLeast([]byte{0})),
			`[a < 1 and b <= 2.0 and c > "x" and d >= {"_":"$bytes","base64":"AA=="}] $key`},
		{Keys().Where(Or(Field("a").In(1, "x"), Field("b").HasPrefix("p")), Not(And(Field("c").Missing(), Condition{}))),
			`[not (c missing) and (a in [1,"x"] or b prefix "p")] $key`},
		{Keys().Where(Field("a").Equals(map[string]any{">": 1}), Field("b").In()), `[a = {">":1} and b in []] $key`},
		{Keys().Where(), `[] $key`},
	} {
		q, err := Subtree(nil).Select(test.shape)
		if err != nil || q.Text() != test.want {
			t.Errorf("got %s, %v, want %s", q.Text(), err, test.want)
		}
	}
	q, err := Subtree(Path{"users"}).Select(Keys())
	if err != nil || q.Text() != `users[] $key` {
		t.Errorf("at a path: %s, %v", q.Text(), err)
	}
}

func TestShapesInGoThatCannotBe(t *testing.T) {
	deep := Each(nil)
	for range MaxDepth + 1 {
		deep = Each(deep)
	}
	for _, test := range []struct {
		shape Shape
		want  error
		says  string
	}{
		{Fields("_"), ErrInvalid, `query _: key "_" is reserved`},
		{Fields("\xff"), ErrInvalid, "UTF-8"},
		{Fields(strings.Repeat("a", MaxKeyBytes+1)), ErrTooLarge, "limit"},
		{Fields("a").With("b", Each(Fields("_"))), ErrInvalid, `query b._._: `},
		{Keys().Keyed(), ErrInvalid, "has no keys"},
		{Each(nil).Limit(-1), ErrInvalid, "query limit: want a whole number"},
		{Each(nil).Match("a*"), ErrInvalid, "query match: "},
		{Each(nil).OrderBy("a..b"), ErrInvalid, "query order.0: "},
		{Each(nil).OrderBy("a").After("x"), ErrInvalid, "want 2 values"},
		{Each(nil).After(), ErrInvalid, "ends with a key"},
		{Each(nil).Where(Or()), ErrInvalid, "want an array of conditions"},
		{Each(nil).Where(And()), ErrInvalid, "want an array of conditions"},
		{Each(nil).Where(Field("a").Above(nil)), ErrInvalid, "want a bool"},
		{Each(nil).Where(Field("a").Equals(math.NaN())), ErrInvalid, "not finite"},
		{Each(nil).Where(Field("a").Equals(make(chan int))), ErrInvalid, "chan"},
		{Each(nil).Where(Field("$not").Equals(1)), ErrInvalid, "$not"},
		{Each(nil).Where(Field("$value").Equals(1)), ErrInvalid, "unknown"},
		{Each(nil).Where(Field("a\xff").Equals(1)), ErrInvalid, "UTF-8"},
		{deep, ErrTooLarge, "deeper"},
	} {
		q, err := Query{}.Select(test.shape)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("got %s, %v, want an error that says %q", q.Text(), err, test.says)
		}
	}
	for _, at := range []Path{{"_"}, {"\xff"}, long(MaxDepth + 1)} {
		if q, err := Subtree(at).Select(Keys()); err == nil {
			t.Errorf("at %q: %v", at, q)
		}
	}
}

// TestShapesInGoAreImmutable: what is made of one shape does not show in another.
func TestShapesInGoAreImmutable(t *testing.T) {
	base := Each(Fields("a").With("b", nil)).Where(Field("a").Exists()).OrderBy("a", "b", "c").Limit(3)
	fields := Fields("a")
	one := base.Where(Field("b").Equals(1)).OrderBy("d").Limit(4).Keyed()
	two := base.Where(Field("c").Equals(2)).OrderByDescending("e")
	fields.With("b", nil)
	for want, shape := range map[string]Shape{
		`[a exists order a, b, c limit 3] {a, b}`:                    base,
		`[a exists and b = 1 order a, b, c, d limit 4 keyed] {a, b}`: one,
		`[a exists and c = 2 order a, b, c, -e limit 3] {a, b}`:      two,
		`{a}`: fields,
	} {
		if q, err := (Query{}).Select(shape); err != nil || q.Text() != want {
			t.Errorf("got %s, %v, want %s", q.Text(), err, want)
		}
	}
}

// queryMaker makes random queries, each in Go and as the form of its JSON.
type queryMaker struct{ random *rand.Rand }

func (m queryMaker) one(of ...string) string { return of[m.random.IntN(len(of))] }

func (m queryMaker) chance() bool { return m.random.IntN(3) == 0 }

func (m queryMaker) key() string {
	return m.one("a", "b", "10", "a b", "order", "not", "", "-x", "a>b", "*", "$key", "é", `"`, "keyed")
}

func (m queryMaker) shape(depth int) (Shape, any) {
	kind := m.random.IntN(7)
	switch {
	case kind == 6:
		return Whole(), "$value"
	case depth == 0 || kind == 0:
		return Fields(), map[string]any{}
	case kind < 3:
		fields, form := Fields(), map[string]any{}
		for range 1 + m.random.IntN(3) {
			key := m.key()
			if m.chance() {
				key = "#"
			}
			shape, inner := m.shape(depth - 1)
			fields, form[key] = fields.With(key, shape), inner
		}
		return fields, form
	case kind == 3:
		return m.selection(Keys(), map[string]any{"_": "$key"})
	case kind == 4:
		return m.selection(Count(), map[string]any{"_": "$count"})
	}
	shape, inner := m.shape(depth - 1)
	each, form := Each(shape), map[string]any{"_": inner}
	if m.chance() {
		each, form["keyed"] = each.Keyed(), true
	}
	return m.selection(each, form)
}

func (m queryMaker) selection(shape MapShape, form map[string]any) (Shape, any) {
	if m.chance() {
		condition, where := m.condition(3)
		shape, form["where"] = shape.Where(condition), where
	}
	var order []any
	for m.chance() {
		path := m.operand()
		if m.chance() {
			shape, order = shape.OrderByDescending(path), append(order, map[string]any{"desc": path})
		} else {
			shape, order = shape.OrderBy(path), append(order, path)
		}
		form["order"] = order
	}
	if m.chance() {
		form["match"] = m.one("*", "**", "*.tags.**", `"*".a`, `**."a>b"`, "order.**")
		shape = shape.Match(form["match"].(string))
	}
	if m.chance() {
		var after []any
		for range order {
			after = append(after, m.value())
		}
		after = append(after, Path{m.key()}.String())
		shape, form["after"] = shape.After(after...), after
	}
	if m.chance() {
		n := m.random.IntN(5)
		shape, form["offset"], form["limit"] = shape.Offset(n).Limit(n), n, n
	}
	return shape, form
}

func (m queryMaker) operand() string {
	if m.chance() {
		return m.one("", "$key", "a.b", `"$key".x`, "order.limit")
	}
	return operand{path: Path{m.key()}}.String()
}

func (m queryMaker) value() any {
	return []any{nil, true, 1, 1.5, -2.0, "x", `"] order`, []byte("b"), []any{1, "a"}, map[string]any{"a": 1}, []any{}}[m.random.IntN(11)]
}

func (m queryMaker) condition(depth int) (Condition, any) {
	kind := m.random.IntN(5)
	if depth == 0 || kind < 2 {
		return m.test()
	}
	if kind == 2 {
		c, form := m.condition(depth - 1)
		return Not(c), map[string]any{"$not": form}
	}
	var list []Condition
	var forms []any
	for range 1 + m.random.IntN(3) {
		c, form := m.condition(depth - 1)
		list, forms = append(list, c), append(forms, form)
	}
	if kind == 3 {
		return And(list...), map[string]any{"$and": forms}
	}
	return Or(list...), map[string]any{"$or": forms}
}

func (m queryMaker) test() (Condition, any) {
	path, v := m.operand(), m.value()
	f, text, n := Field(path), m.one("", "p"), m.random.IntN(9)
	of := func(operator string, v any) any { return map[string]any{path: map[string]any{operator: v}} }
	switch m.random.IntN(11) {
	case 0:
		return f.Differs(v), of("!=", v)
	case 1:
		return f.Below(text), of("<", text)
	case 2:
		return f.AtMost(n), of("<=", n)
	case 3:
		return f.Above(n), of(">", n)
	case 4:
		return f.AtLeast(text), of(">=", text)
	case 5:
		return f.In(v, n), of("in", []any{v, n})
	case 6:
		return f.HasPrefix(text), of("prefix", text)
	case 7:
		return f.Exists(), of("exists", true)
	case 8:
		return f.Missing(), of("exists", false)
	case 9:
		return Condition{}, map[string]any{}
	}
	return f.Equals(v), of("=", v)
}

// TestGoJSONAndTextSayTheSame: a query has one canonical form, however it is
// written.
func TestGoJSONAndTextSayTheSame(t *testing.T) {
	tr := treeOf(t, `{"a":{"b":{"x":1},"10":2},"order":{"a b":{"a":1.5},"b":null},"10":"p","é":[1,{"a":"x"}]}`)
	for seed := range uint64(5000) {
		m := queryMaker{rand.New(rand.NewPCG(seed, 3))}
		shape, form := m.shape(4)
		var at Path
		for m.chance() {
			at = append(at, m.key())
		}
		built, err := Subtree(at).Select(shape)
		must(t, err)
		want, err := NewQuery(map[string]any{"_": "$at", "path": at.String(), "query": form})
		must(t, err)
		if built.String() != want.String() {
			t.Fatalf("seed %d: in Go %v, in JSON %v", seed, built, want)
		}
		read, err := ParseQueryText(want.Text())
		if err != nil || read.String() != want.String() || read.Text() != want.Text() {
			t.Fatalf("seed %d: %v in text is %s, and that is %v, %v", seed, want, want.Text(), read, err)
		}
		again, err := ParseQuery([]byte(want.String()))
		if err != nil || again.String() != want.String() {
			t.Fatalf("seed %d: %v reads as %v, %v", seed, want, again, err)
		}
		results := fmt.Sprint(built.Eval(tr))
		if got := fmt.Sprint(read.Eval(tr)); got != results {
			t.Fatalf("seed %d: %v gives %s and then %s", seed, want, results, got)
		}
	}
}
