package tree

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
)

// selection says which children a map is about, and in which order. It is
// immutable; nil means all of them, in the order of their keys.
type selection struct {
	match  pattern // about what matches beneath instead; nil for children
	where  condition
	order  []ordering
	after  []Value   // the values of order, and then the key, of the child before the first
	last   candidate // that child, as far as after says
	offset int
	limit  int  // noLimit for none
	keyed  bool // the result is an object, by key
}

// ordering is what children are ordered by, and how.
type ordering struct {
	by         operand
	descending bool
}

// noLimit is the limit of a selection that has none.
const noLimit = -1

// The fields of a selection, beside "_" in the form of a map.
const (
	selectWhere, selectOrder, selectAfter                = "where", "order", "after"
	selectOffset, selectLimit, selectKeyed, orderFalling = "offset", "limit", "keyed", "desc"
	selectMatch                                          = "match"
)

// candidate is a child that may be in the result, with what it is ordered by. In
// what matches a pattern the key of the record is the text of the path.
type candidate struct {
	record *record
	path   Path    // of what matches a pattern; nil for a child
	by     []Value // a missing value is the zero Value, with has false
	has    []bool
}

// of returns the children of r that are selected.
func (s *selection) of(e *evaluation, r *record) iter.Seq[*record] {
	if s == nil {
		return r.kids.all()
	}
	candidates, sorted := s.candidates(e, r)
	if !sorted {
		slices.SortFunc(candidates, s.compare)
	}
	from, to := s.window(len(candidates))
	candidates = candidates[from:to]
	return func(yield func(*record) bool) {
		for _, c := range candidates {
			if !yield(c.record) {
				return
			}
		}
	}
}

// candidates returns the children for which the condition holds and that come after
// the cursor, and whether they are in order: then it looks no further than it must.
func (s *selection) candidates(e *evaluation, r *record) (found []candidate, sorted bool) {
	items, sorted := s.source(e, r)
	for path, item := range items {
		if e.target(item) == nil || !s.where.holds(e, item) {
			continue
		}
		c := s.candidate(e, path, item)
		if !s.isAfter(c) {
			continue
		}
		found = append(found, c)
		if sorted && s.limit != noLimit && len(found)-s.offset >= s.limit {
			break
		}
	}
	return found, sorted
}

// source returns what the selection chooses from, and whether that is in order.
func (s *selection) source(e *evaluation, r *record) (items iter.Seq2[Path, *record], sorted bool) {
	if items, sorted, ok := e.indexed(r, s); ok {
		return items, sorted
	}
	return s.items(e, r), len(s.order) == 0
}

func (s *selection) candidate(e *evaluation, path Path, item *record) candidate {
	c := candidate{record: item, path: path, by: make([]Value, len(s.order)), has: make([]bool, len(s.order))}
	for i, o := range s.order {
		c.by[i], c.has[i] = o.by.of(e, item)
		if !c.by[i].isLeaf() {
			c.by[i] = arrayOf(nil) // which has the place of all of these, and keeps none in memory
		}
	}
	return c
}

// compare orders two candidates. What is missing is before all that is there.
func (s *selection) compare(a, b candidate) int {
	for i, o := range s.order {
		by := cmp.Or(boolOrder(a.has[i])-boolOrder(b.has[i]), compareValues(a.by[i], b.by[i]))
		if by != 0 && o.descending {
			return -by
		} else if by != 0 {
			return by
		}
	}
	return cmp.Or(slices.CompareFunc(a.path, b.path, CompareKeys), CompareKeys(a.record.key, b.record.key))
}

// isAfter reports whether a candidate comes after the one that the cursor names.
func (s *selection) isAfter(c candidate) bool {
	return s.after == nil || s.compare(c, s.last) > 0
}

// window returns from where to where the result goes in a list of so many.
func (s *selection) window(length int) (from, to int) {
	if s == nil {
		return 0, length
	}
	from, to = min(s.offset, length), length
	if s.limit != noLimit {
		to = from + min(s.limit, length-from)
	}
	return from, to
}

// isKeyed reports whether the result is an object.
func (s *selection) isKeyed() bool { return s != nil && s.keyed }

// valueOf returns the result of a map out of what it wants of each child that is in
// it, in order: an object by their keys if it is to be one, else an array. It may
// change members.
func (s *selection) valueOf(members []member) Value {
	if s.isKeyed() {
		sortMembers(members)
		return objectOf(members)
	}
	elements := make([]Value, len(members))
	for i, m := range members {
		elements[i] = m.value
	}
	return arrayOf(elements)
}

// selectionOf returns the selection whose form stands beside "_" in v, nil when
// there is none.
func selectionOf(v Value) (*selection, error) {
	if v.Len() == 1 {
		return nil, nil
	}
	s := &selection{limit: noLimit}
	for key, value := range v.Members() {
		if key == mapKey {
			continue
		}
		if err := s.read(key, value); err != nil {
			return nil, errNested("query", key, err)
		}
	}
	if err := s.goOn(); err != nil {
		return nil, errNested("query", selectAfter, err)
	}
	return s.orNone(), nil
}

// orNone returns s, or nil if it says nothing.
func (s *selection) orNone() *selection {
	if len(s.members()) == 0 {
		return nil
	}
	return s
}

// goOn sets last to the child that after names, once all of the form is read.
func (s *selection) goOn() (err error) {
	if s.after == nil {
		return nil
	}
	n := len(s.order)
	if len(s.after) != n+1 {
		return fmt.Errorf("want %d values to go on after, those of the order and the key: %w", n+1, ErrInvalid)
	}
	s.last = candidate{record: &record{key: s.after[n].Str()}, by: make([]Value, n), has: make([]bool, n)}
	for i, value := range s.after[:n] {
		if s.last.has[i] = value.Kind() != Array; s.last.has[i] { // [] stands for a missing value
			s.last.by[i] = value
		}
	}
	if s.match != nil {
		s.last.path, err = ParsePath(s.last.record.key)
		s.last.record.key = s.last.path.String()
		s.after[n] = StringValue(s.last.record.key)
	}
	return err
}

// read takes one field of the form.
func (s *selection) read(key string, v Value) (err error) {
	switch key {
	case selectMatch:
		s.match, err = matchOf(v)
	case selectWhere:
		s.where, err = conditionOf(v)
	case selectOrder:
		s.order, err = orderOf(v)
	case selectAfter:
		s.after, err = cursorOf(v)
	case selectOffset:
		s.offset, err = countOf(v)
	case selectLimit:
		s.limit, err = countOf(v)
	case selectKeyed:
		if s.keyed = v.Bool(); v.Kind() != Bool {
			err = fmt.Errorf("want true or false, not %.40s: %w", v, ErrInvalid)
		}
	default:
		err = fmt.Errorf("beside %q there are only where, order, after, offset, limit, keyed and match: %w", mapKey, ErrInvalid)
	}
	return err
}

// matchOf returns the pattern whose text v is; nil for that of all children.
func matchOf(v Value) (pattern, error) {
	if v.Kind() != String {
		return nil, fmt.Errorf("want a path with * and **, not %.40s: %w", v, ErrInvalid)
	}
	p, err := parsePattern(v.Str())
	if err != nil || p.isAnyChild() {
		return nil, err
	}
	return p, nil
}

// orderOf returns the order whose form v is: one operand or an array of them.
func orderOf(v Value) ([]ordering, error) {
	if v.Kind() != Array {
		o, err := orderingOf(v)
		return []ordering{o}, err
	}
	if v.Len() == 0 {
		return nil, fmt.Errorf("want something to order by: %w", ErrInvalid)
	}
	order := make([]ordering, 0, v.Len())
	for i, element := range v.Elements() {
		o, err := orderingOf(element)
		if err != nil {
			return nil, errNested("query", indexKey(i), err)
		}
		order = append(order, o)
	}
	return order, nil
}

// orderingOf returns the ordering whose form v is: the text of an operand, or
// {"desc": text}.
func orderingOf(v Value) (o ordering, err error) {
	if falling, ok := v.Get(orderFalling); ok && v.Len() == 1 {
		o.descending, v = true, falling
	}
	if v.Kind() != String {
		return o, fmt.Errorf("want the path to order by, or {%q: path}, not %.40s: %w", orderFalling, v, ErrInvalid)
	}
	o.by, err = operandOf(v.Str())
	return o, err
}

// cursorOf returns the values of a cursor, of which the last one is a key.
func cursorOf(v Value) ([]Value, error) {
	v, err := literal(v)
	if err != nil {
		return nil, err
	}
	values := v.elements()
	if len(values) == 0 || values[len(values)-1].Kind() != String {
		return nil, fmt.Errorf("want an array of values that ends with a key, not %.40s: %w", v, ErrInvalid)
	}
	return values, nil
}

// countOf returns a number of children.
func countOf(v Value) (int, error) {
	n := v.Int()
	if v.Kind() != Int || n < 0 || n > math.MaxInt32 {
		return 0, fmt.Errorf("want a whole number from 0 to %d, not %.40s: %w", math.MaxInt32, v, ErrInvalid)
	}
	return int(n), nil
}

// members returns the fields of the form, in the order of their keys.
func (s *selection) members() []member {
	var members []member
	add := func(given bool, key string, value Value) {
		if given {
			members = append(members, member{key, value})
		}
	}
	// In the order of CompareKeys.
	add(s.after != nil, selectAfter, arrayOf(s.after))
	add(s.keyed, selectKeyed, BoolValue(true))
	add(s.limit != noLimit, selectLimit, IntValue(int64(s.limit)))
	add(s.match != nil, selectMatch, StringValue(s.match.String()))
	add(s.offset > 0, selectOffset, IntValue(int64(s.offset)))
	add(len(s.order) > 0, selectOrder, orderValue(s.order))
	add(s.where != nil, selectWhere, s.where.value())
	return members
}

func orderValue(order []ordering) Value {
	list := make([]Value, 0, len(order))
	for _, o := range order {
		text := StringValue(o.by.String())
		if o.descending {
			text = objectOf([]member{{orderFalling, text}})
		}
		list = append(list, text)
	}
	return arrayOf(list)
}
