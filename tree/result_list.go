package tree

import (
	"slices"
	"sort"
	"sync/atomic"
)

// choice is a child that a map has selected. It is immutable, but for what the map
// wants of it, which is made when it is asked for: a part where the inner shape is
// not plain, else a value.
type choice struct {
	candidate
	part  atomic.Pointer[part]
	value atomic.Pointer[Value]
}

// choiceList is a sorted list of choices that is immutable: a changed one shares with
// it all chunks that have no change.
type choiceList struct {
	chunks [][]*choice // none is empty
	ends   []int       // how many choices there are up to the end of each chunk
}

// The bounds of a chunk: a change copies one of them, and the list of them all.
const (
	maxChunk  = 256
	joinChunk = maxChunk / 2
)

// newChoiceList returns the list of choices, which are sorted.
func newChoiceList(choices []*choice) choiceList {
	var chunks [][]*choice
	for chunk := range slices.Chunk(choices, maxChunk/2) {
		chunks = append(chunks, slices.Clone(chunk))
	}
	return listOf(chunks)
}

// listOf returns the list with these chunks.
func listOf(chunks [][]*choice) choiceList {
	l := choiceList{chunks, make([]int, len(chunks))}
	length := 0
	for i, chunk := range chunks {
		length += len(chunk)
		l.ends[i] = length
	}
	return l
}

// length returns how many choices there are.
func (l choiceList) length() int { return l.start(len(l.chunks)) }

// start returns how many choices there are before a chunk.
func (l choiceList) start(chunk int) int {
	if chunk == 0 {
		return 0
	}
	return l.ends[chunk-1]
}

// at returns the choice at a place.
func (l choiceList) at(place int) *choice {
	c := l.cursor(place)
	return c.choice()
}

// search returns the first place at which is is true, as it is then at all that come
// after; the length when there is none.
func (l choiceList) search(is func(*choice) bool) int {
	n := sort.Search(len(l.chunks), func(i int) bool { return is(l.chunks[i][len(l.chunks[i])-1]) })
	if n == len(l.chunks) {
		return l.length()
	}
	return l.start(n) + sort.Search(len(l.chunks[n]), func(i int) bool { return is(l.chunks[n][i]) })
}

// listEdit changes a list. What it has copied once it changes in place.
type listEdit struct {
	compare func(a, b *choice) int
	chunks  [][]*choice
	owned   []bool
}

func (l choiceList) edit(compare func(a, b *choice) int) *listEdit {
	return &listEdit{compare, slices.Clone(l.chunks), make([]bool, len(l.chunks))}
}

// list returns the changed list; the edit is over.
func (e *listEdit) list() choiceList { return listOf(e.chunks) }

// find returns the chunk of a choice and its place in it, or where it would be.
func (e *listEdit) find(one *choice) (chunk, place int, found bool) {
	chunk, found = slices.BinarySearchFunc(e.chunks, one, func(c []*choice, one *choice) int { return e.compare(c[0], one) })
	if found {
		return chunk, 0, true
	}
	if chunk == 0 {
		return 0, 0, false
	}
	place, found = slices.BinarySearchFunc(e.chunks[chunk-1], one, e.compare)
	return chunk - 1, place, found
}

// own makes sure that a chunk can be changed in place, and has room for one more.
func (e *listEdit) own(chunk int) {
	if !e.owned[chunk] {
		c := make([]*choice, len(e.chunks[chunk]), len(e.chunks[chunk])+1)
		copy(c, e.chunks[chunk])
		e.chunks[chunk], e.owned[chunk] = c, true
	}
}

// put adds a choice, or puts it in the place of the one that compares as equal.
func (e *listEdit) put(one *choice) {
	if len(e.chunks) == 0 {
		e.chunks, e.owned = [][]*choice{{one}}, []bool{true}
		return
	}
	chunk, place, found := e.find(one)
	e.own(chunk)
	if found {
		e.chunks[chunk][place] = one
		return
	}
	e.chunks[chunk] = slices.Insert(e.chunks[chunk], place, one)
	if c := e.chunks[chunk]; len(c) > maxChunk {
		e.chunks[chunk] = slices.Clone(c[:maxChunk/2])
		e.chunks = slices.Insert(e.chunks, chunk+1, slices.Clone(c[maxChunk/2:]))
		e.owned = slices.Insert(e.owned, chunk+1, true)
	}
}

// remove takes away the choice that compares as equal, which must be there.
func (e *listEdit) remove(one *choice) {
	chunk, place, _ := e.find(one)
	e.own(chunk)
	e.chunks[chunk] = slices.Delete(e.chunks[chunk], place, place+1)
	switch {
	case len(e.chunks[chunk]) == 0:
		e.drop(chunk)
	case chunk+1 < len(e.chunks) && len(e.chunks[chunk])+len(e.chunks[chunk+1]) <= joinChunk:
		e.chunks[chunk] = append(e.chunks[chunk], e.chunks[chunk+1]...)
		e.drop(chunk + 1)
	}
}

// drop takes away a chunk.
func (e *listEdit) drop(chunk int) {
	e.chunks = slices.Delete(e.chunks, chunk, chunk+1)
	e.owned = slices.Delete(e.owned, chunk, chunk+1)
}

// listCursor is a place in a list.
type listCursor struct {
	chunks [][]*choice // from the one with the place on
	place  int         // in the first of them
}

// cursor returns the given place in the list.
func (l choiceList) cursor(place int) listCursor {
	chunk := sort.SearchInts(l.ends, place+1)
	return listCursor{l.chunks[chunk:], place - l.start(chunk)}
}

// choice returns the choice at the place, nil at the end.
func (c *listCursor) choice() *choice {
	if len(c.chunks) == 0 {
		return nil
	}
	return c.chunks[0][c.place]
}

// skip moves on by n choices.
func (c *listCursor) skip(n int) {
	c.place += n
	for len(c.chunks) > 0 && c.place >= len(c.chunks[0]) {
		c.place -= len(c.chunks[0])
		c.chunks = c.chunks[1:]
	}
}

// shared returns how many choices come next in both lists in one chunk that they
// have in common.
func (c *listCursor) shared(other *listCursor) int {
	if len(c.chunks) == 0 || len(other.chunks) == 0 || c.place != other.place || &c.chunks[0][0] != &other.chunks[0][0] {
		return 0
	}
	return len(c.chunks[0]) - c.place
}

// listWindow is a cursor with the number of choices that are left of the window.
type listWindow struct {
	cursor listCursor
	left   int
}

// choice returns the next choice, nil at the end of the window.
func (w *listWindow) choice() *choice {
	if w.left <= 0 {
		return nil
	}
	return w.cursor.choice()
}

func (w *listWindow) skip(n int) {
	w.cursor.skip(n)
	w.left -= n
}

// windowPair moves through the windows of two lists with one order.
type windowPair struct {
	left, right listWindow
}

// next returns the next choices, of which one is nil when the other one comes before
// it, or both when both windows are at their end. What the lists share is passed
// over.
func (w *windowPair) next(s *selection) (x, y *choice) {
	for {
		n := min(w.left.cursor.shared(&w.right.cursor), w.left.left, w.right.left)
		if n <= 0 && w.left.choice() != nil && w.left.choice() == w.right.choice() {
			n = 1
		}
		if n <= 0 {
			break
		}
		w.left.skip(n)
		w.right.skip(n)
	}
	x, y = w.left.choice(), w.right.choice()
	if x != nil && y != nil {
		switch order := s.compareChoices(x, y); {
		case order < 0:
			y = nil
		case order > 0:
			x = nil
		}
	}
	if x != nil {
		w.left.skip(1)
	}
	if y != nil {
		w.right.skip(1)
	}
	return x, y
}
