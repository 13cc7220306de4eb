package tree

// pairing finds where two B-trees differ. What they share it steps over without
// looking inside, so for trees of which one came from the other the work is in
// proportion to the changes between them.
type pairing struct {
	visit  func(a, b *record) bool // false ends the search
	steps  int                     // pages and records looked at, for the test that holds them to what changed
	before int                     // records of a before those that are visited, in published trees
}

// children calls visit for every key whose records beneath a and b are not the
// same record, in order; one of the two is nil when only the other side has the
// key. It reports whether visit never returned false. A record without
// children, or a nil one, has an empty B-tree.
//
// Both cursors move on together: past the same page or record at once, else
// into a page, the one with more levels first. So two versions of a page are
// entered one after the other, and their pages meet again. Where pages were
// split, joined or moved to another level, the cursors may enter a page that
// both sides have, but only its first pages and records: from there on they
// stand before the same pages.
func (w *pairing) children(a, b *record) bool {
	var left, right cursor
	left.start(a)
	right.start(b)
	for {
		w.steps++
		p, x := left.peek()
		q, y := right.peek()
		taller := left.level() >= right.level()
		switch {
		case p != nil && p == q:
			w.before += p.size
			left.skip()
			right.skip()
		case p != nil && (taller || q == nil):
			left.enter(p)
		case q != nil:
			right.enter(q)
		case x == nil && y == nil:
			return true
		default:
			if !w.records(&left, &right, x, y) {
				return false
			}
		}
	}
}

// records moves past x or y or both, whichever have the lesser key; one of them
// may be nil, at the end of its side.
func (w *pairing) records(left, right *cursor, x, y *record) bool {
	order := 0
	switch {
	case x == nil:
		order = 1
	case y == nil:
		order = -1
	case x != y:
		order = CompareKeys(x.key, y.key)
	}
	if order <= 0 {
		left.skip()
	} else {
		x = nil
	}
	if order >= 0 {
		right.skip()
	} else {
		y = nil
	}
	more := x == y || w.visit(x, y)
	if x != nil {
		w.before++
	}
	return more
}

// maxHeight bounds the levels of a B-tree: with at least 32 pages to a page, 13
// levels hold 2^63 records. One more frame holds the root page itself.
const maxHeight = 13

// cursor stands before a page or a record of a B-tree and moves on in the order
// of keys: over what it is before, or into it when it is a page. The zero
// cursor is at the end.
type cursor struct {
	frames [maxHeight + 1]frame
	depth  int // frames in use
	levels int // levels of the whole B-tree
}

// frame is a position among the pages and records of one page: before
// pages[at/2] when at is even, and before records[at/2] when it is odd. Without
// pages it is always odd.
type frame struct {
	pages   []*page
	records []*record
	at      int
}

// start puts the cursor before the root page of the children of r.
func (c *cursor) start(r *record) {
	if r == nil || r.kids == nil || r.kids.root == nil {
		return
	}
	c.frames[0] = frame{pages: []*page{r.kids.root}}
	c.depth = 1
	for p := r.kids.root; ; p = p.pages[0] {
		c.levels++
		if p.pages == nil {
			return
		}
	}
}

// level is the number of levels of a page that the cursor is before.
func (c *cursor) level() int { return c.levels - c.depth + 1 }

// peek returns what the cursor is before: a page, or a record, or nothing at
// the end.
func (c *cursor) peek() (*page, *record) {
	for c.depth > 0 {
		f := &c.frames[c.depth-1]
		i := f.at / 2
		switch {
		case f.at%2 == 0 && i < len(f.pages):
			return f.pages[i], nil
		case f.at%2 == 1 && i < len(f.records):
			return nil, f.records[i]
		}
		c.depth--
	}
	return nil, nil
}

// skip moves over what the cursor is before; it must not be at the end.
func (c *cursor) skip() {
	f := &c.frames[c.depth-1]
	f.at++
	if f.pages == nil {
		f.at++
	}
}

// enter moves into p, the page that the cursor is before.
func (c *cursor) enter(p *page) {
	c.skip()
	c.frames[c.depth] = frame{pages: p.pages, records: p.records}
	if p.pages == nil {
		c.frames[c.depth].at = 1
	}
	c.depth++
}
