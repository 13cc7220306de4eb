package cluster

import (
	"encoding/binary"
	"hash/fnv"
	"io"
)

// boltMeta is the content of a meta page: the state after a transaction.
type boltMeta struct {
	magic, version, pageBytes, flags uint32

	root, freelist uint64
	// pages is the number of pages that were ever in use.
	pages         uint64
	transaction   uint64
	sum, expected uint64
}

func parseMeta(b []byte) boltMeta {
	hash := fnv.New64a()
	hash.Write(b[:metaBytes-8])
	return boltMeta{
		magic:       binary.NativeEndian.Uint32(b),
		version:     binary.NativeEndian.Uint32(b[4:]),
		pageBytes:   binary.NativeEndian.Uint32(b[8:]),
		flags:       binary.NativeEndian.Uint32(b[12:]),
		root:        binary.NativeEndian.Uint64(b[16:]),
		freelist:    binary.NativeEndian.Uint64(b[32:]),
		pages:       binary.NativeEndian.Uint64(b[40:]),
		transaction: binary.NativeEndian.Uint64(b[48:]),
		sum:         binary.NativeEndian.Uint64(b[56:]),
		expected:    hash.Sum64(),
	}
}

// readMeta reads a meta page that begins at an offset.
func readMeta(file io.ReaderAt, id uint64, at int64) (boltMeta, error) {
	page := make([]byte, pageHeaderBytes+metaBytes)
	if err := readAll(file, page, at); err != nil {
		return boltMeta{}, damagedPage(id, "the meta page cannot be read: %w", err)
	}
	if header := parseHeader(page); header != (pageHeader{id: id, flags: metaPage}) {
		return boltMeta{}, damagedPage(id, "it does not begin as a meta page: %+v", header)
	}
	meta := parseMeta(page[pageHeaderBytes:])
	return meta, meta.check(id)
}

func (m boltMeta) check(id uint64) error {
	switch {
	case m.magic != boltMagic:
		return damagedPage(id, "the meta page has the magic number %#x, not %#x", m.magic, uint32(boltMagic))
	case m.sum != m.expected:
		return damagedPage(id, "the checksum of the meta page is wrong")
	case m.version != boltVersion:
		return damagedPage(id, "the meta page has version %d, not %d", m.version, boltVersion)
	case m.pageBytes < minPageBytes || m.pageBytes > maxPageBytes || m.pageBytes&(m.pageBytes-1) != 0:
		return damagedPage(id, "the meta page says that pages have %d bytes", m.pageBytes)
	case m.flags != 0:
		return damagedPage(id, "the meta page has the flags %#x", m.flags)
	case m.transaction%2 != id:
		return damagedPage(id, "the meta page is that of transaction %d, which is in the other one", m.transaction)
	}
	return nil
}

// newestMeta returns the later of the two meta pages. Transactions write them
// in turn, so they are always one apart; a new file has those of 0 and 1. Both
// must be whole: in place of one that is not, bbolt takes the older one, and
// what the last transaction stored and acknowledged is gone. The process or the
// power may fail while one is written and does not leave it torn: its 80 bytes
// are in one sector, the rest of its page is zero and stays so.
func newestMeta(file io.ReaderAt) (boltMeta, error) {
	zero, err := readMeta(file, 0, 0)
	if err != nil {
		return boltMeta{}, err
	}
	one, err := readMeta(file, 1, int64(zero.pageBytes))
	if err != nil {
		return boltMeta{}, err
	}
	if one.pageBytes != zero.pageBytes {
		return boltMeta{}, damagedPage(1, "pages have %d bytes, and %d in page 0", one.pageBytes, zero.pageBytes)
	}
	older, newer := zero, one
	if zero.transaction > one.transaction {
		older, newer = one, zero
	}
	if newer.transaction != older.transaction+1 {
		return boltMeta{}, damagedPage(older.transaction%2, "the meta page is of transaction %d, and the other one of %d", older.transaction, newer.transaction)
	}
	return newer, nil
}

// visitFreelist checks the list of free pages of a file that has one: a new
// one, or one that a tool wrote. bbolt gives away the pages that are in it.
func (c *boltCheck) visitFreelist() error {
	if c.meta.freelist == noFreelist {
		return nil
	}
	var n node
	if err := c.enter(c.meta.freelist, &n); err != nil {
		return err
	}
	if n.flags != freelistPage {
		return damagedPage(n.page, "flags %#x are not a freelist's", n.flags)
	}
	return c.visitFree(&n)
}

func (c *boltCheck) visitFree(n *node) error {
	at, count := n.at+pageHeaderBytes, uint64(n.count)
	if count == manyFree {
		raw, err := c.read(n, at, 8)
		if err != nil {
			return err
		}
		at, count = at+8, binary.NativeEndian.Uint64(raw)
	}
	if count > uint64(n.end-at)/8 {
		return damagedPage(n.page, "it has no room for %d free pages", count)
	}
	for ; count > 0; at, count = at+8, count-1 {
		raw, err := c.read(n, at, 8)
		if err != nil {
			return err
		}
		if err := c.claim(binary.NativeEndian.Uint64(raw), 0); err != nil {
			return err
		}
	}
	return nil
}
