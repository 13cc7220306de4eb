package tree

import (
	"fmt"
	"math/bits"
	"slices"
)

// pattern is a path of which some keys are left open. It is immutable, has 1 to
// MaxDepth segments, and no two in a row that stand for any number of keys.
type pattern []segment

// segment is a key of a pattern, or what stands for keys.
type segment struct {
	key  string // unless wild says otherwise
	wild wildcard
}

// wildcard says for which keys a segment stands.
type wildcard uint8

const (
	oneKey  wildcard = iota // the key of the segment
	anyKey                  // "*": any one key
	anyKeys                 // "**": any number of keys, also none
)

// The texts of the wildcards.
const (
	anyKeyText  = "*"
	anyKeysText = "**"
)

// parsePattern reads the text of a pattern: that of a path, in which * and **
// may stand for keys. In quotes they are keys like others.
func parsePattern(text string) (pattern, error) {
	var p pattern
	err := eachKey(text, func(at int, key string, quoted bool) error {
		s := segment{key: key}
		switch {
		case quoted || isBare(key):
			if err := checkKey(key); err != nil {
				return fmt.Errorf("path byte %d: %w", at, err)
			}
		case key == anyKeyText:
			s = segment{wild: anyKey}
		case key == anyKeysText:
			s = segment{wild: anyKeys}
		default:
			return errBare(at, key)
		}
		p = p.with(s)
		return nil
	})
	return p, err
}

// with returns p with one more segment at its end. A ** after another one says
// nothing.
func (p pattern) with(s segment) pattern {
	if s.wild == anyKeys && len(p) > 0 && p[len(p)-1].wild == anyKeys {
		return p
	}
	return append(p, s)
}

// isAnyChild reports whether p is "*", the pattern of all children.
func (p pattern) isAnyChild() bool { return len(p) == 1 && p[0].wild == anyKey }

// isOpen reports whether paths of any length match p.
func (p pattern) isOpen() bool {
	return slices.ContainsFunc(p, func(s segment) bool { return s.wild == anyKeys })
}

// String is the inverse of parsePattern.
func (p pattern) String() string { return p.text(isBare) }

// text returns a text of p in which the keys that bare is false for are quoted.
func (p pattern) text(bare func(key string) bool) string {
	var b []byte
	for i, s := range p {
		if i > 0 {
			b = append(b, '.')
		}
		switch s.wild {
		case anyKey:
			b = append(b, anyKeyText...)
		case anyKeys:
			b = append(b, anyKeysText...)
		default:
			b = appendKey(b, s.key, bare)
		}
	}
	return string(b)
}

// awaited says which segments of a pattern the next key may be for: segment i
// where bit i is set. Keeping them all at once is what makes matching linear,
// however many ** there are.
type awaited uint64

// start returns what is awaited before the first key.
func (p pattern) start() awaited {
	at, _ := p.await(0, 0)
	return at
}

// await adds segment i to what is awaited, and what may come in its place when
// it stands for no key. The pattern may end there if no segment is left.
func (p pattern) await(at awaited, i int) (_ awaited, ends bool) {
	for ; i < len(p); i++ {
		at |= 1 << i
		if p[i].wild != anyKeys {
			return at, false
		}
	}
	return at, true
}

// step returns what is awaited after key, which is nothing when no path that
// goes on from there can match, and whether the path up to key matches.
func (p pattern) step(at awaited, key string) (next awaited, matches bool) {
	for ; at != 0; at &= at - 1 {
		i := bits.TrailingZeros64(uint64(at))
		if p[i].wild == oneKey && p[i].key != key {
			continue
		}
		if p[i].wild != anyKeys {
			i++
		}
		var ends bool
		next, ends = p.await(next, i)
		matches = matches || ends
	}
	return next, matches
}

// onlyKey returns the key without which nothing matches, if there is just one.
func (p pattern) onlyKey(at awaited) (key string, only bool) {
	s := p[bits.TrailingZeros64(uint64(at))]
	return s.key, s.wild == oneKey && at&(at-1) == 0
}
