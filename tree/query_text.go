package tree

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ParseQueryText reads a query from the form in which people write it on a
// command line:
//
//	users.anna                                 the whole value at a path; "." is the root
//	users.anna {}                              its children that are leaves
//	users.anna {name, address {city}}          some of its children
//	users[] {name}                             {name} of each of the children of users
//	users[] $value                             the whole values of them all
//	users[] $key                               their keys
//	users[age >= 18 or role = "admin"] $count  how many there are of these
//	users[role = "user" order team, -age limit 10] {name, team}
//	users[match *.tags.** limit 5] $key        the paths of some of all that match beneath
//
// It has all that ParseQuery has and means the same. In EBNF, where white space
// separates words and may stand anywhere else but in a path or pattern:
//
//	query     = path [ fields | map ] | fields | map .       without a shape the whole value
//	shape     = fields | map | "$value" .                    all of it
//	fields    = "{" [ field { "," field } ] "}" .            {} are the leaves
//	field     = ( key | "#" ) [ shape ] .                    without a shape its leaves
//	map       = "[" [ condition ] { clause } "]" [ "$key" | "$count" | shape ] .
//	clause    = "match" pattern | "order" by { "," by } | "after" value
//	          | "offset" number | "limit" number | "keyed" .
//	by        = [ "-" ] operand .                            with - from the greatest down
//	condition = all { "or" all } .
//	all       = one { "and" one } .
//	one       = "not" one | "(" [ condition ] ")" | operand test .
//	test      = ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "prefix" ) value
//	          | "exists" | "missing" .
//	operand   = path | "$key" .
//	path      = "." | key { "." key } .
//	pattern   = ( key | "*" | "**" ) { "." ( key | "*" | "**" ) } .
//
// Values and numbers are JSON, so strings have quotes. Keys are those of ParsePath:
// in quotes where they would be ambiguous, and here also where they have one of
// = < > ! in them, begin with - or $, or are as an operand one of the words and,
// or, not, match, order, after, offset, limit and keyed. () always holds.
//
// Anything else is an error that wraps ErrInvalid, or ErrTooLarge beyond the
// limits of ParseQuery. It names the column, in characters from 1, and what was
// expected there; or, if only the JSON of the query would nest too deep, its byte.
func ParseQueryText(text string) (Query, error) {
	r := textReader{text: text, src: []byte(text)}
	q := r.query()
	if r.err != nil {
		return Query{}, r.err
	}
	return q.checked()
}

// The words of the text form that are not those of a form in JSON.
const (
	textAnd, textOr, textNot = "and", "or", "not"
	textExists, textMissing  = "exists", "missing"
	textSelf                 = "." // the path without keys
)

// textClauses are the words that begin a clause, and textWords all that can stand
// where an operand does.
var (
	textClauses = []string{selectMatch, selectOrder, selectAfter, selectOffset, selectLimit, selectKeyed}
	textWords   = append([]string{textAnd, textOr, textNot}, textClauses...)
)

// isTextBare reports whether key stands for itself in a text.
func isTextBare(key string) bool {
	return isBare(key) && !strings.ContainsAny(key, textStops) && key[0] != '-' && key[0] != '$'
}

// query reads all of the text.
func (r *textReader) query() (q Query) {
	if !utf8.ValidString(r.text) {
		r.fail(0, fmt.Errorf("text is not UTF-8: %w", ErrInvalid))
	}
	if !r.atShape() {
		q.at = r.path()
	}
	if r.atShape() {
		q.shape = r.shape()
	}
	if r.peek(); r.at < len(r.text) {
		r.want("{, [ or the end")
	}
	return q
}

// path reads a path.
func (r *textReader) path() Path {
	token, at := r.take()
	if token == textSelf {
		return nil
	}
	if token == "" {
		r.want("a path, . for the root, { or [")
	}
	p, err := ParsePath(token)
	r.fail(at, err)
	return p
}

// key reads the key of a field.
func (r *textReader) key() (key string, at int) {
	token, at := r.take()
	switch token {
	case "":
		r.want("a key")
		return "", at
	case anchorKey:
		return anchorKey, at
	}
	p, err := ParsePath(token)
	if err == nil && len(p) != 1 {
		err = fmt.Errorf("want one key, not the path %.40s, whose fields stand in { }: %w", token, ErrInvalid)
	}
	if r.fail(at, err); err != nil {
		return "", at
	}
	return p[0], at
}

func (r *textReader) atShape() bool { c := r.peek(); return c == '{' || c == '[' }

// shape reads a shape, which is that of leaves if none comes next.
func (r *textReader) shape() *shape {
	r.enter()
	defer r.leave()
	switch {
	case r.accept('['):
		return r.mapShape()
	case r.acceptWord(valueForm):
		return nil
	case r.accept('{') && !r.accept('}'):
		return r.fields()
	}
	return &shape{form: formLeaves}
}

// fields reads fields up to the brace behind them.
func (r *textReader) fields() *shape {
	s := &shape{form: formFields}
	keys := make(map[string]bool)
	for more := true; more; more = r.accept(',') {
		key, at := r.key()
		if keys[key] {
			r.fail(at, fmt.Errorf("key %.40q is there twice: %w", key, ErrInvalid))
		}
		keys[key] = true
		s.fields = append(s.fields, field{key, r.shape()})
	}
	if !r.accept('}') {
		r.want("{, [, a comma or }")
	}
	slices.SortFunc(s.fields, func(a, b field) int { return CompareKeys(a.key, b.key) })
	return s
}

// mapShape reads a map behind its bracket.
func (r *textReader) mapShape() *shape {
	s := &shape{form: formEach, which: r.selection()}
	r.peek()
	at := r.at
	switch {
	case r.acceptWord(keyForm):
		s.form = formKeys
	case r.acceptWord(countForm):
		s.form = formCount
	default:
		s.each = r.shape()
	}
	r.fail(at, s.checkKeyed())
	return s
}

// selection reads a selection, and the bracket behind it.
func (r *textReader) selection() *selection {
	s := &selection{limit: noLimit}
	if r.peek() != ']' && !slices.Contains(textClauses, r.token()) {
		s.where = r.condition()
	}
	places := make(map[string]int)
	for r.err == nil && !r.accept(']') {
		word, at := r.take()
		if _, twice := places[word]; twice {
			r.fail(at, fmt.Errorf("%s is there twice: %w", word, ErrInvalid))
		}
		places[word] = at
		r.clause(s, word, at)
	}
	r.fail(places[selectAfter], s.goOn())
	return s.orNone()
}

// clause reads the clause that begins with a word, which stands at a byte.
func (r *textReader) clause(s *selection, word string, at int) {
	var given Value
	switch word {
	case selectOrder:
		s.order = r.order()
		return
	case selectMatch:
		var token string
		token, at = r.take()
		given = StringValue(token)
	case selectKeyed:
		given = BoolValue(true)
	case selectAfter, selectOffset, selectLimit:
		r.peek()
		at = r.at
		given = r.value()
	default:
		r.at = at
		r.want("and, or, " + strings.Join(textClauses, ", ") + " or ]")
	}
	if r.err == nil {
		r.fail(at, s.read(word, given))
	}
}

// order reads what to order by.
func (r *textReader) order() []ordering {
	var order []ordering
	for more := true; more; more = r.accept(',') {
		order = append(order, ordering{descending: r.accept('-'), by: r.operand()})
	}
	return order
}

// operand reads an operand.
func (r *textReader) operand() operand {
	token, at := r.take()
	switch {
	case token == "":
		r.want(`the path of a field, . or $key`)
		return operand{}
	case token == textSelf:
		return operand{}
	case slices.Contains(textWords, token):
		r.fail(at, fmt.Errorf("want the path of a field; the key %s stands in quotes: %w", token, ErrInvalid))
	}
	o, err := operandOf(token)
	r.fail(at, err)
	return o
}

// condition reads conditions of which one is to hold.
func (r *textReader) condition() condition {
	either := []condition{r.all()}
	for r.acceptWord(textOr) {
		either = append(either, r.all())
	}
	return anyOf(either...)
}

// all reads conditions that are all to hold.
func (r *textReader) all() condition {
	all := []condition{r.one()}
	for r.acceptWord(textAnd) {
		all = append(all, r.one())
	}
	return allOf(all...)
}

// one reads a test, a negation or what stands in parentheses.
func (r *textReader) one() condition {
	r.enter()
	defer r.leave()
	switch {
	case r.acceptWord(textNot):
		return not(r.one())
	case !r.accept('('):
		return r.comparison()
	case r.accept(')'):
		return nil
	}
	c := r.condition()
	if !r.accept(')') {
		r.want("and, or or )")
	}
	return c
}

// comparison reads an operand and what it is to pass.
func (r *textReader) comparison() condition {
	about := r.operand()
	operator := r.operator()
	r.peek()
	at := r.at
	var given Value
	switch operator {
	case textExists, textMissing:
		operator, given = textExists, BoolValue(operator == textExists)
	default:
		given = r.value()
		if r.err == nil {
			r.fail(at, checkTest(operator, given))
		}
	}
	return condition{{word: about.String(), about: about, tests: []test{newTest(operator, given)}}}
}

// textOperators are the operators, each before those that it begins with.
var textOperators = []string{"!=", "<=", ">=", "<", ">", "=", operatorIn, "prefix", textExists, textMissing}

// operator reads an operator: a word, or signs that stand for themselves.
func (r *textReader) operator() string {
	word := r.token()
	for _, operator := range textOperators {
		if word == operator || word == "" && strings.HasPrefix(r.text[r.at:], operator) {
			r.at += len(operator)
			return operator
		}
	}
	r.want("one of the operators " + strings.Join(textOperators, " "))
	return ""
}
