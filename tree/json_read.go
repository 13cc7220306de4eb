package tree

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The special form of bytes in JSON: {"_": "$bytes", "base64": "..."}, standard
// alphabet with padding.
const (
	bytesForm    = "$bytes"
	bytesContent = "base64"
)

// ParseJSON reads exactly one JSON value. It reads more strictly than
// encoding/json, so that what is stored is what was written: a number without
// fraction and exponent is an Int and must fit int64, other numbers are Floats
// and must be finite; a key that appears twice, a reserved key, text that is
// not UTF-8 or has half a surrogate pair, and anything after the value are
// errors. {"_": "$bytes", "base64": "..."} is Bytes, and {"_": "$ref", "path":
// "users.anna"} a Link to the item at the path that ParsePath reads; "#." in
// front of it, as the original has it, says nothing.
//
// Errors wrap ErrInvalid, or ErrTooLarge as Value.Validate does, and name the
// byte. The result shares no memory with data.
func ParseJSON(data []byte) (Value, error) { return strictRules.parseJSON(data, 0) }

// parseJSON is ParseJSON at a depth within an outer value.
func (r rules) parseJSON(data []byte, depth int) (Value, error) {
	j := jsonReader{rules: r, src: data}
	v, err := j.value(depth)
	if err != nil {
		return Value{}, err
	}
	if j.peek(); j.at < len(data) {
		return Value{}, j.errorf("data after the value")
	}
	return v, nil
}

// jsonReader reads JSON text from front to back. Its methods leave at behind
// what they read, and after an error where the error is. It exists beside
// encoding/json because that one takes the last of two members with the same
// key, replaces what is not UTF-8 without a word, and has to be told to keep
// the digits of integers.
type jsonReader struct {
	rules rules  // what the reserved keys mean
	src   []byte // all of the text
	at    int    // how much of it has been read
}

// errorf returns an error at the present position.
func (j *jsonReader) errorf(format string, args ...any) error {
	return fmt.Errorf("json byte %d: %s: %w", j.at, fmt.Sprintf(format, args...), ErrInvalid)
}

// wrap returns err with the present position.
func (j *jsonReader) wrap(err error) error { return fmt.Errorf("json byte %d: %w", j.at, err) }

// peek skips white space and returns the next byte without reading it, 0 at the
// end.
func (j *jsonReader) peek() byte {
	for ; j.at < len(j.src); j.at++ {
		switch c := j.src[j.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// value reads a value that is depth levels below the outermost one.
func (j *jsonReader) value(depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, j.wrap(errTooDeep)
	}
	switch c := j.peek(); {
	case c == '{':
		return j.object(depth)
	case c == '[':
		return j.array(depth)
	case c == '"':
		s, err := j.text()
		if err == nil && len(s) > MaxValueBytes {
			err = j.wrap(checkLeafSize(len(s)))
		}
		return StringValue(s), err
	case c == '-' || c >= '0' && c <= '9':
		return j.number()
	default:
		return j.literal()
	}
}

// literal reads null, true or false.
func (j *jsonReader) literal() (Value, error) {
	end := j.at
	for end < len(j.src) && j.src[end] >= 'a' && j.src[end] <= 'z' {
		end++
	}
	var v Value
	switch string(j.src[j.at:end]) {
	case "null":
	case "true":
		v = BoolValue(true)
	case "false":
		v = BoolValue(false)
	default:
		return Value{}, j.errorf("want a value")
	}
	j.at = end
	return v, nil
}

// number reads the longest run of bytes that numbers are made of. Whether they
// make one is seen afterwards, so that an error shows the whole of what was
// meant as a number.
func (j *jsonReader) number() (Value, error) {
	end := j.at
	for end < len(j.src) && strings.IndexByte("+-.eE0123456789", j.src[end]) >= 0 {
		end++
	}
	v, err := parseNumber(string(j.src[j.at:end]))
	if err != nil {
		return Value{}, j.wrap(err)
	}
	j.at = end
	return v, nil
}

// array reads an array; the caller has seen its bracket and checked depth.
func (j *jsonReader) array(depth int) (Value, error) {
	var elements []Value
	err := j.list(']', func() error {
		v, err := j.value(depth + 1)
		elements = append(elements, v)
		return err
	})
	return arrayOf(elements), err
}

// object reads an object; the caller has seen its bracket and checked depth.
// Its members are sorted here, which also brings equal keys together.
func (j *jsonReader) object(depth int) (Value, error) {
	var members []member
	err := j.list('}', func() error {
		if j.peek() != '"' {
			return j.errorf("want a key in quotes")
		}
		key, err := j.text()
		if err != nil {
			return err
		}
		if j.peek() != ':' {
			return j.errorf("want a colon after the key %q", key)
		}
		j.at++
		v, err := j.value(depth + 1)
		members = append(members, member{key, v})
		return err
	})
	if err != nil {
		return Value{}, err
	}
	sortMembers(members)
	v, err := j.rules.object(members)
	if err != nil {
		return Value{}, j.wrap(err)
	}
	return v, nil
}

// list reads a bracket, parts separated by commas, and the closing bracket.
func (j *jsonReader) list(closing byte, part func() error) error {
	j.at++
	if j.peek() == closing {
		j.at++
		return nil
	}
	for {
		if err := part(); err != nil {
			return err
		}
		switch j.peek() {
		case ',':
			j.at++
		case closing:
			j.at++
			return nil
		default:
			return j.errorf("want a comma or %q", closing)
		}
	}
}

// text reads a string in quotes; the caller has seen the first quote. Whole
// runs without an escape are copied at once. The limits of keys and of leaves
// differ, so the length is checked by the caller.
func (j *jsonReader) text() (string, error) {
	j.at++
	var b []byte
	for start := j.at; j.at < len(j.src); {
		switch c := j.src[j.at]; {
		case c == '"':
			b = append(b, j.src[start:j.at]...)
			if !utf8.Valid(b) {
				return "", j.errorf("string is not UTF-8")
			}
			j.at++
			return string(b), nil
		case c == '\\':
			b = append(b, j.src[start:j.at]...)
			r, err := j.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
			start = j.at
		case c < ' ':
			return "", j.errorf("control character %#02x in a string", c)
		default:
			j.at++
		}
	}
	return "", j.errorf("string without a closing quote")
}

// escapes is what follows a backslash, each byte followed by what it stands
// for.
const escapes = "\"\"\\\\//b\bf\fn\nr\rt\t"

// escape reads a backslash and what it escapes.
func (j *jsonReader) escape() (rune, error) {
	if j.at+1 >= len(j.src) {
		return 0, j.errorf("string without a closing quote")
	}
	c := j.src[j.at+1]
	if c == 'u' {
		return j.unicode()
	}
	for i := 0; i < len(escapes); i += 2 {
		if escapes[i] == c {
			j.at += 2
			return rune(escapes[i+1]), nil
		}
	}
	return 0, j.errorf("unknown escape")
}

// unicode reads one \uXXXX or the two of a surrogate pair. Half a pair is an
// error: no UTF-8 can stand for it, so it could not be written back.
func (j *jsonReader) unicode() (rune, error) {
	high, err := j.hex()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	low, err := j.hex()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(high, low)
	if r == utf8.RuneError {
		return 0, j.errorf("half a surrogate pair")
	}
	return r, nil
}

// hex reads one \uXXXX. Four digits at once keep strconv from reading a sign or
// an underscore.
func (j *jsonReader) hex() (rune, error) {
	if len(j.src)-j.at < 6 || j.src[j.at] != '\\' || j.src[j.at+1] != 'u' {
		return 0, j.errorf("want \\u and four digits")
	}
	n, err := strconv.ParseUint(string(j.src[j.at+2:j.at+6]), 16, 16)
	if err != nil {
		return 0, j.errorf("want four hexadecimal digits")
	}
	j.at += 6
	return rune(n), nil
}

// parseSpecial returns the value that an object with a reserved key stands for.
// What is no known form is an error, so that forms can be added without
// changing the meaning of anything stored.
func parseSpecial(members []member) (Value, error) {
	object := objectOf(members)
	form, _ := object.Get(mapKey)
	bytes, _ := object.Get(bytesContent)
	link, _ := object.Get(linkContent)
	switch {
	case len(members) == 2 && form.Str() == bytesForm && bytes.Kind() == String:
		return parseBytes(bytes.Str())
	case len(members) == 2 && form.Str() == linkForm && link.Kind() == String:
		return parseLink(link.Str())
	}
	return Value{}, fmt.Errorf("key %q is reserved: %w", mapKey, ErrInvalid)
}

// parseBytes reads the content of bytes.
func parseBytes(text string) (Value, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return Value{}, fmt.Errorf("content of bytes: %w: %w", ErrInvalid, err)
	}
	return BytesValue(b), checkLeafSize(len(b))
}
