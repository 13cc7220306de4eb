package cluster

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
)

// maxDepth is beyond every tree: a branch has dozens of children, mostly.
const maxDepth = 32

// boltCheck reads a bbolt file as bytes before bbolt itself does. bbolt trusts
// what it reads: it would panic on a goroutine of its own, where nobody can
// recover; or go on without the entries after a damage, in silence.
//
// It reads all but values, which have their own checksums: see seal.go. What it
// accepts is whole, as raftboltdb wrote it, but for one damage: pages have no
// checksums, so a reference may have come to lead to a former version of a
// page.
type boltCheck struct {
	file io.ReaderAt
	meta boltMeta
	// claimed has a bit for each page that was met.
	claimed []uint64
	buckets int
	// levels are what is kept of the pages on the way from the root.
	levels [maxDepth]level
}

// node is a page of the tree, or that within the value of a small bucket.
type node struct {
	pageHeader
	page    uint64 // where it lies
	at, end int64  // its part of the file
	depth   int
	bucket  string // whose keys it has, empty for the root bucket
	// first is its first key, as its parent says, and below is greater than all
	// its keys. At the edges of a bucket's tree they are nil.
	first, below []byte
}

func checkBoltFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return checkBolt(file, info.Size())
}

func checkBolt(file io.ReaderAt, size int64) error {
	meta, err := newestMeta(file)
	if err != nil {
		return err
	}
	if held := uint64(size) / uint64(meta.pageBytes); meta.pages > held {
		return damagedPage(meta.transaction%2, "the meta page says that there are %d pages, and the file holds %d", meta.pages, held)
	}
	c := &boltCheck{file: file, meta: meta, claimed: make([]uint64, meta.pages/64+1)}
	c.claimed[0] = 1<<0 | 1<<1 // the meta pages
	if err := c.visitPage(meta.root, node{}); err != nil {
		return err
	}
	if c.buckets != 0 && c.buckets != len(logBuckets) {
		return damagedPage(meta.root, "the file has %d buckets of %d", c.buckets, len(logBuckets))
	}
	return c.visitFreelist()
}

// visitPage checks a page and all below it. What n says of it comes from what
// refers to it.
func (c *boltCheck) visitPage(id uint64, n node) error {
	if err := c.enter(id, &n); err != nil {
		return err
	}
	end, err := c.visit(&n)
	if err == nil && end <= n.end-int64(c.meta.pageBytes) {
		err = damagedPage(id, "it ends %d bytes before the pages that it fills", n.end-end)
	}
	return err
}

// enter finds a page and claims what it fills.
func (c *boltCheck) enter(id uint64, n *node) error {
	if id < 2 || id >= c.meta.pages {
		return damagedPage(id, "it is referred to, and there are pages 2 to %d", c.meta.pages-1)
	}
	n.page, n.at, n.end = id, c.offset(id), c.offset(id+1)
	if err := c.open(n); err != nil {
		return err
	}
	if n.id != id {
		return damagedPage(id, "it says that it is page %d", n.id)
	}
	n.end += c.offset(uint64(n.overflow))
	return c.claim(id, n.overflow)
}

// visitInline checks the page within the value of a small bucket.
func (c *boltCheck) visitInline(n node) error {
	if err := c.open(&n); err != nil {
		return err
	}
	if n.id != 0 || n.flags != leafPage || n.overflow != 0 {
		return damagedPage(n.page, "bucket %s does not begin as one: %+v", n.bucket, n.pageHeader)
	}
	end, err := c.visit(&n)
	if err == nil && end != n.end {
		err = damagedPage(n.page, "bucket %s ends %d bytes before its value", n.bucket, n.end-end)
	}
	return err
}

// open reads the beginning of a page, which has most or all of what is read.
func (c *boltCheck) open(n *node) error {
	if n.depth == maxDepth {
		return damagedPage(n.page, "it is %d pages below the root", n.depth)
	}
	head := &c.levels[n.depth].head
	if err := head.fill(c.file, n.at, min(n.end-n.at, windowBytes)); err != nil {
		return damagedPage(n.page, "it cannot be read: %w", err)
	}
	n.pageHeader = parseHeader(head.data)
	return nil
}

// visit returns where the data of the page end.
func (c *boltCheck) visit(n *node) (end int64, err error) {
	end = n.at + pageHeaderBytes + int64(n.count)*elementBytes
	switch {
	case n.flags != branchPage && n.flags != leafPage:
		return 0, damagedPage(n.page, "flags %#x are neither a branch's nor a leaf's", n.flags)
	case n.count == 0:
		return end, c.visitEmpty(n)
	case end > n.end:
		return 0, damagedPage(n.page, "it has no room for %d elements", n.count)
	}
	var last element
	for i := range int64(n.count) {
		if last, err = c.visitElement(n, i, end, last.child); err != nil {
			return 0, err
		}
		end += last.keyBytes + last.valueBytes
	}
	if n.flags == branchPage {
		err = c.visitChild(n, last.child, n.below)
	}
	return end, err
}

// visitEmpty accepts the root bucket of a new file. All others were made inline
// when they became empty, so what was there once still is.
func (c *boltCheck) visitEmpty(n *node) error {
	rest := c.levels[n.depth].head.data[pageHeaderBytes:]
	if n.flags == branchPage || n.first != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		return damagedPage(n.page, "it has no elements")
	}
	return nil
}

// visitElement checks one element, whose data begin at an offset. The child of
// the branch's element before it comes first: its keys end with this key.
func (c *boltCheck) visitElement(n *node, i, data int64, before uint64) (element, error) {
	at := n.at + pageHeaderBytes + i*elementBytes
	raw, err := c.read(n, at, elementBytes)
	if err != nil {
		return element{}, err
	}
	e := parseElement(raw, n.flags == leafPage)
	if err := n.checkElement(i, e, data, at); err != nil {
		return e, err
	}
	key, err := c.read(n, data, e.keyBytes)
	if err != nil {
		return e, err
	}
	previous := &c.levels[n.depth].previous
	if err := n.checkOrder(i, key, *previous); err != nil {
		return e, err
	}
	if n.flags == branchPage && i > 0 {
		if err := c.visitChild(n, before, key); err != nil {
			return e, err
		}
	}
	*previous = append((*previous)[:0], key...)
	if n.flags == leafPage {
		err = c.visitEntry(n, e, data+e.keyBytes)
	}
	return e, err
}

// visitChild checks the child of a branch whose key was the previous one.
func (c *boltCheck) visitChild(n *node, id uint64, below []byte) error {
	child := node{depth: n.depth + 1, bucket: n.bucket, first: c.levels[n.depth].previous, below: below}
	return c.visitPage(id, child)
}

func (n *node) checkElement(i int64, e element, data, at int64) error {
	switch {
	case at+e.position != data:
		return damagedPage(n.page, "element %d of %d: its position is %d, not %d", i, n.count, e.position, data-at)
	case e.keyBytes == 0 || e.keyBytes > maxKeyBytes:
		return damagedPage(n.page, "element %d of %d: its key has %d bytes", i, n.count, e.keyBytes)
	case e.keyBytes+e.valueBytes > n.end-data:
		return damagedPage(n.page, "element %d of %d: its %d and %d bytes go beyond the end", i, n.count, e.keyBytes, e.valueBytes)
	}
	return nil
}

// checkOrder: bbolt looks for a page in its parent by the page's first key, so
// that a parent's key that is merely less is damage, too.
func (n *node) checkOrder(i int64, key, previous []byte) error {
	switch {
	case i == 0 && n.first != nil && !bytes.Equal(key, n.first):
		return damagedPage(n.page, "its first key is %x, and %x in its parent", key, n.first)
	case i > 0 && bytes.Compare(previous, key) >= 0:
		return damagedPage(n.page, "element %d of %d: key %x follows %x", i, n.count, key, previous)
	case n.below != nil && bytes.Compare(key, n.below) >= 0:
		return damagedPage(n.page, "element %d of %d: key %x belongs after %x", i, n.count, key, n.below)
	}
	return nil
}

// logBuckets are those that raftboltdb makes, both with its first transaction.
var logBuckets = map[string]bool{"conf": true, "logs": true}

// indexBytes is the length of a key in logs. raftboltdb panics at a shorter
// one.
const indexBytes = 8

// visitEntry checks a leaf's entry, whose key was just read. The root bucket
// has nothing but buckets, and those have none.
func (c *boltCheck) visitEntry(n *node, e element, value int64) error {
	key := c.levels[n.depth].previous
	switch isBucket := e.flags == bucketEntry; {
	case n.bucket == "" && (!isBucket || !logBuckets[string(key)] || e.valueBytes < bucketBytes):
		return damagedPage(n.page, "%q with flags %#x and %d bytes is no bucket of a log", key, e.flags, e.valueBytes)
	case n.bucket == "":
		return c.visitBucket(n, string(key), value, value+e.valueBytes)
	case e.flags != 0:
		return damagedPage(n.page, "entry %x has the flags %#x", key, e.flags)
	case n.bucket == "logs" && len(key) != indexBytes:
		return damagedPage(n.page, "entry %x has a key of %d bytes, not %d", key, len(key), indexBytes)
	}
	return nil
}

// visitBucket checks a bucket, which has its root elsewhere or is all here.
func (c *boltCheck) visitBucket(n *node, name string, at, end int64) error {
	c.buckets++
	raw, err := c.read(n, at, bucketBytes)
	if err != nil {
		return err
	}
	root, inside := binary.NativeEndian.Uint64(raw), end-at-bucketBytes
	top := node{page: n.page, at: at + bucketBytes, end: end, depth: n.depth + 1, bucket: name}
	switch {
	case root == 0 && inside >= pageHeaderBytes:
		return c.visitInline(top)
	case root == 0 || inside != 0:
		return damagedPage(n.page, "bucket %s has its root in page %d, and %d bytes here", name, root, inside)
	}
	return c.visitPage(root, top)
}

// claim marks pages that must not have been met before.
func (c *boltCheck) claim(id uint64, overflow uint32) error {
	if id >= c.meta.pages || uint64(overflow) >= c.meta.pages-id {
		return damagedPage(id, "it goes on over %d pages, and there are pages 2 to %d", overflow, c.meta.pages-1)
	}
	for p := id; p <= id+uint64(overflow); p++ {
		word, bit := &c.claimed[p/64], uint64(1)<<(p%64)
		if *word&bit != 0 {
			return damagedPage(p, "it is used twice")
		}
		*word |= bit
	}
	return nil
}

func (c *boltCheck) offset(id uint64) int64 { return int64(id) * int64(c.meta.pageBytes) }
