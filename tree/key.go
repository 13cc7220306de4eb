package tree

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxKeyBytes bounds one key. Keys are kept once for each item and are compared
// on every lookup, so they have to stay names; 1024 bytes hold a URL or a file
// path, and a longer name is a value in the wrong place.
const MaxKeyBytes = 1024

// The reserved keys carry meaning in queries and in the JSON form of values, so
// that no item can have them.
const (
	mapKey    = "_" // in a query: every child; in a JSON object: a special form such as bytes
	anchorKey = "#" // in a query: the root of the tree, at any depth
)

// CompareKeys is the order in which children are listed: negative when a sorts
// before b, zero when they are equal, positive otherwise. Canonical decimal
// indices ("0", "17", but neither "01" nor "+1") come first, by number and
// however long; all other keys follow in the order of their bytes. So the
// elements of an array keep their order and every instance lists alike.
func CompareKeys(a, b string) int {
	aIndex, bIndex := isIndex(a), isIndex(b)
	switch {
	case aIndex && bIndex && len(a) != len(b):
		return len(a) - len(b)
	case aIndex == bIndex:
		return strings.Compare(a, b)
	case aIndex:
		return -1
	default:
		return 1
	}
}

// isIndex reports whether key is a canonical decimal index. It is part of every
// comparison; for most keys the first byte decides.
func isIndex(key string) bool {
	if key == "" || key[0] < '0' || key[0] > '9' {
		return false
	}
	if key[0] == '0' {
		return len(key) == 1
	}
	for i := 1; i < len(key); i++ {
		if key[i] < '0' || key[i] > '9' {
			return false
		}
	}
	return true
}

// indexKey is the key of the element with index i of an array.
func indexKey(i int) string { return strconv.Itoa(i) }

// checkKey reports what forbids key as the key of an item. The empty key is
// legal.
func checkKey(key string) error {
	switch {
	case len(key) > MaxKeyBytes:
		return fmt.Errorf("key has %d bytes, limit %d: %w", len(key), MaxKeyBytes, ErrTooLarge)
	case key == mapKey || key == anchorKey:
		return fmt.Errorf("key %q is reserved: %w", key, ErrInvalid)
	case !utf8.ValidString(key):
		return fmt.Errorf("key %q is not UTF-8: %w", key, ErrInvalid)
	}
	return nil
}

// parseIndex is the reverse of indexKey, for indices that an array in memory
// can have.
func parseIndex(key string) (int, bool) {
	if !isIndex(key) {
		return 0, false
	}
	i, err := strconv.Atoi(key)
	return i, err == nil
}
