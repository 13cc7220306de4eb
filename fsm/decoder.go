package fsm

import (
	"encoding/binary"
	"fmt"
	"math"

	"example.com/gstate/tree"
)

// decoder reads from the front of rest. Its first error sticks and turns all
// later reads into zero values, so that a decoding reads like the format.
type decoder struct {
	rest []byte
	err  error
}

// What is wrong with input that no encoder wrote.
var (
	errShort  = fmt.Errorf("%w: it ends too early", tree.ErrCorrupt)
	errNumber = fmt.Errorf("%w: a number is out of range, or longer than it need be", tree.ErrCorrupt)
	errFlag   = fmt.Errorf("%w: a flag is neither 0 nor 1", tree.ErrCorrupt)
	errQuery  = fmt.Errorf("%w: a query is not in its canonical form", tree.ErrCorrupt)
)

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.rest = nil
}

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		d.fail(errShort)
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

// uvarint refuses the longer forms of a number, so that what can be read has
// one encoding.
func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	switch {
	case n == 0:
		d.fail(errShort)
		return 0
	case n < 0 || n > 1 && d.rest[n-1] == 0:
		d.fail(errNumber)
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) uint32() uint32 {
	v := d.uvarint()
	if v > math.MaxUint32 {
		d.fail(errNumber)
		return 0
	}
	return uint32(v)
}

func (d *decoder) flag() bool {
	b := d.byte()
	if b > 1 {
		d.fail(errFlag)
	}
	return b == 1
}

// flagByte is what decoder.flag reads.
func flagByte(flag bool) byte {
	if flag {
		return 1
	}
	return 0
}

// bytes returns the next n bytes, which still belong to the input.
func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail(errShort)
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) path() tree.Path {
	path, rest, err := tree.ConsumePath(d.rest)
	if err != nil {
		d.fail(err)
		return nil
	}
	d.rest = rest
	return path
}

func (d *decoder) value() tree.Value {
	value, rest, err := tree.ConsumeValue(d.rest)
	if err != nil {
		d.fail(err)
		return tree.Value{}
	}
	d.rest = rest
	return value
}

// query refuses all texts of a query but the canonical one.
func (d *decoder) query() tree.Query {
	text := d.bytes(d.uvarint())
	query, err := tree.ParseQuery(text)
	if err != nil {
		d.fail(err)
	} else if query.String() != string(text) {
		d.fail(errQuery)
	}
	return query
}

// end returns the first error, or one that says that bytes are left over.
func (d *decoder) end() error {
	if d.err == nil && len(d.rest) > 0 {
		return fmt.Errorf("%w: %d bytes too many", tree.ErrCorrupt, len(d.rest))
	}
	return d.err
}

// unlimited is the limit of a list that only its input bounds.
const unlimited = math.MaxUint64

// decodeList reads a count and that many elements, each of at least one byte. A
// count beyond the limit is refused before memory is taken.
func decodeList[T any](d *decoder, limit uint64, element func(*decoder) T) []T {
	n := d.uvarint()
	if n > limit {
		d.fail(fmt.Errorf("%w: a list of %d, the limit is %d: %w", tree.ErrCorrupt, n, limit, tree.ErrTooLarge))
	}
	if n == 0 || d.err != nil {
		return nil
	}
	list := make([]T, 0, min(n, listCapacityMax))
	for range n {
		list = append(list, element(d))
		if d.err != nil {
			return nil
		}
	}
	return list
}

// listCapacityMax is the room made for a list before its elements are seen: a
// false count must not cost more than the input that it came with.
const listCapacityMax = 1024
