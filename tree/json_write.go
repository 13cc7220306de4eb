package tree

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MarshalJSON returns v as compact JSON that ParseJSON reads back as an equal
// value: members are sorted, a Float with an integral value has ".0", Bytes and
// links have their special forms. The error wraps ErrInvalid: a number is not finite.
func (v Value) MarshalJSON() ([]byte, error) {
	var w jsonWriter
	w.value(v)
	return w.buf, w.err
}

// UnmarshalJSON sets v to what ParseJSON reads from data.
func (v *Value) UnmarshalJSON(data []byte) (err error) {
	*v, err = ParseJSON(data)
	return err
}

// String returns the JSON text of v, for logs and for people.
func (v Value) String() string {
	var w jsonWriter
	w.value(v)
	return string(w.buf)
}

// jsonWriter appends JSON to buf. It goes on after an error, so that String can
// show any value.
type jsonWriter struct {
	buf   []byte
	err   error // the first number that JSON cannot express
	plain bool  // write Bytes as a string in base64, as encoding/json does, and links as the text of their paths
}

// value appends v.
func (w *jsonWriter) value(v Value) {
	switch v.Kind() {
	case Null:
		w.buf = append(w.buf, "null"...)
	case Bool:
		w.buf = strconv.AppendBool(w.buf, v.Bool())
	case Int:
		w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
	case Float:
		w.float(v.Float())
	case String:
		w.buf = appendQuoted(w.buf, v.Str())
	case Bytes:
		w.bytes(v.rawBytes())
	case Link:
		w.link(v.target())
	case Array:
		w.array(v.elements())
	case Object:
		w.object(v.members())
	}
}

// float appends f so that it does not read as an integer. Like encoding/json it
// turns to exponents where plain digits get long.
func (w *jsonWriter) float(f float64) {
	if err := checkFloat(f); err != nil && w.err == nil {
		w.err = err
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	// Neither a fraction nor an exponent would read as an Int; NaN and Inf have
	// letters already.
	start := len(w.buf)
	w.buf = strconv.AppendFloat(w.buf, f, format, -1, 64)
	if !strings.ContainsAny(string(w.buf[start:]), ".eIN") {
		w.buf = append(w.buf, ".0"...)
	}
}

// bytes appends the special form of bytes.
func (w *jsonWriter) bytes(content string) {
	if !w.plain {
		w.buf = append(w.buf, `{"_":"`+bytesForm+`","`+bytesContent+`":`...)
	}
	w.buf = append(w.buf, '"')
	w.buf = base64.StdEncoding.AppendEncode(w.buf, []byte(content))
	w.buf = append(w.buf, '"')
	if !w.plain {
		w.buf = append(w.buf, '}')
	}
}

// link appends the special form of a link.
func (w *jsonWriter) link(p Path) {
	if w.plain {
		w.buf = appendQuoted(w.buf, p.String())
		return
	}
	w.buf = append(w.buf, `{"_":"`+linkForm+`","`+linkContent+`":`...)
	w.buf = append(appendQuoted(w.buf, p.String()), '}')
}

// array appends an array.
func (w *jsonWriter) array(elements []Value) {
	w.buf = append(w.buf, '[')
	for i, element := range elements {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.value(element)
	}
	w.buf = append(w.buf, ']')
}

// object appends an object.
func (w *jsonWriter) object(members []member) {
	w.buf = append(w.buf, '{')
	for i, m := range members {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = appendQuoted(w.buf, m.key)
		w.buf = append(w.buf, ':')
		w.value(m.value)
	}
	w.buf = append(w.buf, '}')
}

// appendQuoted appends s as a JSON string with as few escapes as JSON permits,
// so that a string has one form. Bytes that are not UTF-8 become the
// replacement character.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
