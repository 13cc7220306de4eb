package tree

import "fmt"

// What stands for itself in the text of a query.
const (
	keyForm   = "$key"   // {"_": "$key"}: keys of children
	countForm = "$count" // {"_": "$count"}: their number
	valueForm = "$value" // in the place of a shape: all that stands there
	atForm    = "$at"    // {"_": "$at", "path": ..., "query": ...}: evaluated at a path
	pathField = "path"   // of atForm: the path as text, required
	bodyField = "query"  // of atForm: the shape; without it, the whole value
)

// ParseQuery reads a query from JSON. The forms, each about one item that is an
// array or an object:
//
//	1 or {}              an object of the children that are leaves
//	"$value"             all of it, as it stands there
//	{"_": "$key"}        an array of the keys of its children
//	{"_": "$count"}      how many children it has
//	{"_": query}         an array of what query gives for each child
//	{"a": query, ...}    an object of what the queries give for these children
//	{"#": query, ...}    beside other keys, at any depth: what query gives for the root
//
// The outermost form may also be {"_": "$at", "path": "a.b", "query": query},
// as At gives it, and the same without "query", as Subtree gives it. Anything
// else is an error with the position, which wraps ErrInvalid, or ErrTooLarge
// for a key that is too long and for nesting deeper than MaxDepth.
//
// Beside "_" a map may say which children it is about:
//
//	"where": {"age": {">=": 18}, "role": "admin"}   those for which all of this holds
//	"order": ["team", {"desc": "age"}]              ordered by this, and then by their keys
//	"offset": 20, "limit": 10                       without the first so many, and no more than so many
//	"after": ["red", 41, "anna"]                    only what comes after these values of the order and this key
//	"keyed": true                                   the result is an object, by their keys
//	"match": "*.tags.**"                            what matches beneath, instead of children
//
// In where and order stand paths beneath the child, as ParsePath reads them; the
// empty one is the child itself, and "$key" its key. A value is to be equal; an
// object has operators: = != < <= > >= compare (numbers of both kinds with each
// other, else only values of one kind), "in" takes an array, "prefix" the
// beginning of a string, "exists" a bool. What is missing passes only != and
// "exists": false. Conditions are joined by {"$and": [c, ...]}, {"$or": [c, ...]}
// and {"$not": c}; of these the canonical form has "$and" only for what an object
// has no place for. In an order what is missing comes first, then null, bools,
// numbers, strings, bytes, links by their paths, and then arrays and objects,
// which are not ordered among themselves; in "after" [] stands for what is
// missing.
//
// With "match" all of this is about the items beneath whose paths from there
// match a pattern: the text of a path in which * stands for one key and ** for
// any number of keys, also none, and "*" and "**" in quotes for themselves. Each
// item is there once, in the order of paths, a parent before what is beneath it.
// Its key, be it as "$key", in "after" or with "keyed", is the text of its path.
// The pattern * is that of all children, and so says nothing. Patterns, like
// paths, do not go through links.
//
// Where a link stands, a form is asked of what it leads to, as if that stood
// there with the key of the link. A link to a link leads on, at most MaxDepth
// times. What leads nowhere is missing: from an object, from a map and its
// "offset" and "limit", and for a condition and an order. Only "$count" without
// anything beside it counts it. Paths in where and order go through links, too;
// with a link, as in {"owner": {"_": "$ref", "path": "users.anna"}}, the link
// itself is compared. No link is followed on the way to the path of "$at" nor to
// that of a link, nor in a whole value, which has the links in it.
func ParseQuery(json []byte) (Query, error) {
	v, err := queryRules.parseJSON(json, 0)
	if err != nil {
		return Query{}, fmt.Errorf("query: %w", err)
	}
	return queryOf(v)
}

// NewQuery returns the query whose form v is, as plain Go data or anything else
// that ValueOf takes: map[string]any{"items": 1} is {"items": 1}. Errors are
// those of ParseQuery.
func NewQuery(v any) (Query, error) {
	value, err := queryRules.valueOf(v, 0)
	if err != nil {
		return Query{}, fmt.Errorf("query: %w", err)
	}
	return queryOf(value)
}

// queryOf returns the query whose form v is.
func queryOf(v Value) (Query, error) {
	if form, _ := v.Get(mapKey); form.Str() == atForm {
		return queryAt(v)
	}
	s, err := shapeOf(v)
	if err != nil {
		return Query{}, err
	}
	return Query{shape: s}.checked()
}

// checked returns q if its canonical JSON is within the limits, as that of every
// query has to be: it may nest deeper than what q was read from.
func (q Query) checked() (Query, error) {
	if _, err := queryRules.parseJSON([]byte(q.String()), 0); err != nil {
		return Query{}, fmt.Errorf("query, written as %.40s...: %w", q, err)
	}
	return q, nil
}

// queryAt reads the form that has a path.
func queryAt(v Value) (Query, error) {
	var q Query
	for key, value := range v.Members() {
		var err error
		switch {
		case key == mapKey:
		case key == pathField && value.Kind() == String:
			q.at, err = ParsePath(value.Str())
		case key == bodyField:
			q.shape, err = shapeOf(value)
		default:
			err = fmt.Errorf("beside %q there is only %q, a string, and %q: %w", atForm, pathField, bodyField, ErrInvalid)
		}
		if err != nil {
			return Query{}, errNested("query", key, err)
		}
	}
	if _, found := v.Get(pathField); !found {
		return Query{}, queryError(fmt.Sprintf("%q needs a %q", atForm, pathField))
	}
	return q.checked()
}

// shapeOf returns the shape whose form v is.
func shapeOf(v Value) (*shape, error) {
	if v.Str() == valueForm {
		return nil, nil
	}
	if isOne(v) || v.Kind() == Object && v.Len() == 0 {
		return &shape{form: formLeaves}, nil
	}
	if v.Kind() != Object {
		return nil, queryError(fmt.Sprintf("want 1, %q or an object, not %.40s", valueForm, v))
	}
	if inner, found := v.Get(mapKey); found {
		return mapShapeOf(v, inner)
	}
	s := &shape{form: formFields, fields: make([]field, 0, v.Len())}
	for key, value := range v.Members() {
		inner, err := shapeOf(value)
		if err != nil {
			return nil, errNested("query", key, err)
		}
		s.fields = append(s.fields, field{key, inner})
	}
	return s, nil
}

// mapShapeOf returns the shape of the map v, which is about children and wants
// inner of them.
func mapShapeOf(v, inner Value) (*shape, error) {
	which, err := selectionOf(v)
	if err != nil {
		return nil, err
	}
	s := &shape{form: formEach, which: which}
	switch inner.Str() {
	case keyForm:
		s.form = formKeys
	case countForm:
		s.form = formCount
	}
	if err := s.checkKeyed(); err != nil {
		return nil, errNested("query", selectKeyed, err)
	}
	if s.form != formEach {
		return s, nil
	}
	if s.each, err = shapeOf(inner); err != nil {
		return nil, errNested("query", mapKey, err)
	}
	return s, nil
}

// checkKeyed refuses a map whose result is to be by keys, but has none.
func (s *shape) checkKeyed() error {
	if s.form != formEach && s.which != nil && s.which.keyed {
		return fmt.Errorf("a result of %q or %q has no keys: %w", keyForm, countForm, ErrInvalid)
	}
	return nil
}

// isOne reports whether v is the number 1 in either kind.
func isOne(v Value) bool { return v.Int() == 1 || v.Float() == 1 }

// queryError returns an error about the outermost form; its position grows as
// it is passed up.
func queryError(text string) error {
	return &PathError{Op: "query", Err: fmt.Errorf("%s: %w", text, ErrInvalid)}
}

// String returns the canonical JSON of q.
func (q Query) String() string { return q.value().String() }

// MarshalJSON returns the canonical JSON of q, which ParseQuery reads back as
// the same query. Equal queries have the same text.
func (q Query) MarshalJSON() ([]byte, error) { return q.value().MarshalJSON() }

// UnmarshalJSON sets q to what ParseQuery reads from data.
func (q *Query) UnmarshalJSON(data []byte) (err error) {
	*q, err = ParseQuery(data)
	return err
}

// value returns the form of q.
func (q Query) value() Value {
	if q.shape != nil && len(q.at) == 0 {
		return q.shape.value()
	}
	// These keys are in the order of CompareKeys.
	members := []member{{mapKey, StringValue(atForm)}, {pathField, StringValue(q.at.String())}}
	if q.shape != nil {
		members = append(members, member{bodyField, q.shape.value()})
	}
	return objectOf(members)
}

// value returns the form of s.
func (s *shape) value() Value {
	if s == nil {
		return StringValue(valueForm)
	}
	switch s.form {
	case formLeaves:
		return IntValue(1)
	case formKeys:
		return s.mapValue(StringValue(keyForm))
	case formCount:
		return s.mapValue(StringValue(countForm))
	case formEach:
		return s.mapValue(s.each.value())
	}
	members := make([]member, 0, len(s.fields))
	for _, f := range s.fields {
		members = append(members, member{f.key, f.shape.value()})
	}
	return objectOf(members)
}

// mapValue returns the form of a map that wants inner.
func (s *shape) mapValue(inner Value) Value {
	members := []member{{mapKey, inner}}
	if s.which != nil {
		members = append(members, s.which.members()...)
	}
	return objectOf(members)
}
