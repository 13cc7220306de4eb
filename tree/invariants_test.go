package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
)

// check fails the test unless everything that the tree keeps about itself is
// right: the shape of all B-trees, the totals in every record, and all digests,
// computed here from scratch and without the sums in pages.
func check(t testing.TB, tr *Tree) {
	t.Helper()
	checkRecord(t, tr.root, nil)
	contribution := tr.root.digest
	if got, want := tr.digest, naiveHash(contribution[:], number(tr.revision)); got != want {
		t.Fatalf("digest of revision %d is %v, want %v", tr.revision, got, want)
	}
	if tr.root.newest() > tr.revision {
		t.Fatalf("item of revision %d in a tree of revision %d", tr.root.newest(), tr.revision)
	}
}

// checkRecord checks r, which stands at p, and all beneath it.
func checkRecord(t testing.TB, r *record, p Path) {
	t.Helper()
	switch {
	case r.created > r.modified || r.version == 0 || r.version-1 > r.modified-r.created:
		t.Fatalf("item %q: created %d, modified %d, version %d", p, r.created, r.modified, r.version)
	case r.kids != nil && r.value.Kind() != Null:
		t.Fatalf("item %q has children and a value", p)
	}
	var sum digestSum
	if r.kids != nil {
		sum = checkChildren(t, r, p)
	}
	if got, want := r.digest, naiveContribution(r, sum); got != want {
		t.Fatalf("item %q: digest %v, want %v", p, got, want)
	}
}

// checkChildren checks the children of r and returns the sum of their
// contributions.
func checkChildren(t testing.TB, r *record, p Path) (sum digestSum) {
	t.Helper()
	length, count, links, newest := 0, 0, 0, r.modified
	for kid := range r.kids.all() {
		checkRecord(t, kid, p.Child(kid.key))
		length++
		count += kid.size()
		if kid.kids != nil {
			links += kid.kids.links
		} else if kid.value.Kind() == Link {
			links++
		}
		newest = max(newest, kid.newest())
		for lane := range sum {
			sum[lane] += binary.BigEndian.Uint64(kid.digest[8*lane:])
		}
	}
	if r.kids.length != length || r.kids.totals != (totals{count, links}) || r.kids.newest != newest {
		t.Fatalf("item %q: %d children, %+v, newest %d, want %d, %d of which %d links, %d", p,
			r.kids.length, r.kids.totals, r.kids.newest, length, count, links, newest)
	}
	if root := r.kids.root; root != nil {
		if _, err := checkPage(root, true); err != nil {
			t.Fatalf("children of %q: %v", p, err)
		}
	}
	return sum
}

// checkPage checks the shape of the B-tree beneath p and the order of its keys,
// and returns its levels.
func checkPage(p *page, isRoot bool) (levels int, err error) {
	if n := len(p.records); n > maxRecords || n < minRecords && !isRoot || n == 0 {
		return 0, fmt.Errorf("page of %d records", n)
	}
	for i := range p.records[1:] {
		if CompareKeys(p.records[i].key, p.records[i+1].key) >= 0 {
			return 0, fmt.Errorf("key %q before %q", p.records[i].key, p.records[i+1].key)
		}
	}
	if p.pages == nil {
		return 1, nil
	}
	if len(p.pages) != len(p.records)+1 {
		return 0, fmt.Errorf("%d pages for %d records", len(p.pages), len(p.records))
	}
	for i, beneath := range p.pages {
		n, err := checkPage(beneath, false)
		switch {
		case err != nil:
			return 0, err
		case i > 0 && n != levels:
			return 0, fmt.Errorf("page %d has %d levels, the one before it %d", i, n, levels)
		case i > 0 && CompareKeys(p.records[i-1].key, firstKey(beneath)) >= 0:
			return 0, fmt.Errorf("page %d starts before the record in front of it", i)
		case i < len(p.records) && CompareKeys(beneath.last().key, p.records[i].key) >= 0:
			return 0, fmt.Errorf("page %d ends behind the record that follows it", i)
		}
		levels = n
	}
	return levels + 1, nil
}

// firstKey is the least key in p and beneath.
func firstKey(p *page) string {
	for p.pages != nil {
		p = p.pages[0]
	}
	return p.records[0].key
}

// naiveContribution is the contribution of r as digester.record documents it.
func naiveContribution(r *record, sum digestSum) Digest {
	content := AppendValue(nil, r.value)
	if r.kids != nil {
		tag := byte(tagObject)
		if r.kids.array {
			tag = tagArray
		}
		content = append(append([]byte{tag}, number(sum[0])...), number(sum[1])...)
	}
	length := binary.AppendUvarint(nil, uint64(len(r.key)))
	return naiveHash(length, []byte(r.key), content, number(r.created), number(r.modified), number(r.version))
}

// naiveHash is half of the SHA-256 of parts.
func naiveHash(parts ...[]byte) Digest {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return Digest(h.Sum(nil)[:16])
}

// number is n in eight bytes.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
