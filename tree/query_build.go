package tree

import (
	"fmt"
	"maps"
	"slices"
)

// Select returns the query that wants a shape, and not what q wants, of the item at
// the path of q:
//
//	tree.Subtree(tree.Path{"users"}).Select(
//		tree.Each(tree.Fields("name", "team")).
//			Where(tree.Field("age").AtLeast(18)).
//			OrderBy("team").
//			Limit(10))
//
// is the query users[age >= 18 order team limit 10] {name, team}. Shapes have all
// forms that ParseQuery has; beside it the whole value is Subtree. What is wrong
// with any part of the shape is an error here, as ParseQuery gives it.
func (q Query) Select(shape Shape) (Query, error) {
	if err := q.at.Validate(); err != nil {
		return Query{}, fmt.Errorf("query: %w", err)
	}
	form, err := formOf(shape)
	if err != nil {
		return Query{}, err
	}
	selected, err := NewQuery(form)
	if err != nil {
		return Query{}, err
	}
	return selected.At(q.at).checked()
}

// Shape is what a query wants of one item: what Fields, Each, Keys and Count
// return. Shapes are immutable. Nil stands for Fields().
type Shape interface {
	// form returns what NewQuery takes for the shape.
	form() (any, error)
}

func formOf(s Shape) (any, error) {
	if s == nil {
		return FieldShape{}.form()
	}
	return s.form()
}

// FieldShape wants some children, each in a shape of its own.
type FieldShape struct{ fields map[string]Shape }

// Fields wants the children with these keys: leaves as they are, and of others
// their leaves. Without keys it wants all children that are leaves.
func Fields(keys ...string) FieldShape {
	var s FieldShape
	for _, key := range keys {
		s = s.With(key, nil)
	}
	return s
}

// With returns s that also wants a shape of the child with that key. The key "#"
// stands for the root of the tree.
func (s FieldShape) With(key string, shape Shape) FieldShape {
	fields := maps.Clone(s.fields)
	if fields == nil {
		fields = make(map[string]Shape, 1)
	}
	fields[key] = shape
	return FieldShape{fields}
}

func (s FieldShape) form() (any, error) {
	form := make(map[string]any, len(s.fields))
	for _, key := range slices.SortedFunc(maps.Keys(s.fields), CompareKeys) {
		var err error
		if key == mapKey { // which would make a map of it
			err = checkKey(key)
		} else {
			form[key], err = formOf(s.fields[key])
		}
		if err != nil {
			return nil, errNested("query", key, err)
		}
	}
	return form, nil
}

// Whole wants all that stands there, as Subtree does.
func Whole() Shape { return wholeShape{} }

type wholeShape struct{}

func (wholeShape) form() (any, error) { return valueForm, nil }

// MapShape wants something of all children, or of those that are selected.
// Methods return a changed copy.
type MapShape struct {
	word    string // keyForm, countForm, or none
	each    Shape  // if there is no word
	where   []any
	order   []any
	clauses map[string]any
}

// Each wants a shape of each child, as an array.
func Each(shape Shape) MapShape { return MapShape{each: shape} }

// Keys wants the keys of the children.
func Keys() MapShape { return MapShape{word: keyForm} }

// Count wants to know how many children there are.
func Count() MapShape { return MapShape{word: countForm} }

// Where selects the children for which all these conditions hold, and those that
// were given before.
func (m MapShape) Where(conditions ...Condition) MapShape {
	m.where = slices.Concat(m.where, formsOf(conditions))
	return m
}

// OrderBy orders by what stands at paths beneath the children, after what was
// given before. The paths are those of Field.
func (m MapShape) OrderBy(paths ...string) MapShape {
	for _, path := range paths {
		m.order = append(slices.Clip(m.order), path)
	}
	return m
}

// OrderByDescending is OrderBy from the greatest down.
func (m MapShape) OrderByDescending(paths ...string) MapShape {
	for _, path := range paths {
		m.order = append(slices.Clip(m.order), map[string]any{orderFalling: path})
	}
	return m
}

// After selects what comes after a child: the values that it is ordered by, []any{}
// for one that is missing, and its key.
func (m MapShape) After(values ...any) MapShape { return m.with(selectAfter, values) }

// Offset leaves out the first n.
func (m MapShape) Offset(n int) MapShape { return m.with(selectOffset, n) }

// Limit selects no more than n.
func (m MapShape) Limit(n int) MapShape { return m.with(selectLimit, n) }

// Keyed gives an object by the keys instead of an array.
func (m MapShape) Keyed() MapShape { return m.with(selectKeyed, true) }

// Match is about the items beneath whose paths match a pattern, such as
// "*.tags.**", instead of children.
func (m MapShape) Match(pattern string) MapShape { return m.with(selectMatch, pattern) }

func (m MapShape) with(clause string, given any) MapShape {
	clauses := maps.Clone(m.clauses)
	if clauses == nil {
		clauses = make(map[string]any, 1)
	}
	clauses[clause] = given
	m.clauses = clauses
	return m
}

func (m MapShape) form() (any, error) {
	if len(m.where) > 0 {
		m = m.with(selectWhere, map[string]any{wordAnd: m.where})
	}
	if len(m.order) > 0 {
		m = m.with(selectOrder, m.order)
	}
	if m.word != "" {
		return m.with(mapKey, m.word).clauses, nil
	}
	each, err := formOf(m.each)
	if err != nil {
		return nil, errNested("query", mapKey, err)
	}
	return m.with(mapKey, each).clauses, nil
}

// Condition is what a map demands of a child for it to be selected. The zero
// Condition always holds.
type Condition struct{ form map[string]any }

// And holds when all conditions do. It needs at least one.
func And(conditions ...Condition) Condition {
	return Condition{map[string]any{wordAnd: formsOf(conditions)}}
}

// Or holds when one of the conditions does. It needs at least one.
func Or(conditions ...Condition) Condition {
	return Condition{map[string]any{wordOr: formsOf(conditions)}}
}

// Not holds when c does not.
func Not(c Condition) Condition { return Condition{map[string]any{wordNot: c.form}} }

func formsOf(conditions []Condition) []any {
	forms := make([]any, 0, len(conditions))
	for _, c := range conditions {
		forms = append(forms, c.form)
	}
	return forms
}

// Operand is the value in each child that conditions compare with one that ValueOf
// takes, by the operators of ParseQuery.
type Operand struct{ text string }

// Field is what stands at a path beneath the child, whose text it is given, as
// ParsePath reads it. The empty one is the child itself, "$key" its key.
func Field(path string) Operand { return Operand{path} }

// Equals is =.
func (o Operand) Equals(v any) Condition { return o.test("=", v) }

// Differs is !=, which also holds for what is missing.
func (o Operand) Differs(v any) Condition { return o.test("!=", v) }

// Below is <.
func (o Operand) Below(v any) Condition { return o.test("<", v) }

// AtMost is <=.
func (o Operand) AtMost(v any) Condition { return o.test("<=", v) }

// Above is >.
func (o Operand) Above(v any) Condition { return o.test(">", v) }

// AtLeast is >=.
func (o Operand) AtLeast(v any) Condition { return o.test(">=", v) }

// In holds for what equals one of the values.
func (o Operand) In(values ...any) Condition { return o.test(operatorIn, values) }

// HasPrefix holds for strings that begin like this.
func (o Operand) HasPrefix(prefix string) Condition { return o.test("prefix", prefix) }

// Exists holds for what is there.
func (o Operand) Exists() Condition { return o.test("exists", true) }

// Missing holds for what is not there.
func (o Operand) Missing() Condition { return o.test("exists", false) }

func (o Operand) test(operator string, v any) Condition {
	if o.text == wordAnd || o.text == wordOr || o.text == wordNot {
		return Condition{map[string]any{o.text: nil}} // no operand, which Select then says
	}
	return Condition{map[string]any{o.text: map[string]any{operator: v}}}
}
