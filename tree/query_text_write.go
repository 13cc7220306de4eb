package tree

import (
	"slices"
	"strconv"
	"strings"
)

// Text returns the canonical text of q on one line, which ParseQueryText reads
// back as the same query. Equal queries have the same text.
func (q Query) Text() string {
	path := textSelf
	if len(q.at) > 0 {
		path = q.at.text(isTextBare)
	}
	if q.shape == nil {
		return path
	}
	text := q.shape.text()
	if text == "" {
		text = " {}"
	}
	if len(q.at) == 0 {
		return strings.TrimPrefix(text, " ")
	}
	return path + text
}

// text returns the text of s behind that of a key, where leaves need none.
func (s *shape) text() string {
	if s == nil {
		return " " + valueForm
	}
	switch s.form {
	case formLeaves:
		return ""
	case formKeys:
		return s.which.text() + " " + keyForm
	case formCount:
		return s.which.text() + " " + countForm
	case formEach:
		return s.which.text() + s.each.text()
	}
	fields := make([]string, 0, len(s.fields))
	for _, f := range s.fields {
		key := f.key
		if key != anchorKey {
			key = Path{key}.text(isTextBare)
		}
		fields = append(fields, key+f.shape.text())
	}
	return " {" + strings.Join(fields, ", ") + "}"
}

// text returns the text of the selection with its brackets.
func (s *selection) text() string {
	if s == nil {
		return "[]"
	}
	var clauses []string
	add := func(given bool, parts ...string) {
		if given {
			clauses = append(clauses, parts...)
		}
	}
	add(s.where != nil, s.where.text())
	add(s.match != nil, selectMatch, s.match.text(isTextBare))
	add(len(s.order) > 0, selectOrder, orderText(s.order))
	add(s.after != nil, selectAfter, arrayOf(s.after).String())
	add(s.offset > 0, selectOffset, strconv.Itoa(s.offset))
	add(s.limit != noLimit, selectLimit, strconv.Itoa(s.limit))
	add(s.keyed, selectKeyed)
	return "[" + strings.Join(clauses, " ") + "]"
}

func orderText(order []ordering) string {
	list := make([]string, 0, len(order))
	for _, o := range order {
		text := o.by.text()
		if o.descending {
			text = "-" + text
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// text returns the text of an operand.
func (o operand) text() string {
	switch {
	case o.key:
		return keyForm
	case len(o.path) == 0:
		return textSelf
	case len(o.path) == 1 && slices.Contains(textWords, o.path[0]):
		return string(appendQuoted(nil, o.path[0]))
	}
	return o.path.text(isTextBare)
}

// text returns the text of the condition.
func (c condition) text() string {
	switch {
	case len(c) == 0:
		return "()"
	case len(c) == 1 && c[0].word == wordOr:
		return c[0].eitherText()
	}
	var all []string
	for _, t := range c {
		switch t.word {
		case wordOr:
			all = append(all, "("+t.eitherText()+")")
		case wordNot:
			all = append(all, textNot+" "+t.of[0].inParentheses())
		default:
			all = append(all, t.testTexts()...)
		}
	}
	return strings.Join(all, " "+textAnd+" ")
}

// eitherText returns the text of a term of which one condition is to hold. Those
// in it bind closer, unless they are such terms too.
func (t term) eitherText() string {
	either := make([]string, 0, len(t.of))
	for _, c := range t.of {
		if len(c) == 1 && c[0].word == wordOr {
			either = append(either, c.inParentheses())
		} else {
			either = append(either, c.text())
		}
	}
	return strings.Join(either, " "+textOr+" ")
}

func (c condition) inParentheses() string {
	if len(c) == 0 {
		return c.text()
	}
	return "(" + c.text() + ")"
}

// testTexts returns the texts of the tests of an operand.
func (t term) testTexts() []string {
	texts := make([]string, 0, len(t.tests))
	for _, test := range t.tests {
		text := t.about.text() + " "
		switch {
		case test.operator != textExists:
			text += test.operator + " " + test.value.String()
		case test.value.Bool():
			text += textExists
		default:
			text += textMissing
		}
		texts = append(texts, text)
	}
	return texts
}
