package tree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// blockReader reads the header, the blocks one after another, and the trailer.
// It asks for exactly the bytes that it knows to be there, so that what follows
// the encoding stays in r. Nothing of a block is used before its checksum has
// been verified, and no memory is taken for a length beyond maxBlockBytes.
type blockReader struct {
	r       io.Reader
	offset  int64   // bytes read from r
	buf     []byte  // the block read last; its memory is used again
	payload scanner // what is in it
}

// header reads and checks the header.
func (b *blockReader) header() error {
	header, err := b.read(headerBytes)
	if err != nil {
		return err
	}
	if magic := string(header[:len(codecMagic)]); magic != codecMagic {
		return fmt.Errorf("%w: starts with %q, not the encoding of a tree", ErrCorrupt, magic)
	}
	if version := binary.BigEndian.Uint16(header[len(codecMagic):]); version != codecVersion {
		return fmt.Errorf("%w %d, want %d", ErrVersion, version, codecVersion)
	}
	return nil
}

// item returns the scanner at the start of the next item, in the present block
// or in the next one, which is read when the present one has been used up.
func (b *blockReader) item() (*scanner, error) {
	if len(b.payload.rest()) > 0 {
		return &b.payload, nil
	}
	start := b.offset
	length, err := b.length()
	switch {
	case err != nil:
		return nil, err
	case length == 0:
		return nil, fmt.Errorf("byte %d: %w: the trailer comes before this item", start, ErrCorrupt)
	case length > maxBlockBytes:
		return nil, fmt.Errorf("byte %d: %w: block of %d bytes, limit %d", start, ErrCorrupt, length, maxBlockBytes)
	}
	payload, err := b.sealed(int(length))
	if err != nil {
		return nil, err
	}
	b.payload = scanner{src: payload, origin: start + lengthBytes}
	return &b.payload, nil
}

// trailer reads the trailer, which must come next: the items are complete, so
// anything else is surplus.
func (b *blockReader) trailer() (trailer, error) {
	if rest := b.payload.rest(); len(rest) > 0 {
		return trailer{}, fmt.Errorf("byte %d: %w: data after the last item", b.offset-int64(len(rest)+crcBytes), ErrCorrupt)
	}
	start := b.offset
	length, err := b.length()
	if err != nil {
		return trailer{}, err
	}
	if length != 0 {
		return trailer{}, fmt.Errorf("byte %d: %w: a block after the last item", start, ErrCorrupt)
	}
	content, err := b.sealed(trailerBytes)
	if err != nil {
		return trailer{}, err
	}
	return parseTrailer(content), nil
}

// length reads the number at the start of a block or of the trailer, and leaves
// it in buf.
func (b *blockReader) length() (uint32, error) {
	length, err := b.read(lengthBytes)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(length), nil
}

// sealed reads n bytes and the CRC over them and their length, which is in buf.
func (b *blockReader) sealed(n int) ([]byte, error) {
	start := b.offset - lengthBytes
	crc := crc32.Checksum(b.buf, castagnoli)
	content, err := b.read(n + crcBytes)
	if err != nil {
		return nil, err
	}
	content, want := content[:n], binary.BigEndian.Uint32(content[n:])
	if crc32.Update(crc, castagnoli, content) != want {
		return nil, fmt.Errorf("byte %d: %w: checksum of a block of %d bytes", start, ErrCorrupt, n)
	}
	return content, nil
}

// read reads n bytes into buf. An end of the stream here is a damaged encoding,
// while other errors are the reader's own and say nothing about it.
func (b *blockReader) read(n int) ([]byte, error) {
	if cap(b.buf) < n {
		b.buf = make([]byte, n)
	}
	b.buf = b.buf[:n]
	got, err := io.ReadFull(b.r, b.buf)
	b.offset += int64(got)
	switch {
	case err == nil:
		return b.buf, nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("byte %d: %w: cut short: %w", b.offset, ErrCorrupt, io.ErrUnexpectedEOF)
	default:
		return nil, fmt.Errorf("byte %d: %w", b.offset, err)
	}
}
