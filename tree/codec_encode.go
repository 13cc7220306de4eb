package tree

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// Encode writes t to w in a form that Decode reads. It delimits itself, so more
// may follow in the same stream. It is written in blocks of 64 KiB or little
// more, so w needs no buffer, and t may be of any size. Equal trees, by their
// digest, have the same encoding. The error is that of w; what has been written
// then is of no use.
func (t *Tree) Encode(w io.Writer) error {
	e := encoder{w: w, buf: make([]byte, 0, blockBytes+blockBytes/4)}
	header := binary.BigEndian.AppendUint16([]byte(codecMagic), codecVersion)
	e.write(header)
	e.begin()
	e.record(t.root)
	e.flush()
	e.begin()
	e.buf = trailer{items: uint64(t.Len()), revision: t.revision, digest: t.digest}.append(e.buf)
	e.seal(0)
	if e.err != nil {
		return fmt.Errorf("write tree: %w", e.err)
	}
	return nil
}

// encoder writes blocks. After the first error it does nothing.
type encoder struct {
	w   io.Writer
	buf []byte // the block being filled, room for its length included
	err error
}

// write passes b to the writer.
func (e *encoder) write(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

// begin starts a block.
func (e *encoder) begin() { e.buf = append(e.buf[:0], make([]byte, lengthBytes)...) }

// flush writes the block, unless it is empty, and leaves the buffer to be begun
// again.
func (e *encoder) flush() {
	if n := len(e.buf) - lengthBytes; n > 0 {
		e.seal(uint32(n))
	}
}

// seal sets the length of the block, adds its CRC and writes it.
func (e *encoder) seal(length uint32) {
	binary.BigEndian.PutUint32(e.buf, length)
	e.buf = binary.BigEndian.AppendUint32(e.buf, crc32.Checksum(e.buf, castagnoli))
	e.write(e.buf)
}

// record adds r and everything beneath it.
func (e *encoder) record(r *record) {
	if e.err != nil {
		return
	}
	// An item is never split, so that the decoder needs no more than one block
	// at a time.
	if len(e.buf) >= lengthBytes+blockBytes {
		e.flush()
		e.begin()
	}
	e.buf = appendString(e.buf, r.key)
	e.buf = binary.AppendUvarint(e.buf, r.created)
	e.buf = binary.AppendUvarint(e.buf, r.modified-r.created)
	e.buf = binary.AppendUvarint(e.buf, r.version)
	if r.isLeaf() {
		e.buf = AppendValue(e.buf, r.value)
		return
	}
	e.buf = append(e.buf, r.kids.tag())
	e.buf = binary.AppendUvarint(e.buf, uint64(r.kids.length))
	for kid := range r.kids.all() {
		e.record(kid)
	}
}
