package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJSONIsWrittenCanonicallyAndReadBack(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"white space goes", " {\t\"a\" :\r[ 1 ,\n2 ] } ", `{"a":[1,2]}`},
		{"members are sorted", `{"b":1,"10":2,"a":3,"9":4,"":5}`, `{"9":4,"10":2,"":5,"a":3,"b":1}`},
		{"an integer stays one", `12345678901234567`, `12345678901234567`},
		{"the least integer fits", `-9223372036854775808`, `-9223372036854775808`},
		{"minus zero is the integer zero", `-0`, `0`},
		{"a float keeps its fraction", `1.50`, `1.5`},
		{"an integral float keeps its kind", `100.0`, `100.0`},
		{"an exponent makes a float", `1e2`, `100.0`},
		{"a negative float zero keeps its sign", `-0.0`, `-0.0`},
		{"a large float has an exponent", `1e21`, `1e+21`},
		{"a float just below it has none", `1e20`, `100000000000000000000.0`},
		{"a small float has an exponent", `0.0000001`, `1e-07`},
		{"an underflow is zero", `1e-999`, `0.0`},
		{"escapes are read", `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, `"\"\\/\u0008\u000c\u000a\u000d\u0009é😀"`},
		{"other text is written as it is", `"<é&>"`, `"<é&>"`},
		{"bytes have a special form", `{"base64":"AAE=","_":"$bytes"}`, `{"_":"$bytes","base64":"AAE="}`},
		{"links have a special form", `{"path":"\"a\".\"x.y\"","_":"$ref"}`, `{"_":"$ref","path":"a.\"x.y\""}`},
		{"a link to the root", `{"_":"$ref","path":""}`, `{"_":"$ref","path":""}`},
		{"a link to the root as the original has it", `{"_":"$ref","path":"#"}`, `{"_":"$ref","path":""}`},
		{"a link from the root as the original has it", `{"_":"$ref","path":"#.a.b"}`, `{"_":"$ref","path":"a.b"}`},
		{"empty containers", `[[],{}]`, `[[],{}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := ParseJSON([]byte(test.in))
			must(t, err)
			got, err := v.MarshalJSON()
			must(t, err)
			if string(got) != test.want || v.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if again := parse(t, string(got)); !again.Equal(v) {
				t.Errorf("reads back as %v", again)
			}
		})
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     error
	}{
		{"nothing", ``, ErrInvalid},
		{"white space alone", ` `, ErrInvalid},
		{"a second value", `1 2`, ErrInvalid},
		{"a zero byte at the end", "1\x00", ErrInvalid},
		{"an integer beyond int64", `9223372036854775808`, ErrInvalid},
		{"an integer below int64", `-9223372036854775809`, ErrInvalid},
		{"a float beyond float64", `1e999`, ErrInvalid},
		{"a leading zero", `01`, ErrInvalid},
		{"a plus sign", `+1`, ErrInvalid},
		{"a dot without digits", `1.`, ErrInvalid},
		{"a dot without digits in front", `.5`, ErrInvalid},
		{"an exponent without digits", `1e+`, ErrInvalid},
		{"a minus sign alone", `-`, ErrInvalid},
		{"hexadecimal", `0x10`, ErrInvalid},
		{"NaN", `NaN`, ErrInvalid},
		{"a capital literal", `True`, ErrInvalid},
		{"a literal that goes on", `nulls`, ErrInvalid},
		{"a key that appears twice", `{"a":1,"b":2,"a":1}`, ErrInvalid},
		{"a key that appears twice in other spelling", `{"a":1,"\u0061":1}`, ErrInvalid},
		{"the map key", `{"_":1}`, ErrInvalid},
		{"the anchor key", `{"a":{"#":1}}`, ErrInvalid},
		{"an unknown special form", `{"_":"$link","path":"a"}`, ErrInvalid},
		{"a link with another key", `{"_":"$ref","path":"a","x":1}`, ErrInvalid},
		{"a link without a path", `{"_":"$ref"}`, ErrInvalid},
		{"a link whose path is no text", `{"_":"$ref","path":["a"]}`, ErrInvalid},
		{"a link whose path is malformed", `{"_":"$ref","path":"a..b"}`, ErrInvalid},
		{"a link with a reserved key", `{"_":"$ref","path":"a._"}`, ErrInvalid},
		{"a link with two roots", `{"_":"$ref","path":"#.#.a"}`, ErrInvalid},
		{"a link with a root and a dot", `{"_":"$ref","path":"#."}`, ErrInvalid},
		{"a link with a root in the middle", `{"_":"$ref","path":"a.#"}`, ErrInvalid},
		{"a link with a long key", `{"_":"$ref","path":"` + strings.Repeat("a", MaxKeyBytes+1) + `"}`, ErrTooLarge},
		{"a link that is too deep", `{"_":"$ref","path":"a` + strings.Repeat(".a", MaxDepth) + `"}`, ErrTooLarge},
		{"a link with the content of bytes", `{"_":"$ref","base64":""}`, ErrInvalid},
		{"bytes with another key", `{"_":"$bytes","base64":"","x":1}`, ErrInvalid},
		{"bytes without content", `{"_":"$bytes"}`, ErrInvalid},
		{"bytes with bad content", `{"_":"$bytes","base64":"A"}`, ErrInvalid},
		{"bytes with surplus bits", `{"_":"$bytes","base64":"YR=="}`, ErrInvalid},
		{"a missing comma", `[1 2]`, ErrInvalid},
		{"a comma at the end", `[1,]`, ErrInvalid},
		{"a comma at the end of an object", `{"a":1,}`, ErrInvalid},
		{"a missing colon", `{"a" 1}`, ErrInvalid},
		{"a key without quotes", `{a:1}`, ErrInvalid},
		{"an array without its end", `[1`, ErrInvalid},
		{"an object without its end", `{"a":1`, ErrInvalid},
		{"a string without its end", `"a`, ErrInvalid},
		{"a raw control character", "\"\n\"", ErrInvalid},
		{"a string that is not UTF-8", "\"\xff\"", ErrInvalid},
		{"half a surrogate pair", `"\ud83d"`, ErrInvalid},
		{"a second half alone", `"\ude00"`, ErrInvalid},
		{"a bad hexadecimal digit", `"\u00g0"`, ErrInvalid},
		{"a sign for a hexadecimal digit", `"\u+123"`, ErrInvalid},
		{"a comment", `/**/1`, ErrInvalid},
		{"nesting that is too deep", strings.Repeat("[", MaxDepth+1) + "1" + strings.Repeat("]", MaxDepth+1), ErrTooLarge},
		{"empty nesting that is too deep", strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2), ErrTooLarge},
		{"nesting far too deep", strings.Repeat(`{"a":`, 1_000_000), ErrTooLarge},
		{"a long string", `"` + strings.Repeat("a", MaxValueBytes+1) + `"`, ErrTooLarge},
		{"a long key", `{"` + strings.Repeat("a", MaxKeyBytes+1) + `":1}`, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if v, err := ParseJSON([]byte(test.in)); !errors.Is(err, test.want) {
				t.Errorf("got %v, %v, want %v", v, err, test.want)
			}
		})
	}
}

func TestParseJSONTakesWhatTheTreeTakes(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("[", MaxDepth) + "null" + strings.Repeat("]", MaxDepth),
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
		`"` + strings.Repeat("a", MaxValueBytes) + `"`,
	} {
		must(t, parse(t, text).Validate())
	}
}

func TestParseJSONNamesTheByte(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": [1, 2, x]}`:                      "json byte 13: want a value: invalid",
		`{"a": {"_": "$ref", "path": "b c.d"}}`: `json byte 36: link: path byte 0: key "b c" must be quoted: invalid`,
	} {
		if _, err := ParseJSON([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestMarshalJSONRefusesWhatJSONCannotExpress(t *testing.T) {
	if _, err := ArrayValue(FloatValue(math.NaN())).MarshalJSON(); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if text, err := StringValue("a\xffb").MarshalJSON(); err != nil || !utf8.Valid(text) {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestValueInsideEncodingJSON(t *testing.T) {
	type outer struct{ V Value }
	in := outer{parse(t, `{"a":[1,1.0,"<",{"_":"$bytes","base64":"AAE="}]}`)}
	text, err := json.Marshal(in)
	must(t, err)
	var out outer
	must(t, json.Unmarshal(text, &out))
	if !in.V.Equal(out.V) {
		t.Errorf("%v comes back as %v", in.V, out.V)
	}
}

// FuzzParseJSON holds the reader against encoding/json, which takes everything
// that this one takes and some more.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range everyKind {
		f.Add([]byte(seed))
	}
	for _, seed := range []string{`{"a":1,"a":2}`, `{"_":1}`, `1e999`, `"\ud800"`, `[[[[`, ` [ 1 , 2 ] `, `-0`, `1E+2`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ParseJSON(data)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		must(t, v.Validate())
		text, err := v.MarshalJSON()
		must(t, err)
		if again, err := ParseJSON(text); err != nil || !again.Equal(v) {
			t.Fatalf("%s prints as %s, which reads as %v, %v", data, text, again, err)
		}
		if !json.Valid(text) {
			t.Fatalf("%s prints as %s, which is no JSON", data, text)
		}
		var theirs any
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(&theirs); err != nil {
			t.Fatalf("%s: encoding/json says %v", data, err)
		}
		if converted, err := ValueOf(theirs); err != nil || !converted.Equal(v) {
			t.Fatalf("%s: got %v, by encoding/json %v, %v", data, v, converted, err)
		}
	})
}
