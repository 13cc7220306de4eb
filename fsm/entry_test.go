package fsm

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"example.com/gstate/tree"
)

func TestEntryIsDecodedAsItWasEncoded(t *testing.T) {
	for name, commands := range map[string][][]byte{
		"no command":    nil,
		"one":           {[]byte("first")},
		"several":       {[]byte("first"), {}, bytes.Repeat([]byte("x"), 300)},
		"more than fit": slices.Repeat([][]byte{{1, 2, 3}}, 2*listCapacityMax),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeEntry(EncodeEntry(commands))
			if err != nil || !slices.EqualFunc(got, commands, bytes.Equal) {
				t.Errorf("got %q with error %v, want %q", got, err, commands)
			}
		})
	}
}

func TestDecodeEntryRefusesEveryTruncationAndFlippedBit(t *testing.T) {
	entry := EncodeEntry([][]byte{[]byte("first"), {}, []byte("third")})
	for n := range entry {
		if _, err := DecodeEntry(entry[:n]); !errors.Is(err, tree.ErrCorrupt) {
			t.Errorf("the first %d bytes: error %v", n, err)
		}
		for bit := range 8 {
			damaged := bytes.Clone(entry)
			damaged[n] ^= 1 << bit
			if _, err := DecodeEntry(damaged); !errors.Is(err, tree.ErrCorrupt) && !errors.Is(err, tree.ErrVersion) {
				t.Errorf("byte %d, bit %d: error %v", n, bit, err)
			}
		}
	}
}

func TestDecodeListRefuses(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":                      {},
		"more items than bytes":        {9, 1, 'a'},
		"an item longer than the rest": {1, 2, 'a'},
		"an item without its bytes":    {1, 1},
		"bytes too many":               {1, 1, 'a', 'b'},
		"a count that never ends":      bytes.Repeat([]byte{0xff}, 20),
		"a longer form of a number":    {0x81, 0, 1, 'a'},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := DecodeList(data); !errors.Is(err, tree.ErrCorrupt) {
				t.Errorf("error %v, want ErrCorrupt", err)
			}
		})
	}
}
