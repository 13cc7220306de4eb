package tree

import (
	"iter"
	"math"
	"slices"
	"unsafe"
)

// MaxValueBytes bounds one leaf: a string or bytes. A leaf is copied whole into
// the log, over the network and into every snapshot, and is replaced whole by
// the smallest change to it; 1 MiB leaves room for a certificate chain or a
// policy file, and larger content belongs in a store for blobs with its name
// kept here.
const MaxValueBytes = 1 << 20

// Kind is the kind of a Value or of an item.
type Kind uint8

// The kinds. Null is the zero Kind. Array and Object have children, the others
// are leaves.
const (
	Null   Kind = iota
	Bool        // true or false
	Int         // an exact 64-bit integer
	Float       // a finite 64-bit floating-point number, never equal to an Int
	String      // UTF-8 text
	Bytes       // arbitrary bytes
	Link        // the path of an item, which queries read in its place
	Array       // values by position
	Object      // values by key
)

// kindNames is indexed by Kind.
var kindNames = [...]string{"null", "bool", "int", "float", "string", "bytes", "link", "array", "object"}

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Value is an immutable JSON value, bytes or a link: what is written to the tree
// and what queries give. The zero Value is null. Values share memory freely, may be
// used by any number of goroutines, and are compared with Equal, not ==.
//
// The accessors of a kind (Bool, Int, Str, ...) return the zero value of their
// type when v is of another kind.
type Value struct {
	_   [0]func() // forbids ==, which would compare pointers
	num uint64    // Bool: 0 or 1; Int, Float: the bits; Link: the number of keys; otherwise the length
	ref any       // Null: nil; Bool, Int, Float: the Kind; otherwise a pointer of a type below
}

// These pointers lead to the first element of the data, and Value.num says how
// many there are. As distinct types they also tell the kind. With a slice
// instead, every Value would be larger or would allocate once more.
type (
	stringData *byte
	bytesData  *byte
	linkData   *string
	arrayData  *Value
	objectData *member
)

// member is one key of an object with its value. The members of an object are
// sorted by CompareKeys and have distinct keys.
type member struct {
	key   string
	value Value
}

// NullValue returns null, the zero Value.
func NullValue() Value { return Value{} }

// BoolValue returns b as a Value.
func BoolValue(b bool) Value {
	v := Value{ref: Bool}
	if b {
		v.num = 1
	}
	return v
}

// IntValue returns i as a Value.
func IntValue(i int64) Value { return Value{num: uint64(i), ref: Int} }

// FloatValue returns f as a Value. NaN and the infinities are refused by
// Validate, and so by the tree.
func FloatValue(f float64) Value { return Value{num: math.Float64bits(f), ref: Float} }

// StringValue returns s as a Value. Text that is not UTF-8 is refused by
// Validate, and so by the tree.
func StringValue(s string) Value {
	return Value{num: uint64(len(s)), ref: stringData(unsafe.StringData(s))}
}

// BytesValue returns a copy of b as a Value. Nil and empty are the same.
func BytesValue(b []byte) Value {
	s := string(b)
	return Value{num: uint64(len(s)), ref: bytesData(unsafe.StringData(s))}
}

// ArrayValue returns an array of a copy of elements.
func ArrayValue(elements ...Value) Value { return arrayOf(slices.Clone(elements)) }

// ObjectValue returns an object with a copy of members. Keys that no item can
// have are refused by Validate, and so by the tree.
func ObjectValue(members map[string]Value) Value {
	list := make([]member, 0, len(members))
	for key, value := range members {
		list = append(list, member{key, value})
	}
	sortMembers(list)
	return objectOf(list)
}

// arrayOf returns the array that keeps elements, which nobody may change any
// more.
func arrayOf(elements []Value) Value {
	return Value{num: uint64(len(elements)), ref: arrayData(unsafe.SliceData(elements))}
}

// objectOf returns the object that keeps members, which are sorted and which
// nobody may change any more.
func objectOf(members []member) Value {
	return Value{num: uint64(len(members)), ref: objectData(unsafe.SliceData(members))}
}

// sortMembers puts members in the order of CompareKeys.
func sortMembers(members []member) {
	slices.SortFunc(members, func(a, b member) int { return CompareKeys(a.key, b.key) })
}

// Kind returns the kind of v.
func (v Value) Kind() Kind {
	switch ref := v.ref.(type) {
	case Kind:
		return ref
	case stringData:
		return String
	case bytesData:
		return Bytes
	case linkData:
		return Link
	case arrayData:
		return Array
	case objectData:
		return Object
	default:
		return Null
	}
}

// isLeaf reports whether v is neither an array nor an object.
func (v Value) isLeaf() bool { return v.Kind() < Array }

// Bool returns the content of a Bool.
func (v Value) Bool() bool { return v.Kind() == Bool && v.num == 1 }

// Int returns the content of an Int.
func (v Value) Int() int64 {
	if v.Kind() != Int {
		return 0
	}
	return int64(v.num)
}

// Float returns the content of a Float.
func (v Value) Float() float64 {
	if v.Kind() != Float {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Str returns the content of a String. It is not named String because that
// method prints a Value of any kind.
func (v Value) Str() string {
	data, _ := v.ref.(stringData)
	if data == nil {
		return ""
	}
	return unsafe.String(data, v.num)
}

// Bytes returns a copy of the content of a Bytes value.
func (v Value) Bytes() []byte { return []byte(v.rawBytes()) }

// rawBytes is the content of a Bytes value, not copied.
func (v Value) rawBytes() string {
	data, _ := v.ref.(bytesData)
	if data == nil {
		return ""
	}
	return unsafe.String(data, v.num)
}

// elements is the content of an Array; the caller must not change it.
func (v Value) elements() []Value {
	data, _ := v.ref.(arrayData)
	if data == nil {
		return nil
	}
	return unsafe.Slice(data, v.num)
}

// members is the content of an Object; the caller must not change it.
func (v Value) members() []member {
	data, _ := v.ref.(objectData)
	if data == nil {
		return nil
	}
	return unsafe.Slice(data, v.num)
}

// Len returns the number of elements of an array, of members of an object, of
// bytes of a string or of bytes, and 0 for other kinds.
func (v Value) Len() int {
	switch v.Kind() {
	case String, Bytes, Array, Object:
		return int(v.num)
	default:
		return 0
	}
}

// Elements returns an iterator over the elements of an array with their
// positions.
func (v Value) Elements() iter.Seq2[int, Value] { return slices.All(v.elements()) }

// Members returns an iterator over the members of an object in the order of
// CompareKeys.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, m := range v.members() {
			if !yield(m.key, m.value) {
				return
			}
		}
	}
}

// Get returns the member of an object with that key, or the element of an array
// whose index key is in decimal form, as the tree would have it. It is false
// when there is none.
func (v Value) Get(key string) (Value, bool) {
	switch v.Kind() {
	case Object:
		members := v.members()
		i, found := slices.BinarySearchFunc(members, key, func(m member, key string) int { return CompareKeys(m.key, key) })
		if found {
			return members[i].value, true
		}
	case Array:
		if i, ok := parseIndex(key); ok && i < v.Len() {
			return v.elements()[i], true
		}
	}
	return Value{}, false
}

// shared reports whether two lists are one, as those of what has not changed between
// two results are: it is equal without a look at what it holds.
func shared[E any](a, b []E) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// Equal reports whether v and other are of the same kind and content. An Int
// never equals a Float, and a Float of minus zero does not equal one of zero:
// whatever encodes differently is different.
func (v Value) Equal(other Value) bool {
	kind := v.Kind()
	if kind != other.Kind() || v.num != other.num {
		return false
	}
	switch kind {
	case String:
		return v.Str() == other.Str()
	case Bytes:
		return v.rawBytes() == other.rawBytes()
	case Link:
		return v.target().Equal(other.target())
	case Array:
		a, b := v.elements(), other.elements()
		return shared(a, b) || slices.EqualFunc(a, b, Value.Equal)
	case Object:
		a, b := v.members(), other.members()
		return shared(a, b) || slices.EqualFunc(a, b, func(a, b member) bool {
			return a.key == b.key && a.value.Equal(b.value)
		})
	default:
		return true
	}
}
