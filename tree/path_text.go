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
func (p Path) String() string {
	var b []byte
	for i, key := range p {
		if i > 0 {
			b = append(b, '.')
		}
		if isBare(key) {
			b = append(b, key...)
		} else {
			b = appendQuoted(b, key)
		}
	}
	return string(b)
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
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("path text is not UTF-8: %w", ErrInvalid)
	}
	var p Path
	for at := 0; ; at++ {
		key, end, err := parseKey(text, at)
		if err != nil {
			return nil, err
		}
		if p = append(p, key); len(p) > MaxDepth {
			return nil, fmt.Errorf("path has more than %d keys, the limit: %w", MaxDepth, ErrTooLarge)
		}
		if end == len(text) {
			return p, p.Validate()
		}
		if text[end] != '.' {
			return nil, fmt.Errorf("path byte %d: want a dot after the quoted key: %w", end, ErrInvalid)
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
	if key = text[at:end]; !isBare(key) {
		return "", 0, fmt.Errorf("path byte %d: key %q must be quoted: %w", at, key, ErrInvalid)
	}
	return key, end, nil
}

// isBare reports whether key stands for itself in the text of a path. The rule
// looks at ASCII alone, so that it does not depend on a version of Unicode. The
// star and the brackets are kept free for path patterns.
func isBare(key string) bool {
	return key != "" && strings.IndexFunc(key, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`."\*?[]{}(),`, r)
	}) < 0
}
