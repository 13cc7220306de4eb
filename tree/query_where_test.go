package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestConditionsOnWhatIsMissingAreNotFree: many of them, over many children, are
// as much to do as those on what is there.
func TestConditionsOnWhatIsMissingAreNotFree(t *testing.T) {
	tr := treeOf(t, `{"a":`+childrenJSON(100)+`}`)
	repeated := func(n int, form string) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(form, i))
		}
		return strings.Join(list, ",")
	}
	for name, selection := range map[string]string{
		"one of many":         `"where":{"$or":[` + repeated(1000, `{"none%d":1}`) + `]}`,
		"orders":              `"order":[` + repeated(1000, `"none%d"`) + `]`,
		"many tests of a key": `"where":{"$and":[` + repeated(1000, `{"age":{"!=":-%d}}`) + `]}`,
	} {
		q := query(t, `{"_":"$at","path":"a","query":{"_":"$key",`+selection+`}}`)
		if _, _, err := q.EvalWithin(tr, 90_000); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// childrenJSON is an object of n children with an age.
func childrenJSON(n int) string {
	var children []string
	for i := range n {
		children = append(children, fmt.Sprintf(`"%d":{"age":%d}`, i, i))
	}
	return `{` + strings.Join(children, ",") + `}`
}

// TestOneOfManyChoicesIsWhatEqualsAnyOfThem, of whatever kind they are.
func TestOneOfManyChoicesIsWhatEqualsAnyOfThem(t *testing.T) {
	var values []Value
	for _, text := range []string{
		`null`, `false`, `true`, `0`, `-0.0`, `1`, `1.0`, `1.5`, `9007199254740993`, `9007199254740992.0`, `""`, `"a"`, `"ab"`,
		`{"_":"$bytes","base64":"YQ=="}`, `{"_":"$ref","path":"a"}`, `{"_":"$ref","path":"a.b"}`, `"a.b"`,
		`[]`, `[1]`, `[1.0]`, `[[1]]`, `{}`, `{"0":1}`, `{"a":1}`, `{"a":1.0}`,
	} {
		values = append(values, parse(t, text))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var choices []Value
		for range random.IntN(8) {
			choices = append(choices, values[random.IntN(len(values))])
		}
		in, err := newTest("in", arrayOf(choices))
		must(t, err)
		for _, v := range values {
			found := finding{value: v, exists: true}
			if v.Kind() == Link {
				found = finding{link: &record{value: v}}
			}
			want := false
			for _, choice := range choices {
				want = want || found.is(choice)
			}
			if got := operators["in"](found, in); got != want {
				t.Fatalf("%v in %v: %v", v, choices, got)
			}
		}
		if operators["in"](finding{}, in) {
			t.Fatalf("what is missing is in %v", choices)
		}
	}
}
