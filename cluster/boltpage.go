package cluster

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The layout of a bbolt file, as far as boltCheck reads it. It consists of
// pages; a page may go on over the pages after it. A tree of branch and leaf
// pages holds the keys of a bucket, and the root bucket holds the others:
//
//	page    id 8, flags 2, count 2, overflow 4; elements; the data of each element
//	branch  element: position 4, key bytes 4, child 8; data: the child's first key
//	leaf    element: flags 4, position 4, key bytes 4, value bytes 4; data: key, value
//	bucket  a value: root page 8, sequence 8; with root 0, a leaf page as the rest
//	meta    magic 4, version 4, page size 4, flags 4, root bucket 16,
//	        freelist 8, pages 8, transaction 8, checksum 8
//
// Positions count from their own element. Numbers are in the machine's byte
// order. Data follow each other without gaps, in the order of the elements.
const (
	pageHeaderBytes = 16
	elementBytes    = 16
	bucketBytes     = 16
	metaBytes       = 64

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10
	bucketEntry  = 0x01

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	// noFreelist is the freelist's page of a file that keeps none.
	noFreelist = 1<<64 - 1
	// manyFree as the count of a freelist says that a number before its ids is.
	manyFree = 1<<16 - 1

	minPageBytes = 1 << 10
	maxPageBytes = 1 << 24
	maxKeyBytes  = 1 << 15
)

// pageHeader is how each page begins.
type pageHeader struct {
	id    uint64
	flags uint16
	count uint16
	// overflow is how many pages more it fills.
	overflow uint32
}

func parseHeader(b []byte) pageHeader {
	return pageHeader{
		id:       binary.NativeEndian.Uint64(b),
		flags:    binary.NativeEndian.Uint16(b[8:]),
		count:    binary.NativeEndian.Uint16(b[10:]),
		overflow: binary.NativeEndian.Uint32(b[12:]),
	}
}

// element is one of a branch or a leaf page. Sizes are wide enough to be added.
type element struct {
	position, keyBytes, valueBytes int64

	flags uint32 // of a leaf page
	child uint64 // of a branch page
}

func parseElement(b []byte, leaf bool) element {
	number := func(at int) int64 { return int64(binary.NativeEndian.Uint32(b[at:])) }
	if leaf {
		return element{flags: uint32(number(0)), position: number(4), keyBytes: number(8), valueBytes: number(12)}
	}
	return element{position: number(0), keyBytes: number(4), child: binary.NativeEndian.Uint64(b[8:])}
}

// readAll reads as much as dst holds, or fails.
func readAll(file io.ReaderAt, dst []byte, at int64) error {
	n, err := file.ReadAt(dst, at)
	if n == len(dst) {
		return nil
	}
	return err
}

const (
	// windowBytes bounds what is read at once, and with maxDepth the memory. A
	// page of any common size fits in.
	windowBytes = 64 << 10
	// keyWindowBytes is what is read around a key that is in no window: behind
	// a long value, where the next keys are not near.
	keyWindowBytes = 512
)

// level is a page that is being read, and its last key.
type level struct {
	head, tail window
	previous   []byte
}

// window is a part of the file.
type window struct {
	at   int64
	data []byte
}

// read returns n bytes of a page, which are valid until the next read of it.
func (c *boltCheck) read(n *node, at, count int64) ([]byte, error) {
	l := &c.levels[n.depth]
	if part := l.head.part(at, count); part != nil {
		return part, nil
	}
	if part := l.tail.part(at, count); part != nil {
		return part, nil
	}
	if at+count > n.end {
		return nil, damagedPage(n.page, "it ends before byte %d", at+count-n.at)
	}
	if err := l.tail.fill(c.file, at, min(n.end-at, max(count, keyWindowBytes))); err != nil {
		return nil, damagedPage(n.page, "it cannot be read: %w", err)
	}
	return l.tail.part(at, count), nil
}

func (w *window) part(at, count int64) []byte {
	from := at - w.at
	if from < 0 || from+count > int64(len(w.data)) {
		return nil
	}
	return w.data[from : from+count]
}

func (w *window) fill(file io.ReaderAt, at, count int64) error {
	if int64(cap(w.data)) < count {
		w.data = make([]byte, count)
	}
	w.at, w.data = at, w.data[:count]
	return readAll(file, w.data, at)
}

func damagedPage(id uint64, format string, args ...any) error {
	return fmt.Errorf("%w: page %d: %w", ErrCorrupt, id, fmt.Errorf(format, args...))
}
