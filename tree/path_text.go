package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// String returns the canonical text of p, which ParsePath reads back: keys
// joined by dots, and quoted like JSON strings where the bare form would be
// ambiguous. The root is "", the path of the one empty key is `""`.
func (p Path) String() string { return p.text(isBare) }

// text returns a text of p in which the keys that bare is false for are quoted.
func (p Path) text(bare func(key string) bool) string {
	var b []byte
	for i, key := range p {
		if i > 0 {
			b = append(b, '.')
		}
		b = appendKey(b, key, bare)
	}
	return string(b)
}

// appendKey appends a key, as it is if bare says so, and else in quotes.
func appendKey(dst []byte, key string, bare func(key string) bool) []byte {
	if bare(key) {
		return append(dst, key...)
	}
	return appendQuoted(dst, key)
}

// ParsePath reads the text form of a path: keys separated by dots, each either
// bare or quoted like a JSON string, such as a."x.y"."". The empty text is the
// root. More forms are read than String writes (a bare key may stand in
// quotes), but each text means one path. The error wraps ErrInvalid or, for a
// key that is too long or too many of them, ErrTooLarge.
func ParsePath(text string) (Path, error) {
	if text == "" {
		return nil, nil
	}
	var p Path
	err := eachKey(text, func(at int, key string, quoted bool) error {
		if !quoted && !isBare(key) {
			return errBare(at, key)
		}
		p = append(p, key)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, p.Validate()
}

// eachKey calls take for the keys of a path's text, at most MaxDepth, each with
// the byte where it starts. Whether one that is not quoted may stand bare is left
// to take.
func eachKey(text string, take func(at int, key string, quoted bool) error) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("path text is not UTF-8: %w", ErrInvalid)
	}
	for at, n := 0, 1; ; at, n = at+1, n+1 {
		if n > MaxDepth {
			return fmt.Errorf("path has more than %d keys, the limit: %w", MaxDepth, ErrTooLarge)
		}
		key, end, err := parseKey(text, at)
		if err == nil {
			err = take(at, key, text[at:end] != key)
		}
		if err != nil || end == len(text) {
			return err
		}
		if text[end] != '.' {
			return fmt.Errorf("path byte %d: want a dot after the quoted key: %w", end, ErrInvalid)
		}
		at = end
	}
}

// UnmarshalJSON sets p to the path whose text data is, or whose keys if it is an
// array. So the path of a link can be decoded into a field of this type.
func (p *Path) UnmarshalJSON(data []byte) (err error) {
	if !bytes.HasPrefix(data, []byte{'"'}) {
		return json.Unmarshal(data, (*[]string)(p))
	}
	var text string
	if err = json.Unmarshal(data, &text); err == nil {
		*p, err = ParsePath(text)
	}
	return err
}

// parseKey reads the key that starts at byte at of text and returns where it
// ends. Quoted keys are read by the reader of JSON strings: whoever can write
// JSON can write a path.
func parseKey(text string, at int) (key string, end int, err error) {
	if at < len(text) && text[at] == '"' {
		j := jsonReader{src: []byte(text), at: at}
		if key, err = j.text(); err != nil {
			return "", 0, fmt.Errorf("path: %w", err)
		}
		return key, j.at, nil
	}
	end = len(text)
	if dot := strings.IndexByte(text[at:], '.'); dot >= 0 {
		end = at + dot
	}
	return text[at:end], end, nil
}

// errBare is the error of a key that would be ambiguous without its quotes.
func errBare(at int, key string) error {
	return fmt.Errorf("path byte %d: key %.40q must be quoted: %w", at, key, ErrInvalid)
}

// isBare reports whether key stands for itself in the text of a path. The rule
// looks at ASCII alone, so that it does not depend on a version of Unicode. The
// star and the brackets are kept free for path patterns.
func isBare(key string) bool {
	return key != "" && strings.IndexFunc(key, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`."\*?[]{}(),`, r)
	}) < 0
}
