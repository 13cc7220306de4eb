package tree

import "iter"

// children holds the child records of one record in the order of CompareKeys,
// with totals over all beneath them. It is copied and owned together with its
// record.
type children struct {
	root   *page  // nil when there are none
	length int    // children
	totals        // of the children and all beneath them
	newest uint64 // newest revision of the record itself or anything beneath it
	array  bool   // set as an array; it counts as one only while isArray
}

// totals are sums over items. That of links tells at once that a query goes
// through none.
type totals struct {
	count int // items
	links int // those that are links
}

// add adds what changed when an item with all beneath it went from before to
// after.
func (t *totals) add(before, after totals) {
	t.count += after.count - before.count
	t.links += after.links - before.links
}

// isArray reports whether the children are the elements of an array: flagged as
// one, with the keys 0 to length-1. The last key decides: as keys are distinct
// and indices come first and by number, length keys of which the last is
// length-1 leave no gap.
func (c *children) isArray() bool {
	if !c.array || c.length == 0 {
		return c.array
	}
	last, ok := parseIndex(c.root.last().key)
	return ok && last == c.length-1
}

// get returns the child with that key, or nil.
func (c *children) get(key string) *record {
	for p := c.root; p != nil; {
		i, found := p.search(key)
		if found {
			return p.records[i]
		}
		if p.pages == nil {
			return nil
		}
		p = p.pages[i]
	}
	return nil
}

// The two changing methods below keep length, but not totals and newest: their
// caller knows what else changes beneath the same parent and sums up once.

// put adds r, or puts it in the place of the child with the same key. r must be
// complete: its key may not change.
func (c *children) put(o *owner, r *record) {
	if c.root == nil {
		c.root = &page{owner: o}
	}
	root, added := c.root.put(o, r)
	if len(root.records) > maxRecords {
		root = &page{owner: o, pages: []*page{root}}
		root.split(o, 0)
	}
	c.root = root
	if added {
		c.length++
	}
}

// remove takes away the child with that key, which must be there. A root page
// that runs out of records gives way to the only page beneath it.
func (c *children) remove(o *owner, key string) {
	c.root = c.root.remove(o, key)
	if len(c.root.records) == 0 {
		if c.root.pages == nil {
			c.root = nil
		} else {
			c.root = c.root.pages[0]
		}
	}
	c.length--
}

// all returns an iterator over the children in order.
func (c *children) all() iter.Seq[*record] {
	return func(yield func(*record) bool) {
		if c.root != nil {
			c.root.walk(yield)
		}
	}
}

// newChildren returns children made of records, sorted and with distinct keys,
// for a parent that was itself last changed by revision modified. It copies
// records.
func newChildren(o *owner, records []*record, modified uint64, array bool) *children {
	c := &children{root: newPages(o, records), length: len(records), newest: modified, array: array}
	for _, r := range records {
		c.add(totals{}, r.totals())
		c.newest = max(c.newest, r.newest())
	}
	return c
}

// tag is the tag of the parent's content in binary forms.
func (c *children) tag() byte {
	if c.array {
		return tagArray
	}
	return tagObject
}
