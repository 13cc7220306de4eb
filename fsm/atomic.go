package fsm

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"example.com/gstate/tree"
)

// Atomic operations compute what they write from what stands there when they
// are applied. Two instances that add to one number at once never lose an
// addition, without a condition and without a retry.

// ErrWrongKind: an operation met an item of a kind that it is not for, such as
// an addition to a string.
var ErrWrongKind = errors.New("wrong kind of item for this operation")

func errKind(o Operation, item tree.Item) error {
	return fmt.Errorf("%w: %v of %v to %v", ErrWrongKind, o.Kind, o.Value.Kind(), item.Kind())
}

// compute makes an atomic operation and returns its result, which goes to the
// caller: the new number, the index of the new element, or the new key. It is
// null for unions and differences.
func (d *Draft) compute(o Operation) (result tree.Value, err error) {
	item, exists := d.edit.Get(o.Path)
	switch o.Kind {
	case OpAdd, OpMin, OpMax:
		if result, err = number(o, item, exists); err != nil {
			return tree.Value{}, err
		}
		return result, d.edit.Set(o.Path, result)
	case OpAppend:
		return d.push(o, item, exists)
	case OpUnion, OpDifference:
		return tree.Value{}, d.combine(o, item, exists)
	case OpCreate:
		return d.create(o)
	}
	return tree.Value{}, fmt.Errorf("%w: unknown %v", tree.ErrInvalid, o.Kind)
}

// number returns what a numeric operation makes of the item. The result is of
// the item's kind: an integer may be combined with a float, but no float with
// an integer, since that would turn it into another kind.
func number(o Operation, item tree.Item, exists bool) (tree.Value, error) {
	if !exists {
		return o.Value, nil
	}
	present := item.Value()
	switch {
	case !item.IsLeaf():
	case present.Kind() == tree.Int && o.Value.Kind() == tree.Int:
		return integer(o.Kind, present.Int(), o.Value.Int())
	case present.Kind() == tree.Float && isNumber(o.Value.Kind()):
		return float(o.Kind, present.Float(), asFloat(o.Value))
	}
	return tree.Value{}, errKind(o, item)
}

func asFloat(v tree.Value) float64 {
	if v.Kind() == tree.Int {
		return float64(v.Int())
	}
	return v.Float()
}

func integer(kind OperationKind, a, b int64) (tree.Value, error) {
	switch kind {
	case OpMin:
		return tree.IntValue(min(a, b)), nil
	case OpMax:
		return tree.IntValue(max(a, b)), nil
	}
	sum := a + b
	if b > 0 && sum < a || b < 0 && sum > a {
		return tree.Value{}, fmt.Errorf("%w: %d and %d add up to more than 64 bits", tree.ErrTooLarge, a, b)
	}
	return tree.IntValue(sum), nil
}

func float(kind OperationKind, a, b float64) (tree.Value, error) {
	switch kind {
	case OpMin:
		return tree.FloatValue(min(a, b)), nil
	case OpMax:
		return tree.FloatValue(max(a, b)), nil
	}
	sum := a + b
	if math.IsInf(sum, 0) {
		return tree.Value{}, fmt.Errorf("%w: %g and %g add up to more than a float holds", tree.ErrTooLarge, a, b)
	}
	return tree.FloatValue(sum), nil
}

// push appends an element to an array and returns its index.
func (d *Draft) push(o Operation, item tree.Item, exists bool) (tree.Value, error) {
	if !exists {
		return tree.IntValue(0), d.edit.Set(o.Path, tree.ArrayValue(o.Value))
	}
	if item.Kind() != tree.Array {
		return tree.Value{}, errKind(o, item)
	}
	index := item.Len()
	return tree.IntValue(int64(index)), d.edit.Set(o.Path.Child(strconv.Itoa(index)), o.Value)
}

// combine makes the union or the difference of an array and the given elements.
// It takes time for both together. A difference with nothing stays nothing.
func (d *Draft) combine(o Operation, item tree.Item, exists bool) error {
	if !exists && o.Kind == OpDifference {
		return nil
	}
	if exists && item.Kind() != tree.Array {
		return errKind(o, item)
	}
	given := elementSet(o.Value)
	var elements []tree.Value
	for _, child := range item.Children() {
		element := child.Value()
		form := string(tree.AppendValue(nil, element))
		if o.Kind == OpDifference && given[form] {
			continue
		}
		delete(given, form)
		elements = append(elements, element)
	}
	if o.Kind == OpUnion {
		for _, element := range o.Value.Elements() {
			if form := string(tree.AppendValue(nil, element)); given[form] {
				delete(given, form)
				elements = append(elements, element)
			}
		}
	}
	return d.edit.Set(o.Path, tree.ArrayValue(elements...))
}

// elementSet is the elements of an array by their binary forms, which are equal
// when the elements are.
func elementSet(array tree.Value) map[string]bool {
	set := make(map[string]bool, array.Len())
	for _, element := range array.Elements() {
		set[string(tree.AppendValue(nil, element))] = true
	}
	return set
}

// create inserts a child under a key of its own and returns the key.
func (d *Draft) create(o Operation) (tree.Value, error) {
	key := createdKey(d.edit.Revision()+1, d.created)
	d.created++
	return tree.StringValue(key), d.edit.Insert(o.Path.Child(key), o.Value)
}

// createdKey is the key of a child created by a revision, as the nth of its
// transaction. Its fixed number of digits makes the order of the keys that of
// the creations: 16 are enough for three centuries of a million revisions a
// second, and n is below MaxOperations.
func createdKey(revision uint64, n int) string { return fmt.Sprintf("%016d-%04d", revision, n) }
