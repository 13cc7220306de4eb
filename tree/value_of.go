package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
)

// ValueOf returns v as a Value. Go's basic types, their maps and slices
// (map[string]any, []any), []byte, json.Number, Path and Value are taken as they
// are and keep their kind, a Path being a Link; anything else goes through
// encoding/json, so that structs are read by their tags, nested []byte becomes a
// string in base64, a nested Path an array of its keys, and a float field with
// an integral value an Int. The result shares
// strings with v but nothing that can change.
//
// Refused with an error that wraps ErrInvalid: what JSON cannot express, such
// as NaN, a channel or a cycle; an unsigned integer beyond the range of int64;
// a string that is not UTF-8; a reserved key. ErrTooLarge is wrapped as by
// Value.Validate.
func ValueOf(v any) (Value, error) { return strictRules.valueOf(v, 0) }

// rules say how outside forms become values.
type rules struct {
	reserved bool // let the reserved keys stand for themselves, as a query needs it
}

var (
	strictRules = rules{}               // for values: reserved keys are special forms or errors
	queryRules  = rules{reserved: true} // for the shape of a query
)

// valueOf is ValueOf at a depth within the outermost value.
func (r rules) valueOf(v any, depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, errTooDeep
	}
	switch v := v.(type) {
	case nil:
		return Value{}, nil
	case Value:
		return v, r.validate(v, MaxDepth-depth)
	case bool:
		return BoolValue(v), nil
	case string:
		return StringValue(v), checkText(v)
	case []byte:
		return BytesValue(v), checkLeafSize(len(v))
	case Path:
		return LinkValue(v), checkLink(v)
	case []any:
		return r.valueOfSlice(v, depth)
	case map[string]any:
		return r.valueOfMap(v, depth)
	case json.Number:
		return parseNumber(v.String())
	}
	if number, ok, err := valueOfNumber(v); ok {
		return number, err
	}
	return r.valueOfJSON(v, depth)
}

// checkKey is the function checkKey, except for the reserved keys where they
// stand for themselves.
func (r rules) checkKey(key string) error {
	if r.reserved && (key == mapKey || key == anchorKey) {
		return nil
	}
	return checkKey(key)
}

// valueOfNumber converts Go's number types; ok is false when v is of another
// type. A number keeps the kind that its Go type has, a float64 of 3 being a
// Float, so that what is read back has the type that was written.
func valueOfNumber(v any) (number Value, ok bool, err error) {
	switch v.(type) {
	case int, int8, int16, int32, int64:
		return IntValue(reflect.ValueOf(v).Int()), true, nil
	case uint, uint8, uint16, uint32, uint64, uintptr:
		u := reflect.ValueOf(v).Uint()
		if u > math.MaxInt64 {
			return Value{}, true, fmt.Errorf("integer %d does not fit int64: %w", u, ErrInvalid)
		}
		return IntValue(int64(u)), true, nil
	case float32, float64:
		f := reflect.ValueOf(v).Float()
		return FloatValue(f), true, checkFloat(f)
	}
	return Value{}, false, nil
}

// valueOfSlice converts the elements of a slice. The depth is checked by
// valueOf, so a slice that contains itself ends as one that is too deep.
func (r rules) valueOfSlice(list []any, depth int) (Value, error) {
	elements := make([]Value, len(list))
	for i, v := range list {
		var err error
		if elements[i], err = r.valueOf(v, depth+1); err != nil {
			return Value{}, errNested("convert", indexKey(i), err)
		}
	}
	return arrayOf(elements), nil
}

// valueOfMap converts the members of a map. An error is that of the first bad
// key in order, whatever the order in which the map is ranged over.
func (r rules) valueOfMap(m map[string]any, depth int) (Value, error) {
	members := make([]member, 0, len(m))
	for key := range m {
		members = append(members, member{key: key})
	}
	sortMembers(members)
	for i, mem := range members {
		var err error
		if members[i].value, err = r.valueOf(m[mem.key], depth+1); err != nil {
			return Value{}, errNested("convert", mem.key, err)
		}
	}
	return r.object(members)
}

// valueOfJSON converts what encoding/json can write.
func (r rules) valueOfJSON(v any, depth int) (Value, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return Value{}, fmt.Errorf("%T as json: %w: %w", v, ErrInvalid, err)
	}
	return r.parseJSON(text, depth)
}

// object returns the object with these sorted members, or the value that their
// reserved keys stand for.
func (r rules) object(members []member) (Value, error) {
	for i, m := range members {
		if i > 0 && members[i-1].key == m.key {
			return Value{}, fmt.Errorf("key %q appears twice: %w", m.key, ErrInvalid)
		}
		if m.key == mapKey && !r.reserved {
			return parseSpecial(members)
		}
		if err := r.checkKey(m.key); err != nil {
			return Value{}, err
		}
	}
	return objectOf(members), nil
}

// Decode writes v into dst, a non-nil pointer, as encoding/json would: structs
// by their tags. Bytes are written as encoding/json has them, so they fit a
// []byte, and a Link as the text of its path, so that it fits a string and a
// Path. A *Value receives v itself and a *any what Any returns; numbers in
// nested fields of type any become json.Number, so that none loses digits. The
// error is that of encoding/json.
func (v Value) Decode(dst any) error {
	switch dst := dst.(type) {
	case *Value:
		*dst = v
		return nil
	case *any:
		*dst = v.Any()
		return nil
	}
	w := jsonWriter{plain: true}
	w.value(v)
	if w.err != nil {
		return w.err
	}
	d := json.NewDecoder(bytes.NewReader(w.buf))
	d.UseNumber()
	if err := d.Decode(dst); err != nil {
		return fmt.Errorf("decode value into %T: %w", dst, err)
	}
	return nil
}

// Any returns v as plain Go data, which the caller owns: nil, bool, int64,
// float64, string, []byte, Path, []any or map[string]any. ValueOf turns it back.
func (v Value) Any() any {
	switch v.Kind() {
	case Bool:
		return v.Bool()
	case Int:
		return v.Int()
	case Float:
		return v.Float()
	case String:
		return v.Str()
	case Bytes:
		return v.Bytes()
	case Link:
		return v.Link()
	case Array:
		list := make([]any, 0, v.Len())
		for _, element := range v.elements() {
			list = append(list, element.Any())
		}
		return list
	case Object:
		m := make(map[string]any, v.Len())
		for _, member := range v.members() {
			m[member.key] = member.value.Any()
		}
		return m
	default:
		return nil
	}
}
