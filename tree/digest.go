package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Digest identifies a tree: its content, all metadata and its revision, but
// neither the order of the changes that led there nor the shape of anything in
// memory. Replicas compare themselves by it. It is 128 bits of SHA-256, made to
// notice that two trees differ by a fault; the sum over children is not made to
// withstand someone who can choose the content of many items and wants two
// trees to collide.
type Digest [16]byte

// String returns d in 32 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// digestSum is a sum of digests, in two lanes that overflow. Addition makes it
// independent of the order and the grouping of what is added, so every page
// keeps the sum of what lies beneath it and a change to one of a million
// children adds up a few pages.
type digestSum [2]uint64

// add adds other to s.
func (s *digestSum) add(other digestSum) {
	s[0] += other[0]
	s[1] += other[1]
}

// lanes is d as a sum of one.
func (d Digest) lanes() digestSum {
	return digestSum{binary.BigEndian.Uint64(d[:8]), binary.BigEndian.Uint64(d[8:])}
}

// digester computes the digests that are missing. It writes to records and
// pages that a draft owns, and to no others: whatever a draft did not make has
// its digest. A real digest of zero would be computed again and again; that
// takes one item in 2^128.
type digester struct {
	buf []byte // what is hashed, kept for its memory
}

// tree returns the digest of the tree with that root and revision.
func (d *digester) tree(root *record, revision uint64) Digest {
	contribution := d.record(root)
	d.buf = binary.BigEndian.AppendUint64(append(d.buf[:0], contribution[:]...), revision)
	return d.hash()
}

// record returns the contribution of r. It hashes the key, what stands there (a
// leaf in binary form; for a parent the tag and the sum over its children), and
// the created and modified revisions and the version, eight bytes each.
func (d *digester) record(r *record) Digest {
	if r.digest != (Digest{}) {
		return r.digest
	}
	var sum digestSum
	if r.kids != nil {
		sum = d.page(r.kids.root)
	}
	d.buf = appendString(d.buf[:0], r.key)
	if r.kids == nil {
		d.buf = AppendValue(d.buf, r.value)
	} else {
		d.buf = append(d.buf, r.kids.tag())
		d.buf = binary.BigEndian.AppendUint64(d.buf, sum[0])
		d.buf = binary.BigEndian.AppendUint64(d.buf, sum[1])
	}
	d.buf = binary.BigEndian.AppendUint64(d.buf, r.created)
	d.buf = binary.BigEndian.AppendUint64(d.buf, r.modified)
	d.buf = binary.BigEndian.AppendUint64(d.buf, r.version)
	r.digest = d.hash()
	return r.digest
}

// page returns the sum over the records in p and beneath. A nil page has none.
func (d *digester) page(p *page) digestSum {
	if p == nil {
		return digestSum{}
	}
	if p.size > 0 {
		return p.sum
	}
	for _, r := range p.records {
		contribution := d.record(r)
		p.sum.add(contribution.lanes())
	}
	size := len(p.records)
	for _, beneath := range p.pages {
		p.sum.add(d.page(beneath))
		size += beneath.size
	}
	p.size = size
	return p.sum
}

// hash returns the first 16 bytes of the SHA-256 of buf.
func (d *digester) hash() Digest {
	sum := sha256.Sum256(d.buf)
	return Digest(sum[:len(Digest{})])
}
