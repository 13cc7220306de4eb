package tree

import (
	"fmt"
	"io"
)

// Decode reads a tree that Encode wrote. It reads exactly the encoding and
// leaves what follows in r; it asks r for a few bytes and for up to 64 KiB in
// turn, for which a buffer in r is of little use. The tree is returned only
// after everything has been verified: checksums, limits, order, the number of
// items, and the digest, computed anew.
//
// The error wraps ErrVersion when the encoding is of a version that is not
// known here, ErrCorrupt when it is cut short or is not what Encode writes,
// with the byte in the stream and the path of the item; and otherwise it is
// that of r. Whatever r gives, Decode does not panic, and takes memory only in
// proportion to what it has read.
func Decode(r io.Reader) (*Tree, error) {
	d := decoder{blocks: blockReader{r: r}}
	t, err := d.tree()
	if err != nil {
		return nil, fmt.Errorf("read tree: %w", err)
	}
	return t, nil
}

// decoder builds records from the bottom up.
type decoder struct {
	blocks blockReader
	path   Path // of the item that is being read, for errors
}

// tree reads everything.
func (d *decoder) tree() (*Tree, error) {
	if err := d.blocks.header(); err != nil {
		return nil, err
	}
	root, err := d.record(nil)
	if err != nil {
		return nil, &PathError{Op: "item", Path: d.path, Err: err}
	}
	if root.key != "" || root.kids == nil || root.kids.array {
		return nil, fmt.Errorf("%w: the root is not an object without a key", ErrCorrupt)
	}
	end, err := d.blocks.trailer()
	if err != nil {
		return nil, err
	}
	return verify(root, end)
}

// verify returns the tree with that root if it is the one that end speaks of.
func verify(root *record, end trailer) (*Tree, error) {
	if count := uint64(root.kids.count); count != end.items {
		return nil, fmt.Errorf("%w: %d items where the trailer says %d", ErrCorrupt, count, end.items)
	}
	if end.revision > maxRevision {
		return nil, fmt.Errorf("%w: revision %d, limit %d", ErrCorrupt, end.revision, int64(maxRevision))
	}
	if newest := root.newest(); newest > end.revision {
		return nil, fmt.Errorf("%w: an item of revision %d in a tree of revision %d", ErrCorrupt, newest, end.revision)
	}
	t := newTree(root, end.revision)
	if t.digest != end.digest {
		return nil, fmt.Errorf("%w: digest %v where the trailer says %v", ErrCorrupt, t.digest, end.digest)
	}
	return t, nil
}

// record reads an item and everything beneath it; before is the sibling in
// front of it, if any. After an error path is where it happened.
func (d *decoder) record(before *record) (*record, error) {
	s, err := d.blocks.item()
	if err != nil {
		return nil, err
	}
	r := &record{}
	if len(d.path) == 0 {
		r.key = string(s.bytes(0, "key of the root"))
	} else {
		r.key = s.key()
		d.path[len(d.path)-1] = r.key
	}
	d.metadata(s, r)
	if before != nil && CompareKeys(before.key, r.key) >= 0 {
		s.failf("key out of order")
	}
	tag := s.byte()
	if tag != tagArray && tag != tagObject {
		r.value = s.leaf(tag)
		return r, s.err
	}
	n := s.uvarint()
	if n > 0 && len(d.path) == MaxDepth {
		s.fail(errTooDeep)
	}
	if s.err != nil {
		return nil, s.err
	}
	kids, err := d.children(n)
	if err != nil {
		return nil, err
	}
	r.kids = newChildren(nil, kids, r.modified, tag == tagArray)
	return r, nil
}

// metadata reads the revisions and the version of r. An item has at most one
// version for each revision, and a later modified revision must not wrap around
// to an early one.
func (d *decoder) metadata(s *scanner, r *record) {
	r.created = s.uvarint()
	later := s.uvarint()
	r.modified = r.created + later
	r.version = s.uvarint()
	switch {
	case r.modified < later:
		s.failf("modified revision out of range")
	case s.err == nil && (r.version == 0 || r.version-1 > later):
		s.failf("version %d cannot be reached in %d revisions", r.version, later)
	}
}

// children reads n items, whose parent is at path. The slice grows with what is
// read, never by n alone. After an error path is left as it is, to say where it
// was.
func (d *decoder) children(n uint64) ([]*record, error) {
	var kids []*record
	var before *record
	d.path = append(d.path, "")
	for ; n > 0; n-- {
		kid, err := d.record(before)
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
		before = kid
	}
	d.path = d.path[:len(d.path)-1]
	return kids, nil
}
