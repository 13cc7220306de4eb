package tree

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

// everyKind is a value of each kind, as text, and some that are nearly the
// same.
var everyKind = []string{
	`null`, `false`, `true`, `0`, `1`, `-1`, `9223372036854775807`, `-9223372036854775808`, `0.0`, `-0.0`, `1.0`, `1.5`,
	`1e-7`, `1e+300`, `""`, `"a"`, `"b"`, `"é😀\u0000\""`, `{"_":"$bytes","base64":""}`, `{"_":"$bytes","base64":"YQ=="}`, `{"_":"$bytes","base64":"Yg=="}`,
	`{"_":"$ref","path":""}`, `{"_":"$ref","path":"a"}`, `{"_":"$ref","path":"a.b"}`, `{"_":"$ref","path":"a.\"x.y\".\"\""}`,
	`[]`, `[null]`, `[1]`, `[1,2]`, `[[1],2]`, `{}`, `{"":1}`, `{"0":1}`, `{"a":1}`, `{"a":1,"b":2}`, `{"a":{"b":[{}]}}`,
}

func TestValueKindsAndAccessors(t *testing.T) {
	nothing := Value{}
	if !nothing.Equal(NullValue()) || nothing.Kind() != Null {
		t.Error("the zero Value is not null")
	}
	if v := BoolValue(true); v.Kind() != Bool || !v.Bool() || BoolValue(false).Bool() {
		t.Errorf("bool is %v %v", v.Kind(), v)
	}
	if v := IntValue(math.MinInt64); v.Kind() != Int || v.Int() != math.MinInt64 {
		t.Errorf("int is %v %v", v.Kind(), v)
	}
	if v := FloatValue(-1.5); v.Kind() != Float || v.Float() != -1.5 {
		t.Errorf("float is %v %v", v.Kind(), v)
	}
	if v := StringValue("é"); v.Kind() != String || v.Str() != "é" || v.Len() != 2 {
		t.Errorf("string is %v %v", v.Kind(), v)
	}
	if v := BytesValue([]byte{0, 255}); v.Kind() != Bytes || string(v.Bytes()) != "\x00\xff" || v.Len() != 2 {
		t.Errorf("bytes are %v %v", v.Kind(), v)
	}
	if v := LinkValue(Path{"a", "b"}); v.Kind() != Link || !v.Link().Equal(Path{"a", "b"}) || v.Len() != 0 {
		t.Errorf("link is %v %v", v.Kind(), v)
	}
	if v := ArrayValue(IntValue(1)); v.Kind() != Array || v.Len() != 1 {
		t.Errorf("array is %v %v", v.Kind(), v)
	}
	if v := ObjectValue(map[string]Value{"a": {}}); v.Kind() != Object || v.Len() != 1 {
		t.Errorf("object is %v %v", v.Kind(), v)
	}
	if IntValue(5).Len() != 0 {
		t.Error("a number has a length")
	}
	for _, empty := range []Value{StringValue(""), BytesValue(nil), ArrayValue(), ObjectValue(nil)} {
		if empty.Len() != 0 || empty.Kind() == Null {
			t.Errorf("empty is %v with %d", empty.Kind(), empty.Len())
		}
	}
	if Kind(99).String() != "unknown" || Bytes.String() != "bytes" {
		t.Error("wrong name of a kind")
	}
}

func TestAccessorsOfAnotherKindGiveZero(t *testing.T) {
	for _, text := range everyKind {
		v := parse(t, text)
		var got []Kind
		for kind, zero := range map[Kind]bool{
			Bool: !v.Bool(), Int: v.Int() == 0, Float: v.Float() == 0, String: v.Str() == "", Bytes: len(v.Bytes()) == 0, Link: v.Link() == nil,
			Array: len(v.elements()) == 0, Object: len(v.members()) == 0,
		} {
			if !zero {
				got = append(got, kind)
			}
		}
		if len(got) > 1 || len(got) == 1 && got[0] != v.Kind() {
			t.Errorf("%v of kind %v answers as %v", v, v.Kind(), got)
		}
	}
}

func TestValueEqual(t *testing.T) {
	for i, a := range everyKind {
		for j, b := range everyKind {
			if got, want := parse(t, a).Equal(parse(t, b)), i == j; got != want {
				t.Errorf("%s equals %s is %v", a, b, got)
			}
		}
	}
}

func TestValueIsNotChangedThroughItsParts(t *testing.T) {
	content, path := []byte("abc"), Path{"a"}
	elements := []Value{IntValue(1)}
	members := map[string]Value{"a": IntValue(1)}
	bytes, link, array, object := BytesValue(content), LinkValue(path), ArrayValue(elements...), ObjectValue(members)
	content[0], path[0], elements[0], members["a"] = 'x', "x", IntValue(2), IntValue(2)
	bytes.Bytes()[1], link.Link()[0] = 'x', "x"
	if !link.Link().Equal(Path{"a"}) {
		t.Errorf("the link has become %v", link)
	}
	for _, v := range []Value{array, object} {
		for _, part := range v.children() {
			if part.Int() != 1 {
				t.Errorf("%v has changed", v)
			}
		}
	}
	if string(bytes.Bytes()) != "abc" {
		t.Errorf("bytes have become %q", bytes.Bytes())
	}
}

func TestValueGetAndIteration(t *testing.T) {
	v := parse(t, `{"b":2,"10":3,"a":1,"2":4}`)
	var keys []string
	for key, member := range v.Members() {
		keys = append(keys, key)
		if got, ok := v.Get(key); !ok || !got.Equal(member) {
			t.Errorf("%q is listed but not found", key)
		}
		if len(keys) == 4 {
			break
		}
	}
	if got := strings.Join(keys, " "); got != "2 10 a b" {
		t.Errorf("members in the order %s", got)
	}
	array := parse(t, `["x","y"]`)
	for key, want := range map[string]string{"0": `"x"`, "1": `"y"`, "2": "", "01": "", "-1": "", "99999999999999999999": ""} {
		got, ok := array.Get(key)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("element %q is %v, %v", key, got, ok)
		}
	}
	if _, ok := v.Get("c"); ok {
		t.Error("found a member that is not there")
	}
	if _, ok := IntValue(1).Get("0"); ok {
		t.Error("found a member of a number")
	}
	for i, element := range array.Elements() {
		if element.Str() != string("xy"[i]) {
			t.Errorf("element %d is %v", i, element)
		}
	}
}

// person is a struct as users have it.
type person struct {
	Name    string            `json:"name"`
	Age     int64             `json:"age,omitempty"`
	Weight  float64           `json:"weight"`
	Photo   []byte            `json:"photo,omitempty"`
	Tags    []string          `json:"tags"`
	Extra   map[string]any    `json:"extra,omitempty"`
	Friend  *person           `json:"friend,omitempty"`
	Private string            `json:"-"`
	Labels  map[string]string `json:"labels,omitempty"`
}

func TestValueOf(t *testing.T) {
	type named string
	for _, test := range []struct {
		name string
		in   any
		want string
	}{
		{"nil", nil, `null`},
		{"bool", true, `true`},
		{"int", -5, `-5`},
		{"int8", int8(-8), `-8`},
		{"the largest uint64 that fits", uint64(math.MaxInt64), `9223372036854775807`},
		{"float64 with an integral value stays a float", 3.0, `3.0`},
		{"float32", float32(0.5), `0.5`},
		{"string", "é", `"é"`},
		{"bytes", []byte("a"), `{"_":"$bytes","base64":"YQ=="}`},
		{"json.Number integer", json.Number("12345678901234567"), `12345678901234567`},
		{"json.Number float", json.Number("1e2"), `100.0`},
		{"map and slice", map[string]any{"b": []any{1, "x", nil}, "a": []byte{}}, `{"a":{"_":"$bytes","base64":""},"b":[1,"x",null]}`},
		{"a Value inside a map", map[string]any{"v": FloatValue(1)}, `{"v":1.0}`},
		{"a special form in a map", map[string]any{"_": "$bytes", "base64": "YQ=="}, `{"_":"$bytes","base64":"YQ=="}`},
		{"a path is a link", map[string]any{"a": Path{"b", "x.y"}}, `{"a":{"_":"$ref","path":"b.\"x.y\""}}`},
		{"a link in a map", map[string]any{"_": "$ref", "path": "b"}, `{"_":"$ref","path":"b"}`},
		{"a link in a struct", struct{ A Value }{LinkValue(Path{"b"})}, `{"A":{"_":"$ref","path":"b"}}`},
		{"a named type", named("n"), `"n"`},
		{"a pointer", new(7), `7`},
		{"raw JSON", json.RawMessage(`{"a":1.0}`), `{"a":1.0}`},
		{"a struct by its tags", person{Name: "A", Age: math.MaxInt64, Weight: 70, Photo: []byte("a"), Private: "p"},
			`{"age":9223372036854775807,"name":"A","photo":"YQ==","tags":null,"weight":70}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ValueOf(test.in)
			if err != nil || !got.Equal(parse(t, test.want)) {
				t.Errorf("got %v, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestValueOfRefuses(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = cycle
	type ring struct{ Next *ring }
	loop := &ring{}
	loop.Next = loop
	deep := any(1)
	for range MaxDepth + 1 {
		deep = []any{deep}
	}
	for _, test := range []struct {
		name string
		in   any
		want error
	}{
		{"NaN", math.NaN(), ErrInvalid},
		{"an infinity in a map", map[string]any{"a": math.Inf(1)}, ErrInvalid},
		{"NaN in a struct", person{Weight: math.NaN()}, ErrInvalid},
		{"uint64 beyond int64", uint64(1 << 63), ErrInvalid},
		{"a string that is not UTF-8", "\xff", ErrInvalid},
		{"a reserved key", map[string]any{"a": map[string]any{"_": 1}}, ErrInvalid},
		{"the anchor key", map[string]any{"#": 1}, ErrInvalid},
		{"a Value that is not valid", FloatValue(math.NaN()), ErrInvalid},
		{"a path with a reserved key", []any{Path{"a", "#"}}, ErrInvalid},
		{"a path that is too deep", long(MaxDepth + 1), ErrTooLarge},
		{"a channel", make(chan int), ErrInvalid},
		{"a malformed json.Number", json.Number("1x"), ErrInvalid},
		{"a map that contains itself", cycle, ErrTooLarge},
		{"a struct that contains itself", loop, ErrInvalid},
		{"nesting that is too deep", deep, ErrTooLarge},
		{"a Value that is too deep for its place", []any{must2(ValueOf(deep.([]any)[0]))}, ErrTooLarge},
		{"a long string", strings.Repeat("a", MaxValueBytes+1), ErrTooLarge},
		{"long bytes", make([]byte, MaxValueBytes+1), ErrTooLarge},
		{"a long key", map[string]any{strings.Repeat("a", MaxKeyBytes+1): 1}, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if v, err := ValueOf(test.in); !errors.Is(err, test.want) {
				t.Errorf("got %.100v, %v, want %v", v, err, test.want)
			}
		})
	}
}

// must2 returns v and panics on an error.
func must2(v Value, err error) Value {
	if err != nil {
		panic(err)
	}
	return v
}

func TestValueOfNamesThePosition(t *testing.T) {
	_, err := ValueOf(map[string]any{"a": []any{1, map[string]any{"x.y": math.NaN()}}})
	if at, ok := errors.AsType[*PathError](err); !ok || !at.Path.Equal(Path{"a", "1", "x.y"}) {
		t.Errorf("got %v", err)
	}
}

func TestValidateNamesThePosition(t *testing.T) {
	for _, test := range []struct {
		name  string
		value Value
		want  error
		at    Path
	}{
		{"a good value", parse(t, `{"a":[1]}`), nil, nil},
		{"a leaf alone", StringValue("\xff"), ErrInvalid, nil},
		{"a number in an array", ArrayValue(Value{}, FloatValue(math.Inf(-1))), ErrInvalid, Path{"1"}},
		{"a key", ObjectValue(map[string]Value{"a": ObjectValue(map[string]Value{"#": {}})}), ErrInvalid, Path{"a", "#"}},
		{"long bytes", ArrayValue(BytesValue(make([]byte, MaxValueBytes+1))), ErrTooLarge, Path{"0"}},
		{"a link", ArrayValue(LinkValue(Path{"a", "_"})), ErrInvalid, Path{"0"}},
		{"a long link", ArrayValue(LinkValue(long(MaxDepth + 1))), ErrTooLarge, Path{"0"}},
		{"the longest link", LinkValue(long(MaxDepth)), nil, nil},
		{"nesting", nested(MaxDepth + 1), ErrTooLarge, long0(MaxDepth)},
		{"the deepest nesting", nested(MaxDepth), nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.value.Validate()
			at, _ := errors.AsType[*PathError](err)
			if !errors.Is(err, test.want) || at != nil && !at.Path.Equal(test.at) {
				t.Errorf("got %v, want %v at %q", err, test.want, test.at)
			}
		})
	}
}

func TestValidateAtCountsFromThePath(t *testing.T) {
	for _, test := range []struct {
		name  string
		value Value
		at    Path
		want  error
	}{
		{"as deep as can be", nested(4), long(MaxDepth - 4), nil},
		{"one level deeper", nested(5), long(MaxDepth - 4), ErrTooLarge},
		{"a leaf at the deepest path", IntValue(1), long(MaxDepth), nil},
		{"an empty array there", ArrayValue(), long(MaxDepth), nil},
		{"an element beyond it", nested(1), long(MaxDepth), ErrTooLarge},
		{"an element beneath a path that is too deep", nested(1), long(MaxDepth + 1), ErrTooLarge},
		{"a bad leaf", FloatValue(math.NaN()), Path{"a"}, ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.value.ValidateAt(test.at); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// nested is null inside n arrays.
func nested(n int) (v Value) {
	for range n {
		v = ArrayValue(v)
	}
	return v
}

// long0 is the path of n first elements.
func long0(n int) (p Path) {
	for range n {
		p = append(p, "0")
	}
	return p
}

func TestDecodeFillsGoValues(t *testing.T) {
	in := person{Name: "A", Age: math.MaxInt64, Weight: 70, Photo: []byte{1, 2}, Tags: []string{"x"}, Friend: &person{Name: "B"},
		Labels: map[string]string{"k": "v"}}
	var out person
	must(t, must2(ValueOf(in)).Decode(&out))
	if !reflect.DeepEqual(in, out) {
		t.Errorf("got %+v, want %+v", out, in)
	}
	var photo struct {
		Photo []byte `json:"photo"`
	}
	must(t, must2(ValueOf(map[string]any{"photo": []byte("raw")})).Decode(&photo))
	if string(photo.Photo) != "raw" {
		t.Errorf("bytes decode as %q", photo.Photo)
	}
	link, want := must2(ValueOf(Path{"a", "x.y"})), Path{"a", "x.y"}
	var text string
	var path, root Path
	must(t, link.Decode(&text))
	must(t, link.Decode(&path))
	must(t, LinkValue(nil).Decode(&root))
	if text != `a."x.y"` || !path.Equal(want) || root != nil {
		t.Errorf("links decode as %q, %q and %q", text, path, root)
	}
	var owner struct {
		Owner, List Path
		Text        string
	}
	must(t, must2(ValueOf(map[string]any{"owner": link, "list": []any{"a", "x.y"}, "text": link})).Decode(&owner))
	if !owner.Owner.Equal(want) || !owner.List.Equal(want) || owner.Text != text {
		t.Errorf("links in fields decode as %q", owner)
	}
	for _, bad := range []Value{IntValue(1), StringValue("a..b"), StringValue("#")} {
		if err := bad.Decode(&path); err == nil {
			t.Errorf("%v decodes into a path", bad)
		}
	}
	var exact struct{ A any }
	must(t, parse(t, `{"A":9007199254740993}`).Decode(&exact))
	if exact.A != json.Number("9007199254740993") {
		t.Errorf("a nested integer decodes as %T %v", exact.A, exact.A)
	}
	var whole any
	must(t, parse(t, `{"a":[1,1.0,{"_":"$bytes","base64":"YQ=="}]}`).Decode(&whole))
	if want := map[string]any{"a": []any{int64(1), 1.0, []byte("a")}}; !reflect.DeepEqual(whole, want) {
		t.Errorf("got %#v, want %#v", whole, want)
	}
	var value Value
	must(t, parse(t, `[1.0]`).Decode(&value))
	if value.String() != `[1.0]` {
		t.Errorf("a Value decodes as %v", value)
	}
	if err := parse(t, `"text"`).Decode(new(int)); err == nil {
		t.Error("a string decodes into an int")
	}
	if err := FloatValue(math.NaN()).Decode(new(float64)); !errors.Is(err, ErrInvalid) {
		t.Errorf("NaN decodes: %v", err)
	}
}

func TestAnyAndValueOfAreInverse(t *testing.T) {
	for _, text := range everyKind {
		v := parse(t, text)
		if got, err := ValueOf(v.Any()); err != nil || !got.Equal(v) {
			t.Errorf("%v becomes %v, %v", v, got, err)
		}
	}
}
