package tree

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// naiveCompare is CompareKeys by its definition, with numbers as numbers.
func naiveCompare(a, b string) int {
	x, y := naiveIndex(a), naiveIndex(b)
	switch {
	case x != nil && y != nil:
		return x.Cmp(y)
	case x != nil:
		return -1
	case y != nil:
		return 1
	default:
		return strings.Compare(a, b)
	}
}

// naiveIndex is the number that key is the canonical decimal form of, or nil.
func naiveIndex(key string) *big.Int {
	n, ok := new(big.Int).SetString(key, 10)
	if !ok || n.Sign() < 0 || n.String() != key {
		return nil
	}
	return n
}

func TestCompareKeysListsIndicesByNumberThenTheRestByBytes(t *testing.T) {
	sorted := []string{
		"0", "1", "2", "9", "10", "11", "99", "100", "9007199254740993", "18446744073709551616", "100000000000000000000000",
		"", " 1", "!", "+1", "-1", "00", "01", "1 ", "1.0", "10a", "1a", "A", "a", "a1", "a10", "a2", "é", "日本",
	}
	for i, a := range sorted {
		for j, b := range sorted {
			got := CompareKeys(a, b)
			if want := i - j; (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("CompareKeys(%q, %q) = %d, want the sign of %d", a, b, got, want)
			}
			if want := naiveCompare(a, b); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("CompareKeys(%q, %q) = %d, the naive one says %d", a, b, got, want)
			}
		}
	}
	if !slices.IsSortedFunc(sorted, CompareKeys) {
		t.Error("the list is not sorted")
	}
}

func TestKeysThatNoItemCanHave(t *testing.T) {
	for _, test := range []struct {
		name, key string
		want      error
	}{
		{"the empty key is legal", "", nil},
		{"any byte of UTF-8 is legal", "a.b\x00\n\"\\/é", nil},
		{"the longest key is legal", strings.Repeat("k", MaxKeyBytes), nil},
		{"one byte more is too large", strings.Repeat("k", MaxKeyBytes+1), ErrTooLarge},
		{"the map key is reserved", "_", ErrInvalid},
		{"the anchor key is reserved", "#", ErrInvalid},
		{"keys that start like reserved ones are legal", "_#", nil},
		{"half a rune is not UTF-8", "\xc3", ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := checkKey(test.key); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
