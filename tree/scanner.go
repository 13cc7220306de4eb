package tree

import (
	"encoding/binary"
	"fmt"
)

// scanner reads the binary forms of this package. The first thing wrong stays
// in err, after which every read gives a zero value; so callers check once, but
// must not loop on a count without looking at err.
type scanner struct {
	src    []byte // all of the input
	at     int    // how much of src has been read
	origin int64  // position of src in a longer stream, for errors
	err    error  // the first error; it wraps ErrCorrupt
}

// rest is what has not been read.
func (s *scanner) rest() []byte { return s.src[s.at:] }

// fail records err as the reason why the input is corrupt, unless there is an
// earlier one.
func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = fmt.Errorf("byte %d: %w: %w", s.origin+int64(s.at), ErrCorrupt, err)
	}
}

// failf is fail for a reason that wraps nothing.
func (s *scanner) failf(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("byte %d: %w: %s", s.origin+int64(s.at), ErrCorrupt, fmt.Sprintf(format, args...))
	}
}

// take reads n bytes. They are part of src.
func (s *scanner) take(n int) []byte {
	if s.err != nil {
		return nil
	}
	if n > len(s.src)-s.at {
		s.failf("%d bytes left where %d are needed", len(s.src)-s.at, n)
		return nil
	}
	b := s.src[s.at : s.at+n]
	s.at += n
	return b
}

// byte reads one byte.
func (s *scanner) byte() byte {
	if b := s.take(1); b != nil {
		return b[0]
	}
	return 0
}

// uvarint reads a number of variable length. The longer forms of a number are
// refused, so that what is read has one encoding.
func (s *scanner) uvarint() uint64 {
	if s.err != nil {
		return 0
	}
	x, n := binary.Uvarint(s.rest())
	switch {
	case n <= 0:
		s.failf("malformed number")
		return 0
	case n > 1 && s.src[s.at+n-1] == 0:
		s.failf("number in more bytes than it needs")
		return 0
	}
	s.at += n
	return x
}

// bytes reads a length of at most limit and as many bytes. They are part of
// src.
func (s *scanner) bytes(limit int, what string) []byte {
	n := s.uvarint()
	if n > uint64(limit) {
		s.fail(fmt.Errorf("%s has %d bytes, limit %d: %w", what, n, limit, ErrTooLarge))
		return nil
	}
	return s.take(int(n))
}

// key reads the key of an item.
func (s *scanner) key() string {
	key := string(s.bytes(MaxKeyBytes, "key"))
	if err := checkKey(key); err != nil {
		s.fail(err)
	}
	return key
}

// path reads a path.
func (s *scanner) path() (p Path) {
	n := s.uvarint()
	if n > MaxDepth {
		s.fail(fmt.Errorf("path has %d keys, limit %d: %w", n, MaxDepth, ErrTooLarge))
	}
	for ; n > 0 && s.err == nil; n-- {
		p = append(p, s.key())
	}
	return p
}

// appendString appends the form that scanner.bytes reads.
func appendString[T string | []byte](dst []byte, text T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}
