package tree

import "slices"

// The bounds of a page other than the root. With 63 records a page's slice
// fills a size class of 512 bytes; a million children make a tree of four
// levels, and copying one path for a change stays at a few kilobytes.
const (
	maxRecords = 63
	minRecords = maxRecords / 2
)

// page is a page of the B-tree that holds the children of one record. A page
// with n records has no pages beneath it or n+1, and keys in pages[i] lie
// between those of records[i-1] and records[i]. All pages without pages are
// equally deep. But for the root, minRecords <= len(records) <= maxRecords; the
// root has at least one record.
//
// Changing methods take the token of the draft and must be called on the page
// they return or on one that is owned.
type page struct {
	owner   *owner
	records []*record
	pages   []*page
	sum     digestSum // of the contributions of all records here and beneath, once size is set
	size    int       // how many records those are; 0 until they are summed up
}

// own returns p when o owns it, else a copy that o owns, with room for one more
// record. Its sum has to be computed anew either way.
func (p *page) own(o *owner) *page {
	if p.owner == o {
		return p
	}
	c := &page{owner: o, records: make([]*record, len(p.records), len(p.records)+1)}
	copy(c.records, p.records)
	if p.pages != nil {
		c.pages = make([]*page, len(p.pages), len(p.pages)+1)
		copy(c.pages, p.pages)
	}
	return c
}

// search returns the position of the record with that key, or where it would be
// and in which page beneath.
func (p *page) search(key string) (i int, found bool) {
	low, high := 0, len(p.records)
	for low < high {
		middle := (low + high) / 2
		switch order := CompareKeys(key, p.records[middle].key); {
		case order == 0:
			return middle, true
		case order < 0:
			high = middle
		default:
			low = middle + 1
		}
	}
	return low, false
}

// last returns the record with the greatest key.
func (p *page) last() *record {
	for p.pages != nil {
		p = p.pages[len(p.pages)-1]
	}
	return p.records[len(p.records)-1]
}

// walk calls yield for the records in order until it returns false, and reports
// whether it never did.
func (p *page) walk(yield func(*record) bool) bool {
	for i, r := range p.records {
		if p.pages != nil && !p.pages[i].walk(yield) {
			return false
		}
		if !yield(r) {
			return false
		}
	}
	return p.pages == nil || p.pages[len(p.records)].walk(yield)
}

// put adds r or replaces the record with its key. The page it returns may have
// one record too many: the caller splits it.
func (p *page) put(o *owner, r *record) (self *page, added bool) {
	p = p.own(o)
	i, found := p.search(r.key)
	switch {
	case found:
		p.records[i] = r
	case p.pages == nil:
		p.records = slices.Insert(p.records, i, r)
		added = true
	default:
		p.pages[i], added = p.pages[i].put(o, r)
		if len(p.pages[i].records) > maxRecords {
			p.split(o, i)
		}
	}
	return p, added
}

// split moves the upper half of pages[i], which o owns, to a new page behind
// it, and the record between the halves up into p. The upper half is copied, so
// that the lower one does not keep it in memory.
func (p *page) split(o *owner, i int) {
	left := p.pages[i]
	middle := len(left.records) / 2
	right := &page{owner: o, records: slices.Clone(left.records[middle+1:])}
	p.records = slices.Insert(p.records, i, left.records[middle])
	p.pages = slices.Insert(p.pages, i+1, right)
	left.records = slices.Delete(left.records, middle, len(left.records))
	if left.pages != nil {
		right.pages = slices.Clone(left.pages[middle+1:])
		left.pages = slices.Delete(left.pages, middle+1, len(left.pages))
	}
}

// remove takes away the record with that key, which must be there. The page it
// returns may have one record too few: the caller fills it.
func (p *page) remove(o *owner, key string) *page {
	p = p.own(o)
	i, found := p.search(key)
	switch {
	case found && p.pages == nil:
		p.records = slices.Delete(p.records, i, i+1)
	case found:
		// Only a page without pages can lose a record. The greatest lesser key
		// lies in one and can take the place.
		p.records[i] = p.pages[i].last()
		p.pages[i] = p.pages[i].remove(o, p.records[i].key)
		p.fill(o, i)
	default:
		p.pages[i] = p.pages[i].remove(o, key)
		p.fill(o, i)
	}
	return p
}

// fill makes sure that pages[i], which o owns, has minRecords: it takes one
// from a neighbour that can spare one, or else joins the two.
func (p *page) fill(o *owner, i int) {
	switch {
	case len(p.pages[i].records) >= minRecords:
	case i > 0 && len(p.pages[i-1].records) > minRecords:
		p.rotateRight(o, i-1)
	case i+1 < len(p.pages) && len(p.pages[i+1].records) > minRecords:
		p.rotateLeft(o, i)
	case i > 0:
		p.join(o, i-1)
	default:
		p.join(o, i)
	}
}

// rotateRight moves the last record of pages[i] up into p, and the one that
// stood there down to the front of pages[i+1].
func (p *page) rotateRight(o *owner, i int) {
	left, right := p.pages[i].own(o), p.pages[i+1]
	p.pages[i] = left
	end := len(left.records) - 1
	right.records = slices.Insert(right.records, 0, p.records[i])
	p.records[i] = left.records[end]
	left.records = slices.Delete(left.records, end, end+1)
	if left.pages != nil {
		right.pages = slices.Insert(right.pages, 0, left.pages[end+1])
		left.pages = slices.Delete(left.pages, end+1, end+2)
	}
}

// rotateLeft moves the first record of pages[i+1] up into p, and the one that
// stood there down to the end of pages[i].
func (p *page) rotateLeft(o *owner, i int) {
	left, right := p.pages[i], p.pages[i+1].own(o)
	p.pages[i+1] = right
	left.records = append(left.records, p.records[i])
	p.records[i] = right.records[0]
	right.records = slices.Delete(right.records, 0, 1)
	if right.pages != nil {
		left.pages = append(left.pages, right.pages[0])
		right.pages = slices.Delete(right.pages, 0, 1)
	}
}

// join puts records[i] and all of pages[i+1] at the end of pages[i].
func (p *page) join(o *owner, i int) {
	left, right := p.pages[i].own(o), p.pages[i+1]
	p.pages[i] = left
	left.records = append(append(left.records, p.records[i]), right.records...)
	left.pages = append(left.pages, right.pages...)
	p.records = slices.Delete(p.records, i, i+1)
	p.pages = slices.Delete(p.pages, i+1, i+2)
}

// newPages returns the root page over records, sorted and with distinct keys,
// or nil when there are none. It copies records, so that no page keeps the
// memory of another.
func newPages(o *owner, records []*record) *page {
	if len(records) == 0 {
		return nil
	}
	full := maxRecords + 1
	for full <= len(records) {
		full *= maxRecords + 1
	}
	return packPage(o, records, full)
}

// packPage returns a page over records where a page of that height holds fewer
// than full, and gives it as few pages beneath it as can be, filled evenly.
//
// Sizes are counted in gaps, one more than the records: a page of n pages with
// m gaps each has n*m gaps. As the root has more gaps than one page of the next
// height, each of the n >= 2 pages beneath it is at least half full, and so are
// all pages beneath those.
func packPage(o *owner, records []*record, full int) *page {
	if full == maxRecords+1 {
		return &page{owner: o, records: slices.Clone(records)}
	}
	full /= maxRecords + 1
	gaps := len(records) + 1
	n := (gaps + full - 1) / full
	p := &page{owner: o, records: make([]*record, 0, n-1), pages: make([]*page, 0, n)}
	for i := range n {
		from, to := gaps*i/n, gaps*(i+1)/n-1
		p.pages = append(p.pages, packPage(o, records[from:to], full))
		if to < len(records) {
			p.records = append(p.records, records[to])
		}
	}
	return p
}
