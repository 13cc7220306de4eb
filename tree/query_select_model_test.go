package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// naiveChild is a child as the naive selection sees it: its fields as Go data,
// without those that are missing.
type naiveChild struct {
	key    string
	fields map[string]any
}

// naiveSelection is a selection written for nothing but to be right. It knows
// fields that are null, bools, small numbers and strings.
type naiveSelection struct {
	field, operator string
	given           any
	negated         bool
	order           string
	descending      bool
	offset, limit   int
}

// naiveRank puts all values in one order.
func naiveRank(child naiveChild, field string) (kind int, number float64, text string) {
	value, there := child.fields[field]
	if !there {
		return 0, 0, ""
	}
	switch v := value.(type) {
	case bool:
		return 2, map[bool]float64{true: 1}[v], ""
	case int64:
		return 3, float64(v), ""
	case float64:
		return 3, v, ""
	case string:
		return 4, 0, v
	}
	return 1, 0, ""
}

func naiveOrder(a, b naiveChild, field string) int {
	aKind, aNumber, aText := naiveRank(a, field)
	bKind, bNumber, bText := naiveRank(b, field)
	switch {
	case aKind != bKind:
		return aKind - bKind
	case aNumber != bNumber:
		return map[bool]int{true: -1, false: 1}[aNumber < bNumber]
	}
	return strings.Compare(aText, bText)
}

func (s naiveSelection) holds(child naiveChild) bool {
	given := naiveChild{fields: map[string]any{s.field: s.given}}
	by := naiveOrder(child, given, s.field)
	kind, _, text := naiveRank(child, s.field)
	givenKind, _, givenText := naiveRank(given, s.field)
	same := kind == givenKind
	holds := map[string]bool{
		"=": by == 0, "!=": by != 0, "<": same && by < 0, "<=": same && by <= 0, ">": same && by > 0, ">=": same && by >= 0,
		"exists": (kind > 0) == (s.given == true), "prefix": kind == 4 && strings.HasPrefix(text, givenText),
	}[s.operator]
	return holds != s.negated
}

// keys returns those of the selected children, in their order.
func (s naiveSelection) keys(children []naiveChild) []string {
	var chosen []naiveChild
	for _, child := range children {
		if s.holds(child) {
			chosen = append(chosen, child)
		}
	}
	slices.SortFunc(chosen, func(a, b naiveChild) int {
		by := naiveOrder(a, b, s.order)
		switch {
		case by == 0:
			return strings.Compare(a.key, b.key)
		case s.descending:
			return -by
		}
		return by
	})
	chosen = chosen[min(s.offset, len(chosen)):]
	keys := []string{}
	for _, child := range chosen[:min(s.limit, len(chosen))] {
		keys = append(keys, child.key)
	}
	return keys
}

// form returns the form of the selection, going on after a child or from the
// beginning.
func (s naiveSelection) form(t *testing.T, after *naiveChild) Value {
	t.Helper()
	where := map[string]any{s.field: map[string]any{s.operator: s.given}}
	if s.negated {
		where = map[string]any{"$not": where}
	}
	var order any = s.order
	if s.descending {
		order = map[string]any{"desc": s.order}
	}
	form := map[string]any{"_": "$key", "where": where, "order": order, "offset": s.offset, "limit": s.limit}
	if after != nil {
		by, there := after.fields[s.order]
		if !there {
			by = []any{}
		}
		form["after"] = []any{by, after.key}
	}
	v, err := queryRules.valueOf(form, 0)
	must(t, err)
	return v
}

var naiveValues = []any{nil, false, true, int64(-1), int64(0), int64(2), 0.5, 2.0, "", "a", "ab", "b"}

func randomSelection(random *rand.Rand) naiveSelection {
	operators := []string{"=", "!=", "<", "<=", ">", ">=", "exists", "prefix"}
	s := naiveSelection{
		field: "ab"[random.IntN(2):][:1], operator: operators[random.IntN(len(operators))], given: naiveValues[random.IntN(len(naiveValues))],
		negated: random.IntN(4) == 0, order: "ab"[random.IntN(2):][:1], descending: random.IntN(2) == 0,
		offset: random.IntN(3), limit: random.IntN(12),
	}
	switch {
	case s.operator == "exists":
		s.given = random.IntN(2) == 0
	case s.operator == "prefix":
		s.given = []string{"", "a", "ab"}[random.IntN(3)]
	case s.given == nil && s.operator != "=" && s.operator != "!=":
		s.given = 0.5
	}
	return s
}

// TestSelectionsAreThoseOfANaiveOne, and of every page of it.
func TestSelectionsAreThoseOfANaiveOne(t *testing.T) {
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 1))
		e := New().Edit()
		var children []naiveChild
		for i := range random.IntN(12) {
			child := naiveChild{key: fmt.Sprintf("k%02d", i), fields: map[string]any{}}
			for _, field := range []string{"a", "b"} {
				if random.IntN(4) > 0 {
					child.fields[field] = naiveValues[random.IntN(len(naiveValues))]
				}
			}
			v, err := ValueOf(child.fields)
			must(t, err)
			must(t, e.Set(Path{child.key}, v))
			children = append(children, child)
		}
		tr, s := e.Tree(), randomSelection(random)
		q, err := NewQuery(s.form(t, nil))
		must(t, err)
		got, _ := q.Eval(tr)
		want := s.keys(children)
		if text := fmt.Sprintf("%q", want); strings.ReplaceAll(text, " ", ",") != got.String() {
			t.Fatalf("seed %d: %v of %v gives %v, want %s", seed, q, tr.Root().Value(), got, text)
		}
		s.pages(t, tr, children)
	}
}

// pages walks through all of the selection by the cursor.
func (s naiveSelection) pages(t *testing.T, tr *Tree, children []naiveChild) {
	t.Helper()
	s.offset, s.limit = 0, len(children)
	all := s.keys(children)
	s.limit = 2
	var last *naiveChild
	for len(all) > 0 {
		q, err := NewQuery(s.form(t, last))
		must(t, err)
		got, _ := q.Eval(tr)
		if got.Len() == 0 || got.Len() > 2 {
			t.Fatalf("%v of %v gives %v, want %q", q, tr.Root().Value(), got, all)
		}
		for _, key := range got.Elements() {
			if key.Str() != all[0] {
				t.Fatalf("%v of %v gives %v, want %q", q, tr.Root().Value(), got, all)
			}
			at := slices.IndexFunc(children, func(c naiveChild) bool { return c.key == all[0] })
			last, all = &children[at], all[1:]
		}
	}
}
