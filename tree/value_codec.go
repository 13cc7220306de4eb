package tree

import (
	"encoding/binary"
	"math"
)

// The first byte of a value in binary form, and of the content of an item in
// the encoding of a tree. The numbers are part of the format: never change one,
// never use one again.
const (
	tagNull   = 0
	tagFalse  = 1
	tagTrue   = 2
	tagInt    = 3 // zigzag number of variable length
	tagFloat  = 4 // 8 bytes IEEE 754, big-endian
	tagString = 5 // length, bytes
	tagBytes  = 6 // length, bytes
	tagArray  = 7 // count, values
	tagObject = 8 // count, keys each with its value, sorted
	tagLink   = 9 // count, keys: a path in the form of AppendPath
)

// AppendValue appends the binary form of v to dst and returns the longer slice.
// The form delimits itself and is canonical: equal values have the same form.
// It has no version; what contains it has. A kind that came later has a tag of
// its own, which a reader that does not know it refuses. v is written as it is: the form of a
// value that Validate refuses is refused by ConsumeValue.
func AppendValue(dst []byte, v Value) []byte {
	switch v.Kind() {
	case Bool:
		return append(dst, tagFalse+byte(v.num))
	case Int:
		return binary.AppendVarint(append(dst, tagInt), v.Int())
	case Float:
		return binary.BigEndian.AppendUint64(append(dst, tagFloat), v.num)
	case String:
		return appendString(append(dst, tagString), v.Str())
	case Bytes:
		return appendString(append(dst, tagBytes), v.rawBytes())
	case Link:
		return AppendPath(append(dst, tagLink), v.target())
	case Array:
		dst = binary.AppendUvarint(append(dst, tagArray), v.num)
		for _, element := range v.elements() {
			dst = AppendValue(dst, element)
		}
		return dst
	case Object:
		dst = binary.AppendUvarint(append(dst, tagObject), v.num)
		for _, m := range v.members() {
			dst = AppendValue(appendString(dst, m.key), m.value)
		}
		return dst
	default:
		return append(dst, tagNull)
	}
}

// ConsumeValue reads what AppendValue wrote from the start of src and returns
// what follows it. It gives only values that Validate accepts, and nothing that
// AppendValue would have written differently. The memory it takes is bounded by
// a small multiple of len(src). The error wraps ErrCorrupt. The value shares no
// memory with src; rest does.
func ConsumeValue(src []byte) (v Value, rest []byte, err error) {
	s := scanner{src: src}
	v = s.value(0)
	if s.err != nil {
		return Value{}, src, s.err
	}
	return v, s.rest(), nil
}

// value reads a value that is depth levels below the outermost one.
func (s *scanner) value(depth int) Value {
	if depth > MaxDepth {
		s.fail(errTooDeep)
		return Value{}
	}
	switch tag := s.byte(); tag {
	case tagArray:
		return s.array(depth)
	case tagObject:
		return s.object(depth)
	default:
		return s.leaf(tag)
	}
}

// leaf reads what follows the tag of a leaf.
func (s *scanner) leaf(tag byte) Value {
	switch tag {
	case tagNull:
		return Value{}
	case tagFalse, tagTrue:
		return BoolValue(tag == tagTrue)
	case tagInt:
		zigzag := s.uvarint()
		return IntValue(int64(zigzag>>1) ^ -int64(zigzag&1))
	case tagFloat:
		return s.float()
	case tagString:
		text := string(s.bytes(MaxValueBytes, "string"))
		if err := checkText(text); err != nil {
			s.fail(err)
		}
		return StringValue(text)
	case tagBytes:
		return BytesValue(s.bytes(MaxValueBytes, "bytes"))
	case tagLink:
		return linkOf(s.path())
	default:
		s.failf("unknown tag %d of a value", tag)
		return Value{}
	}
}

// float reads the bits of a number.
func (s *scanner) float() Value {
	b := s.take(8)
	if b == nil {
		return Value{}
	}
	f := math.Float64frombits(binary.BigEndian.Uint64(b))
	if err := checkFloat(f); err != nil {
		s.fail(err)
	}
	return FloatValue(f)
}

// array reads a count and as many values. The slice grows with what is read,
// never by the count alone.
func (s *scanner) array(depth int) Value {
	var elements []Value
	for n := s.uvarint(); n > 0 && s.err == nil; n-- {
		elements = append(elements, s.value(depth+1))
	}
	return arrayOf(elements)
}

// object reads a count and as many members, which must be sorted.
func (s *scanner) object(depth int) Value {
	var members []member
	for n := s.uvarint(); n > 0 && s.err == nil; n-- {
		key := s.key()
		if last := len(members) - 1; last >= 0 && CompareKeys(members[last].key, key) >= 0 {
			s.failf("key %.40q out of order", key)
		}
		members = append(members, member{key, s.value(depth + 1)})
	}
	return objectOf(members)
}
