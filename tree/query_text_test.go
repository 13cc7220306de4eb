package tree

import (
	"errors"
	"strings"
	"testing"
)

// textForms are queries in JSON and their canonical texts.
var textForms = []struct{ json, text string }{
	{`{"_":"$at","path":""}`, `.`},
	{`{"_":"$at","path":"users.anna"}`, `users.anna`},
	{`{"_":"$at","path":"1"}`, `1`},
	{`{"_":"$at","path":"\"\".\"a b\".\"1+1=2\".\"-a\".\"$key\".order"}`, `""."a b"."1+1=2"."-a"."$key".order`},
	{`1`, `{}`},
	{`{"_":"$at","path":"users","query":1}`, `users {}`},
	{`{"users":1}`, `{users}`},
	{`{"users":{"anna":{"name":1},"bert":1},"#":{"n":1},"x y":1,"order":1}`, `{# {n}, order, users {anna {name}, bert}, "x y"}`},
	{`{"_":1}`, `[]`},
	{`{"_":"$key"}`, `[] $key`},
	{`{"_":"$at","path":"a","query":{"_":"$count"}}`, `a[] $count`},
	{`{"a":{"_":{"_":{"x":1}}},"b":1}`, `{a[][] {x}, b}`},
	{`{"_":{"#":{"n":{"_":"$key"}}}}`, `[] {# {n[] $key}}`},
	{`{"_":"$at","path":"users","query":{"_":{"name":1,"team":1},"where":{"age":{">=":18},"role":"admin"},"order":["team",{"desc":"age"}],"limit":10}}`,
		`users[age >= 18 and role = "admin" order team, -age limit 10] {name, team}`},
	{`{"_":1,"match":"*.tags.**","order":{"desc":"$key"},"after":["a.\"x.y\"","b.tags"],"offset":2,"limit":1,"keyed":true,"where":{"":1}}`,
		`[. = 1 match *.tags.** order -$key after ["a.\"x.y\"","b.tags"] offset 2 limit 1 keyed]`},
	{`{"_":1,"match":"\"*\".\"a=b\".*"}`, `[match "*"."a=b".*]`},
	{`{"_":1,"match":"**","after":[""]}`, `[match ** after [""]]`},
	{`{"_":1,"order":["a","$key"],"after":[[],"\u00e9","k"]}`, `[order a, $key after [[],"é","k"]]`},
	{`{"_":1,"where":{"a":{"!=":null,"in":[1,"x"],"prefix":"p","exists":true},"b.c":{"exists":false},"$key":{"<":"b"}}}`,
		`[$key < "b" and a != null and a exists and a in [1,"x"] and a prefix "p" and b.c missing]`},
	{`{"_":1,"where":{"not":1,"\"$or\"":{"=":{"x":[true,1.0]}},"a>b":{"=":{"_":"$bytes","base64":"AAE="}}}}`,
		`["$or" = {"x":[true,1.0]} and "a>b" = {"_":"$bytes","base64":"AAE="} and "not" = 1]`},
	{`{"_":1,"where":{"$or":[{"a":1,"b":2},{"c":3},{}]}}`, `[a = 1 and b = 2 or c = 3 or ()]`},
	{`{"_":1,"where":{"d":4,"$or":[{"a":1},{"$or":[{"b":2},{"c":3}]}]}}`, `[(a = 1 or (b = 2 or c = 3)) and d = 4]`},
	{`{"_":1,"where":{"$or":[{"a":1},{"b":2}],"$and":[{"$or":[{"c":3},{"d":4}]}]}}`, `[(a = 1 or b = 2) and (c = 3 or d = 4)]`},
	{`{"_":1,"where":{"$not":{"$not":{"a":1}}}}`, `[not (not (a = 1))]`},
	{`{"_":1,"where":{}}`, `[()]`},
	{`{"_":1,"where":{"$not":{}}}`, `[not ()]`},
	{`{"_":1,"where":{"a":{">":1},"$and":[{"a":{">":2}},{"a":{"<":9}}]}}`, `[a < 9 and a > 1 and a > 2]`},
}

func TestTextsSayWhatTheirJSONSays(t *testing.T) {
	for _, test := range textForms {
		want := query(t, test.json)
		if got := want.Text(); got != test.text {
			t.Errorf("%s prints as %s, want %s", test.json, got, test.text)
		}
		if got, err := ParseQueryText(test.text); err != nil || got.String() != want.String() {
			t.Errorf("%s reads as %v, %v, want %v", test.text, got, err, want)
		}
	}
}

func TestTextsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		` users . `:       ``,
		` users `:         `users`,
		`.{a}`:            `{a}`,
		`. []`:            `[]`,
		"{\n\ta,\n\tb\n}": `{a, b}`,
		`{b,a,"c"}`:       `{a, b, c}`,
		`{a{}, b {}}`:     `{a, b}`,
		`users[age>=18 and role="admin"order team,-age limit 10]{name}`: `users[age >= 18 and role = "admin" order team, -age limit 10] {name}`,
		`[limit 1 order - a]`:                  `[order -a limit 1]`,
		`[match *]$key`:                        `[] $key`,
		`[offset 0]`:                           `[]`,
		`[(()) and ()]`:                        `[()]`,
		`[not a = 1]`:                          `[not (a = 1)]`,
		`[not not a=1 and not(b=2)]`:           `[not (not (a = 1)) and not (b = 2)]`,
		`[((a = 1) and (b = 2 and (c = 3)))]`:  `[a = 1 and b = 2 and c = 3]`,
		`[b = 1 and a = 2 and () and b < 3]`:   `[a = 2 and b < 3 and b = 1]`,
		`[in in [1] or exists exists]`:         `[in in [1] or exists exists]`,
		`[order.x = 1 order limit.x]`:          `[order.x = 1 order limit.x]`,
		`["order" = 1 order "limit"]`:          `["order" = 1 order "limit"]`,
		`[match "a".** after ["\"a\".\"b\""]]`: `[match a.** after ["a.b"]]`,
	} {
		got, err := ParseQueryText(text)
		if want == "" {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s reads as %s, %v", text, got.Text(), err)
			}
		} else if err != nil || got.Text() != want {
			t.Errorf("%s reads as %s, %v, want %s", text, got.Text(), err, want)
		}
	}
}

func TestTextsThatCannotBe(t *testing.T) {
	for text, says := range map[string]string{
		``:                               `column 1: want a path, . for the root, { or [, not the end`,
		`users {name`:                    `column 12: want {, [, a comma or }, not the end`,
		`users {name age}`:               `column 13: want {, [, a comma or }, not "age"`,
		`users {}x`:                      `column 9: want {, [ or the end, not "x"`,
		`users}`:                         `column 6: want {, [ or the end, not "}"`,
		`{"users": {"_": 1}}`:            `column 2: path byte 7: want a dot after the quoted key`,
		`{a.b}`:                          `column 2: want one key`,
		`{a, a}`:                         `column 5: key "a" is there twice`,
		`{_}`:                            `column 2: `,
		`{,}`:                            `column 2: want a key, not ","`,
		`{a,}`:                           `column 4: want a key, not "}"`,
		`a..b`:                           `column 1: path byte 2`,
		`é.日[x = y]`:                     `column 9: want a value of JSON, a string in quotes`,
		`[age]`:                          `column 5: want one of the operators != <= >= < > = in prefix exists missing, not "]"`,
		`[age ~ 18]`:                     `column 6: want one of the operators`,
		`[age >= ]`:                      `column 9: want a value of JSON`,
		`[age >= null]`:                  `column 9: want a bool, a number`,
		`[age in 5]`:                     `column 9: want an array`,
		`[age prefix 5]`:                 `column 13: want a string`,
		`[a = 1 b = 2]`:                  `column 8: want and, or, match, order, after, offset, limit, keyed or ], not "b"`,
		`[a = 1 and limit 5]`:            `column 12: want the path of a field; the key limit stands in quotes`,
		`[order limit 5]`:                `column 8: want the path of a field; the key limit`,
		`[order a,]`:                     `column 10: want the path of a field, . or $key, not "]"`,
		`[(a = 1]`:                       `column 8: want and, or or ), not "]"`,
		`[$value = 1]`:                   `column 2: `,
		`[limit 1 limit 2]`:              `column 10: limit is there twice`,
		`[limit -1]`:                     `column 8: want a whole number`,
		`[limit a]`:                      `column 8: want a value of JSON`,
		`[match a*]`:                     `column 8: path byte 0`,
		`[match ]`:                       `column 8: `,
		`[order a after ["k"]]`:          `column 10: want 2 values`,
		`[after "k"]`:                    `column 8: want an array`,
		`[match ** after ["a..b"]]`:      `column 11: `,
		`[keyed] $key`:                   `column 9: `,
		`[`:                              `column 2: want the path of a field, . or $key, not the end`,
		`[limit 1`:                       `column 9: want and, or, match`,
		"\xff":                           `column 1: text is not UTF-8`,
		`[a = {"_":1}]`:                  `column`,
		`[]` + strings.Repeat(`[]`, 128): `nested deeper`,
	} {
		_, err := ParseQueryText(text)
		if err == nil || !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40s gives %v, want one that says %q", text, err, says)
		}
	}
	for _, text := range []string{
		strings.Repeat("[]", MaxDepth+1), strings.Repeat("[]", 1<<20), "[" + strings.Repeat("(", 1<<20), "[" + strings.Repeat("not ", 1<<20),
		strings.Repeat("{a", 1<<20), `[a = ` + strings.Repeat("[", 1<<20), strings.Repeat("a.", MaxDepth) + "a", "{" + strings.Repeat("a", MaxKeyBytes+1) + "}",
	} {
		if _, err := ParseQueryText(text); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%.20s... gives %v", text, err)
		}
	}
}

// TestTextsNestAsDeepAsJSON: no query is too deep for its text.
func TestTextsNestAsDeepAsJSON(t *testing.T) {
	for _, form := range []string{
		strings.Repeat(`{"_":`, MaxDepth) + `1` + strings.Repeat(`}`, MaxDepth),
		`{"_":1,"where":` + strings.Repeat(`{"$not":`, MaxDepth-3) + `{"a":{"=":1}}` + strings.Repeat(`}`, MaxDepth-3) + `}`,
		`{"_":1,"where":` + strings.Repeat(`{"$or":[{"b":1},`, MaxDepth/2-2) + `{"a":{"=":1}}` + strings.Repeat(`]}`, MaxDepth/2-2) + `}`,
	} {
		q := query(t, form)
		if again, err := ParseQueryText(q.Text()); err != nil || again.String() != q.String() {
			t.Errorf("%s prints as %s, which reads as %v, %v", form, q.Text(), again, err)
		}
	}
}

func FuzzParseQueryText(f *testing.F) {
	for _, test := range textForms {
		f.Add(test.text)
	}
	for _, seed := range []string{`users[age>=18 and not(a="b" or c missing)order -x,y]{n}`, `{a,`, `[match ]`, `"`, `[a = `, `[[`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQueryText(text)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		again, err := ParseQueryText(q.Text())
		if err != nil || again.Text() != q.Text() || again.String() != q.String() {
			t.Fatalf("%s prints as %s, which reads as %s, %v", text, q.Text(), again.Text(), err)
		}
		if again, err = ParseQuery([]byte(q.String())); err != nil || again.Text() != q.Text() {
			t.Fatalf("%s is %v in JSON, which reads as %s, %v", text, q, again.Text(), err)
		}
	})
}
