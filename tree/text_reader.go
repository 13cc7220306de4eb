package tree

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// textReader reads the text of a query from front to back. The first thing wrong
// stays in err and ends the text: whatever is asked for after it is not there.
type textReader struct {
	text    string
	src     []byte // the same, for the reader of values
	at      int    // how much of it has been read
	nesting int
	err     error
}

// textStops are the characters that end a key outside of quotes, beside a dot.
const textStops = "[]{}(),=<>!"

// maxTextNesting bounds the recursion of a reader. What nests one level deep in
// JSON nests at most two in a text.
const maxTextNesting = 2 * MaxDepth

// fail records that what stands at a byte is wrong, unless err is nil.
func (r *textReader) fail(at int, err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("query column %d: %w", utf8.RuneCountInString(r.text[:at])+1, err)
		r.at = len(r.text)
	}
}

// want fails because something else comes next.
func (r *textReader) want(what string) {
	found := "the end"
	if token := r.token(); token != "" {
		found = fmt.Sprintf("%.40q", token)
	} else if r.at < len(r.text) {
		found = fmt.Sprintf("%q", r.text[r.at:r.at+1])
	}
	r.fail(r.at, fmt.Errorf("want %s, not %s: %w", what, found, ErrInvalid))
}

// enter counts a level of nesting, which leave takes back.
func (r *textReader) enter() {
	if r.nesting++; r.nesting > maxTextNesting {
		r.fail(r.at, errTooDeep)
	}
}

func (r *textReader) leave() { r.nesting-- }

// peek skips white space and returns the next byte without reading it, 0 at the
// end.
func (r *textReader) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		if c := r.text[r.at]; strings.IndexByte(" \t\r\n", c) < 0 {
			return c
		}
	}
	return 0
}

// token returns the path, pattern or word that comes next without reading it: up
// to white space or one of the characters that end a key.
func (r *textReader) token() string {
	r.peek()
	quoted := false
	for i := r.at; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && (c <= ' ' || strings.IndexByte(textStops, c) >= 0):
			return r.text[r.at:i]
		}
	}
	return r.text[r.at:]
}

// take reads a token, and returns where it starts.
func (r *textReader) take() (token string, at int) {
	token = r.token()
	at = r.at
	r.at += len(token)
	return token, at
}

// accept reads a character if it comes next.
func (r *textReader) accept(c byte) bool {
	if r.peek() != c || r.at == len(r.text) {
		return false
	}
	r.at++
	return true
}

// acceptWord reads a word if it comes next.
func (r *textReader) acceptWord(word string) bool {
	if r.token() != word {
		return false
	}
	r.at += len(word)
	return true
}

// value reads a value.
func (r *textReader) value() Value {
	r.peek()
	j := jsonReader{src: r.src, at: r.at}
	v, err := j.value(0)
	if r.at = j.at; err != nil {
		r.fail(j.at, fmt.Errorf("want a value of JSON, a string in quotes: %w", err))
	}
	return v
}
