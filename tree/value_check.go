package tree

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// Validate returns nil when v can stand in a tree, else a PathError with the
// position within v. It wraps ErrTooLarge for a leaf or a key that is too long
// and for nesting deeper than MaxDepth, and ErrInvalid for a reserved key, text
// that is not UTF-8 and a number that is not finite; for the path of a link as
// Path.Validate does. The decoders of this
// package only give values that are valid; what a query gives may not be, since
// its "#" key is reserved.
func (v Value) Validate() error { return strictRules.validate(v, MaxDepth) }

// ValidateAt is Validate for a value that is to stand at p: its depth counts
// from there. It does not look at the keys of p, which Path.Validate does, nor
// does it refuse a leaf at the root, which depends on the operation.
func (v Value) ValidateAt(p Path) error { return strictRules.validate(v, MaxDepth-len(p)) }

// validate is Validate for a value that may have room levels of children.
func (r rules) validate(v Value, room int) error {
	if err := r.check(v, room); err != nil {
		return err
	}
	return nil
}

// check does the work of validate. The concrete type lets every level put its
// key in front of the position.
func (r rules) check(v Value, room int) *PathError {
	var err error
	switch v.Kind() {
	case Float:
		err = checkFloat(v.Float())
	case String:
		err = checkText(v.Str())
	case Bytes:
		err = checkLeafSize(v.Len())
	case Link:
		err = checkLink(v.target())
	case Array, Object:
		return r.checkChildren(v, room)
	}
	if err != nil {
		return &PathError{Op: "validate", Err: err}
	}
	return nil
}

// checkChildren checks what an array or an object holds. An empty one needs no
// room, so that it can stand as deep as a leaf.
func (r rules) checkChildren(v Value, room int) *PathError {
	if room <= 0 && v.Len() > 0 {
		return &PathError{Op: "validate", Err: errTooDeep}
	}
	for i, element := range v.elements() {
		if err := r.check(element, room-1); err != nil {
			return err.under(indexKey(i))
		}
	}
	for _, m := range v.members() {
		if err := r.checkKey(m.key); err != nil {
			return &PathError{Op: "validate", Path: Path{m.key}, Err: err}
		}
		if err := r.check(m.value, room-1); err != nil {
			return err.under(m.key)
		}
	}
	return nil
}

// under puts key in front of the position of e.
func (e *PathError) under(key string) *PathError {
	e.Path = append(Path{key}, e.Path...)
	return e
}

// errNested puts key in front of the position of err, which becomes a PathError
// of that operation if it is none.
func errNested(op, key string, err error) error {
	if at, ok := errors.AsType[*PathError](err); ok {
		return at.under(key)
	}
	return &PathError{Op: op, Path: Path{key}, Err: err}
}

// errTooDeep is the cause when a value nests deeper than its place in the tree
// allows.
var errTooDeep = fmt.Errorf("nested deeper than %d levels: %w", MaxDepth, ErrTooLarge)

// checkFloat refuses what JSON has no form for.
func checkFloat(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("number %v is not finite: %w", f, ErrInvalid)
	}
	return nil
}

// checkText refuses a string that is too long or not UTF-8.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("string is not UTF-8: %w", ErrInvalid)
	}
	return checkLeafSize(len(s))
}

// checkLeafSize refuses a string or bytes that are too long.
func checkLeafSize(size int) error {
	if size > MaxValueBytes {
		return fmt.Errorf("leaf has %d bytes, limit %d: %w", size, MaxValueBytes, ErrTooLarge)
	}
	return nil
}
