package tree

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// MaxDepth bounds the number of keys in a path, and with it how deep values
// nest. Everything here that walks down does so by recursion, so the limit also
// bounds the stack; real configuration stays below ten levels, and JSON that
// goes deeper than 64 is generated, not written.
const MaxDepth = 64

// Path is the list of keys that leads from the root to an item. The nil or
// empty Path is the root. A Path is only read by this package; functions that
// keep one say so.
type Path []string

// Child returns the path of the child of p with that key; more keys lead on to what is
// beneath it. The result shares no memory with p.
func (p Path) Child(keys ...string) Path { return slices.Concat(p, keys) }

// Equal reports whether p and other have the same keys. The nil and the empty
// Path are equal.
func (p Path) Equal(other Path) bool { return slices.Equal(p, other) }

// HasPrefix reports whether p is prefix or lies beneath it. Every path has the
// root as a prefix.
func (p Path) HasPrefix(prefix Path) bool {
	return len(p) >= len(prefix) && slices.Equal(p[:len(prefix)], prefix)
}

// Validate returns nil when an item can stand at p, else an error that wraps
// ErrTooLarge when a key is too long or there are too many, and ErrInvalid
// otherwise: a key that is not UTF-8, a reserved key.
func (p Path) Validate() error {
	if len(p) > MaxDepth {
		return fmt.Errorf("path has %d keys, limit %d: %w", len(p), MaxDepth, ErrTooLarge)
	}
	for i, key := range p {
		if err := checkKey(key); err != nil {
			return fmt.Errorf("key %d of the path: %w", i, err)
		}
	}
	return nil
}

// AppendPath appends the binary form of p to dst and returns the longer slice.
// The form delimits itself. p is written as it is: the form of a path that
// Validate refuses is refused by ConsumePath.
func AppendPath(dst []byte, p Path) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(p)))
	for _, key := range p {
		dst = appendString(dst, key)
	}
	return dst
}

// ConsumePath reads what AppendPath wrote from the start of src and returns
// what follows it. The error wraps ErrCorrupt. The path shares no memory with
// src; rest does.
func ConsumePath(src []byte) (p Path, rest []byte, err error) {
	s := scanner{src: src}
	p = s.path()
	if s.err != nil {
		return nil, src, s.err
	}
	return p, s.rest(), nil
}
