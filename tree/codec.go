package tree

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// The encoding of a tree, version 1. Numbers of fixed length are big-endian.
//
//	header    8 bytes "gs-tree\n", 2 bytes version
//	blocks    each: 4 bytes length of the payload (not 0), payload, 4 bytes CRC
//	trailer   4 bytes 0, 8 bytes number of items, 8 bytes revision, 16 bytes digest, 4 bytes CRC
//
// A CRC is CRC-32C over its block or trailer from the length on. The payloads
// hold the items in path order, the root first, every item whole in one
// payload:
//
//	key       length and bytes
//	metadata  created, modified-created, version: numbers of variable length
//	content   a leaf in the form of AppendValue; or tagArray or tagObject and the number of children, which follow
//
// So a change in the order of CompareKeys or in what a digest covers is a new
// version, too.
//
//	version   since      change
//	1         the first
const (
	codecMagic   = "gs-tree\n"
	codecVersion = 1
)

const (
	// headerBytes is the length of the header.
	headerBytes = len(codecMagic) + 2

	// lengthBytes is the length of the number at the start of a block and of
	// the trailer, crcBytes of the one at the end.
	lengthBytes = 4
	crcBytes    = 4

	// trailerBytes is the length of the trailer between these two numbers.
	trailerBytes = 8 + 8 + len(Digest{})

	// blockBytes is the length from which a payload is not added to. The
	// longer, the fewer calls to the writer; this one is beyond where that is
	// noticed, and a reader needs little memory.
	blockBytes = 64 << 10

	// maxItemBytes bounds one item: its key and leaf, three numbers and the
	// lengths.
	maxItemBytes = MaxKeyBytes + MaxValueBytes + 8*binary.MaxVarintLen64

	// maxRevision bounds the revision of a tree. None gets there by counting;
	// it leaves room to count on.
	maxRevision = math.MaxInt64

	// maxBlockBytes bounds a payload, so that a damaged length is noticed
	// before memory is taken for it.
	maxBlockBytes = blockBytes + maxItemBytes
)

// castagnoli is the polynomial of CRC-32C, which processors compute.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// trailer is what the end of an encoding says about the whole.
type trailer struct {
	items    uint64 // the root not counted
	revision uint64
	digest   Digest
}

// append appends the binary form of t.
func (t trailer) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, t.items)
	dst = binary.BigEndian.AppendUint64(dst, t.revision)
	return append(dst, t.digest[:]...)
}

// parseTrailer reads what append wrote, trailerBytes long.
func parseTrailer(src []byte) trailer {
	return trailer{
		items:    binary.BigEndian.Uint64(src),
		revision: binary.BigEndian.Uint64(src[8:]),
		digest:   Digest(src[16:trailerBytes]),
	}
}
