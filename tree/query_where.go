package tree

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// condition is what a map demands of a child for it to be in the result: all of
// its terms, sorted by their words, of which each operand has one. It is
// immutable.
type condition []term

// term is one demand: of the value of an operand, or of conditions.
type term struct {
	word  string      // as it is written: "$or", "$not", or the text of the operand
	about operand     // unless word is one of those two
	tests []test      // of the operand, sorted by operator; all must hold
	of    []condition // of "$or" and "$not"
}

// What joins conditions, in the place of an operand.
const (
	wordAnd = "$and"
	wordOr  = "$or"
	wordNot = "$not"
)

// operand is where the value that is tested, or ordered by, stands: at a path
// beneath the child, or in its key.
type operand struct {
	key  bool
	path Path
}

// test compares the value of an operand with one that the query gives.
type test struct {
	operator string
	value    Value
	sorted   []Value // of "in": the elements of the value, sorted by compareContent
}

// operators says whether what is there passes a test. Where there is nothing, it
// passes no test but that for it, and "!=".
var operators = map[string]func(f finding, t test) bool{
	"=":      func(f finding, t test) bool { return f.is(t.value) },
	"!=":     func(f finding, t test) bool { return !f.is(t.value) },
	"<":      ordered(func(order int) bool { return order < 0 }),
	"<=":     ordered(func(order int) bool { return order <= 0 }),
	">":      ordered(func(order int) bool { return order > 0 }),
	">=":     ordered(func(order int) bool { return order >= 0 }),
	"in":     isIn,
	"prefix": hasPrefix,
	"exists": func(f finding, t test) bool { return f.exists == t.value.Bool() },
}

// ordered is the operator of values of one kind that have an order.
func ordered(holds func(order int) bool) func(finding, test) bool {
	return func(f finding, t test) bool {
		found, exists := f.against(t.value)
		return exists && orderedKind(found) == orderedKind(t.value) && holds(compareValues(found, t.value))
	}
}

// isIn is finding.is for one of the elements. What a link leads to is no link, so
// each of the two can only be one of those that it is compared with.
func isIn(f finding, t test) bool {
	return f.exists && t.has(f.value) || f.link != nil && t.has(f.link.value)
}

// has reports whether one of the sorted elements has the same content as v.
func (t test) has(v Value) bool {
	_, found := slices.BinarySearchFunc(t.sorted, v, compareContent)
	return found
}

func hasPrefix(f finding, t test) bool {
	return f.exists && f.value.Kind() == String && strings.HasPrefix(f.value.Str(), t.value.Str())
}

// sameContent is Equal, but that a number is one whatever its kind.
func sameContent(a, b Value) bool {
	if isNumeric(a) && isNumeric(b) {
		return compareNumbers(a, b) == 0
	}
	return a.Equal(b)
}

// compareContent is compareValues, but that it orders arrays and objects too, so
// that it gives 0 for the same content alone.
func compareContent(a, b Value) int {
	if by := compareValues(a, b); by != 0 || a.Kind() < Array {
		return by
	}
	return strings.Compare(a.String(), b.String())
}

func isNumeric(v Value) bool { return v.Kind() == Int || v.Kind() == Float }

// orderedKind is the place of a kind among all, in the order in which a result
// is sorted. Both kinds of numbers have one place, and so have arrays and
// objects, which are not ordered among themselves.
func orderedKind(v Value) int {
	switch v.Kind() {
	case Null:
		return 1
	case Bool:
		return 2
	case Int, Float:
		return 3
	case String:
		return 4
	case Bytes:
		return 5
	case Link:
		return 6
	}
	return 7
}

// compareValues orders two values: by the places of their kinds, and then by
// what they are.
func compareValues(a, b Value) int {
	if by := orderedKind(a) - orderedKind(b); by != 0 {
		return by
	}
	switch a.Kind() {
	case Bool:
		return boolOrder(a.Bool()) - boolOrder(b.Bool())
	case Int, Float:
		return compareNumbers(a, b)
	case String:
		return strings.Compare(a.Str(), b.Str())
	case Bytes:
		return strings.Compare(a.rawBytes(), b.rawBytes())
	case Link:
		return comparePaths(a.target(), b.target())
	}
	return 0
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareNumbers orders two numbers exactly: a float that is too large for an
// integer is beyond all of them, and else is compared by its whole part first.
func compareNumbers(a, b Value) int {
	switch {
	case a.Kind() == Int && b.Kind() == Int:
		return cmp.Compare(a.Int(), b.Int())
	case a.Kind() == Float && b.Kind() == Float:
		return cmp.Compare(a.Float(), b.Float())
	case a.Kind() == Float:
		return -compareNumbers(b, a)
	}
	whole, fraction := math.Modf(b.Float())
	switch {
	case whole >= 1<<63:
		return -1
	case whole < -1<<63:
		return 1
	case a.Int() != int64(whole):
		return cmp.Compare(a.Int(), int64(whole))
	}
	return cmp.Compare(0, fraction)
}

// of returns the value of the operand in a child; it is false when nothing is
// there.
func (o operand) of(e *evaluation, child *record) (Value, bool) {
	f := o.find(e, child)
	return f.value, f.exists
}

// holds reports whether all demands are met by a child.
func (c condition) holds(e *evaluation, child *record) bool {
	for _, t := range c {
		if !t.holds(e, child) {
			return false
		}
	}
	return true
}

func (t term) holds(e *evaluation, child *record) bool {
	holds := func(c condition) bool { return c.holds(e, child) }
	switch t.word {
	case wordOr:
		return slices.ContainsFunc(t.of, holds)
	case wordNot:
		return !holds(t.of[0])
	}
	found := t.about.find(e, child)
	for i, test := range t.tests {
		if i > 0 && !e.spend(1) || !operators[test.operator](found, test) {
			return false
		}
	}
	return true
}

// conditionOf returns the condition whose form v is.
func conditionOf(v Value) (condition, error) {
	if v.Kind() != Object {
		return nil, queryError(fmt.Sprintf("want an object of conditions, not %.40s", v))
	}
	var own, inner []condition // of the members of v, and of what stands under "$and"
	for word, of := range v.Members() {
		var one condition
		var err error
		if word == wordAnd {
			inner, err = conditionsOf(of)
		} else {
			one, err = memberOf(word, of)
		}
		if err != nil {
			return nil, errNested("query", word, err)
		}
		own = append(own, one)
	}
	return allOf(append(own, inner...)...), nil
}

// memberOf returns the condition whose form a member of an object is.
func memberOf(word string, of Value) (condition, error) {
	switch word {
	case wordNot:
		c, err := conditionOf(of)
		return not(c), err
	case wordOr:
		list, err := conditionsOf(of)
		return anyOf(list...), err
	}
	about, err := operandOf(word)
	if err != nil {
		return nil, err
	}
	tests, err := testsOf(of)
	return condition{{word: about.String(), about: about, tests: tests}}, err
}

// allOf returns the condition that demands all of these. What they demand of one
// operand comes together, and is otherwise as they have it.
func allOf(conditions ...condition) condition {
	terms := slices.Concat(conditions...)
	slices.SortStableFunc(terms, func(a, b term) int { return CompareKeys(a.word, b.word) })
	c := make(condition, 0, len(terms))
	for _, t := range terms {
		if last := len(c) - 1; last >= 0 && t.of == nil && c[last].word == t.word {
			c[last].tests = append(c[last].tests, t.tests...)
		} else {
			t.tests = slices.Clone(t.tests)
			c = append(c, t)
		}
	}
	for _, t := range c {
		slices.SortStableFunc(t.tests, func(a, b test) int { return CompareKeys(a.operator, b.operator) })
	}
	return c
}

// anyOf returns the condition that demands one of these.
func anyOf(conditions ...condition) condition {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return condition{{word: wordOr, of: conditions}}
}

// not returns the condition that demands what c does not.
func not(c condition) condition { return condition{{word: wordNot, of: []condition{c}}} }

func conditionsOf(v Value) ([]condition, error) {
	if v.Kind() != Array || v.Len() == 0 {
		return nil, queryError(fmt.Sprintf("want an array of conditions, not %.40s", v))
	}
	list := make([]condition, 0, v.Len())
	for i, element := range v.Elements() {
		c, err := conditionOf(element)
		if err != nil {
			return nil, errNested("query", indexKey(i), err)
		}
		list = append(list, c)
	}
	return list, nil
}

// operandOf returns the operand whose text it is: "$key", or that of a path,
// which is empty for the child itself.
func operandOf(text string) (operand, error) {
	if text == keyForm {
		return operand{key: true}, nil
	}
	if strings.HasPrefix(text, "$") {
		return operand{}, queryError(fmt.Sprintf("%.40q is unknown; a key that begins with $ stands in quotes", text))
	}
	path, err := ParsePath(text)
	return operand{path: path}, err
}

// String is the inverse of operandOf.
func (o operand) String() string {
	if o.key {
		return keyForm
	}
	text := o.path.String()
	if strings.HasPrefix(text, "$") {
		first := o.path[:1].String()
		return string(appendQuoted(nil, o.path[0])) + text[len(first):]
	}
	return text
}

// testsOf returns the tests whose form v is: an object of operators, or a value
// that is to be equal.
func testsOf(v Value) ([]test, error) {
	if _, special := v.Get(mapKey); special || v.Kind() != Object {
		value, err := literal(v)
		return []test{{operator: "=", value: value}}, err
	}
	if v.Len() == 0 {
		return nil, queryError("no operator is given")
	}
	tests := make([]test, 0, v.Len())
	for operator, given := range v.Members() {
		value, err := literal(given)
		var one test
		if err == nil {
			one, err = newTest(operator, value)
		}
		if err != nil {
			return nil, errNested("query", operator, err)
		}
		tests = append(tests, one)
	}
	return tests, nil
}

// literal returns the value that stands in a query as itself: one that a tree
// may have, bytes and links in their forms in JSON.
func literal(v Value) (Value, error) { return ParseJSON([]byte(v.String())) }

// newTest returns a test, or an error for one that no value could pass.
func newTest(operator string, value Value) (test, error) {
	t := test{operator: operator, value: value}
	if operator == "in" {
		t.sorted = slices.SortedFunc(slices.Values(value.elements()), compareContent)
	}
	return t, checkTest(operator, value)
}

// checkTest refuses a test that no value could pass.
func checkTest(operator string, value Value) error {
	var want string
	switch operator {
	case "<", "<=", ">", ">=":
		if orderedKind(value) == orderedKind(Value{}) || orderedKind(value) > orderedKind(LinkValue(nil)) {
			want = "a bool, a number, a string, bytes or a link"
		}
	case "in":
		if value.Kind() != Array {
			want = "an array"
		}
	case "prefix":
		if value.Kind() != String {
			want = "a string"
		}
	case "exists":
		if value.Kind() != Bool {
			want = "true or false"
		}
	case "=", "!=":
	default:
		return fmt.Errorf("unknown operator, known are = != < <= > >= in prefix exists: %w", ErrInvalid)
	}
	if want == "" {
		return nil
	}
	return fmt.Errorf("want %s, not %.40s: %w", want, value, ErrInvalid)
}

// value returns the form of the condition: an object of its terms. What finds no
// place in it, because an object has each key once, goes into others under
// "$and".
func (c condition) value() Value {
	var members []member
	for _, t := range c {
		for _, v := range t.values() {
			members = append(members, member{t.word, v})
		}
	}
	objects := objectsOf(members)
	if len(objects) == 1 {
		return objects[0]
	}
	first := append(slices.Clone(objects[0].members()), member{wordAnd, arrayOf(objects[1:])})
	sortMembers(first)
	return objectOf(first)
}

// values returns the forms of a term: several where its operand has an operator
// more than once.
func (t term) values() []Value {
	switch t.word {
	case wordNot:
		return []Value{t.of[0].value()}
	case wordOr:
		list := make([]Value, 0, len(t.of))
		for _, c := range t.of {
			list = append(list, c.value())
		}
		return []Value{arrayOf(list)}
	}
	members := make([]member, 0, len(t.tests))
	for _, test := range t.tests {
		members = append(members, member{test.operator, test.value})
	}
	return objectsOf(members)
}

// objectsOf returns as many objects as it takes to give each of the members,
// which are sorted, a place: equal keys go into one after the other. There is
// always one.
func objectsOf(members []member) []Value {
	objects := [][]member{nil}
	equal := 0 // how many before this one have its key
	for i, m := range members {
		if equal++; i == 0 || members[i-1].key != m.key {
			equal = 0
		}
		if equal == len(objects) {
			objects = append(objects, nil)
		}
		objects[equal] = append(objects[equal], m)
	}
	values := make([]Value, 0, len(objects))
	for _, members := range objects {
		values = append(values, objectOf(members))
	}
	return values
}
