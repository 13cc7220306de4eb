package tree

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Index has the children of one item of one tree in the order of a field. A query
// of that tree looks only at those children that its conditions on the field leave,
// and takes an order by the field from the index. The result is the same as without.
//
// It is made from a kept result, by IndexOf: so the index of a tree that follows
// takes time for what has changed. An Index is immutable.
type Index struct {
	record *record // whose children these are
	by     operand
	list   choiceList
}

// IndexQuery returns the query whose kept results give the index of the children of
// the item at p by a field: the path of what stands beneath each child, as ParsePath
// reads it, or "" for the child itself. Its error wraps ErrInvalid or ErrTooLarge.
func IndexQuery(p Path, field string) (Query, error) {
	if err := p.Validate(); err != nil {
		return Query{}, errAt("index", p, err)
	}
	by, err := operandOf(field)
	if err != nil {
		return Query{}, errAt("index", p, err)
	}
	if by.key {
		return Query{}, errAt("index", p, fmt.Errorf("children are in the order of their keys already: %w", ErrInvalid))
	}
	which := &selection{order: []ordering{{by: by}}, limit: noLimit}
	return Query{at: slices.Clone(p), shape: &shape{form: formKeys, which: which}}, nil
}

// IndexOf returns the index of t that a result of an IndexQuery for t has. It is of
// no use, and costs nothing, where the item has no children, or where there are links
// beneath it.
func IndexOf(r *Result, t *Tree) Index {
	if r.root == nil || r.root.chosen == nil {
		return Index{}
	}
	return Index{t.root.descend(r.query.at), r.query.shape.which.order[0].by, r.root.chosen.list}
}

// EvalIndexed is Eval with indexes of t.
func (q Query) EvalIndexed(t *Tree, indexes ...Index) (Value, bool) {
	e := evaluation{root: t.root, indexes: indexes}
	return e.query(q)
}

// indexed returns the children of r that an index leaves for the selection; ordered
// says that they are in its order. It is not ok when no index helps.
func (e *evaluation) indexed(r *record, s *selection) (found iter.Seq2[Path, *record], ordered, ok bool) {
	if e == nil || s.match != nil {
		return nil, false, false
	}
	for _, x := range e.indexes {
		if x.record != r {
			continue
		}
		from, to := x.bounds(s.where)
		ordered = len(s.order) == 1 && s.order[0].by.is(x.by)
		if fewer := to-from <= x.list.length/indexGain; fewer || ordered && s.limit != noLimit {
			return x.between(e, from, to, ordered && s.order[0].descending), ordered, true
		}
	}
	return nil, false, false
}

// indexGain is how many times fewer children an index must leave to be used: these
// have to be sorted by their keys then.
const indexGain = 4

// is reports whether both operands are the same.
func (o operand) is(other operand) bool { return o.key == other.key && o.path.Equal(other.path) }

// bounds returns the places in the list between which all children are that can meet
// the condition.
func (x Index) bounds(where condition) (from, to int) {
	to = x.list.length
	for _, t := range where {
		if t.of != nil || !t.about.is(x.by) {
			continue
		}
		for _, test := range t.tests {
			low, high := x.testBounds(test)
			from, to = max(from, low), min(to, high)
		}
	}
	return from, max(from, to)
}

// testBounds is bounds for one test of the field.
func (x Index) testBounds(t test) (from, to int) {
	switch t.operator {
	case "=":
		return x.first(atLeast(t.value)), x.first(beyond(t.value))
	case "<":
		return x.first(ofKind(t.value)), x.first(atLeast(t.value))
	case "<=":
		return x.first(ofKind(t.value)), x.first(beyond(t.value))
	case ">":
		return x.first(beyond(t.value)), x.first(beyondKind(t.value))
	case ">=":
		return x.first(atLeast(t.value)), x.first(beyondKind(t.value))
	case "prefix":
		return x.first(atLeast(t.value)), x.first(beyondPrefix(t.value))
	case operatorIn:
		return x.boundsOfAny(t.value.elements())
	case "exists":
		there := x.first(func(Value) bool { return true })
		if t.value.Bool() {
			return there, x.list.length
		}
		return 0, there
	}
	return 0, x.list.length
}

// boundsOfAny is bounds for a field that equals one of the values.
func (x Index) boundsOfAny(values []Value) (from, to int) {
	from = x.list.length
	for _, v := range values {
		from, to = min(from, x.first(atLeast(v))), max(to, x.first(beyond(v)))
	}
	return from, max(from, to)
}

// first returns the place of the first child for whose field is is true, which it is
// then for all that come after. Children without the field come before all others.
func (x Index) first(is func(Value) bool) int {
	return x.list.search(func(it *choice) bool { return it.has[0] && is(it.by[0]) })
}

func atLeast(v Value) func(Value) bool {
	return func(field Value) bool { return compareValues(field, v) >= 0 }
}

func beyond(v Value) func(Value) bool {
	return func(field Value) bool { return compareValues(field, v) > 0 }
}

func ofKind(v Value) func(Value) bool {
	return func(field Value) bool { return orderedKind(field) >= orderedKind(v) }
}

func beyondKind(v Value) func(Value) bool {
	return func(field Value) bool { return orderedKind(field) > orderedKind(v) }
}

func beyondPrefix(prefix Value) func(Value) bool {
	return func(field Value) bool {
		return compareValues(field, prefix) > 0 && !(field.Kind() == String && strings.HasPrefix(field.Str(), prefix.Str()))
	}
}

// between returns the children between two places. In the descending order those
// with one value are still in the order of their keys.
func (x Index) between(e *evaluation, from, to int, descending bool) iter.Seq2[Path, *record] {
	return func(yield func(Path, *record) bool) {
		for from < to {
			start, end := from, to
			if descending {
				last := x.list.cursor(to - 1)
				start = max(from, x.firstLike(last.choice()))
				to = start
			} else {
				from = to
			}
			at := x.list.cursor(start)
			for range end - start {
				if !e.spend(1) || !yield(nil, at.choice().record) {
					return
				}
				at.skip(1)
			}
		}
	}
}

// firstLike returns the place of the first child that has the same value in the field.
func (x Index) firstLike(it *choice) int {
	if !it.has[0] {
		return 0
	}
	return x.first(atLeast(it.by[0]))
}
