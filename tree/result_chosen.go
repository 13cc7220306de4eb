package tree

import (
	"iter"
	"slices"
)

// chosen is what a map that selects has of one item: the children for which its
// condition holds and that come after its cursor, in order. Those of them that are
// in the result are a window of it.
type chosen struct {
	list  choiceList
	count int // of formCount, instead of the list
}

// newChosen returns what s, a map, has of r.
func newChosen(s *shape, r *record) *chosen {
	c := new(chosen)
	var choices []*choice
	for path, kid := range s.which.items(nil, r) {
		if one := s.choose(path, kid); one != nil {
			c.count++
			choices = append(choices, one)
		}
	}
	if s.form == formCount {
		return c
	}
	if s.which.ordered() {
		slices.SortFunc(choices, s.which.compareChoices)
	}
	c.list = newChoiceList(choices)
	return c
}

// ordered reports whether there is an order but that of keys.
func (s *selection) ordered() bool { return s != nil && len(s.order) > 0 }

// compareChoices orders two choices of a list.
func (s *selection) compareChoices(a, b *choice) int {
	if s == nil {
		return CompareKeys(a.record.key, b.record.key)
	}
	return s.compare(a.candidate, b.candidate)
}

// choose returns the child, or what matches a pattern, as a choice if the map s
// selects it, else nil. It may be nil.
func (s *shape) choose(path Path, kid *record) *choice {
	switch {
	case kid == nil:
		return nil
	case s.which == nil:
		return &choice{candidate: candidate{record: kid}}
	case !s.which.where.holds(nil, kid):
		return nil
	}
	one := &choice{candidate: s.which.candidate(nil, path, kid)}
	if !s.which.isAfter(one.candidate) {
		return nil
	}
	return one
}

// next returns what s has of b, where c is that of a. It returns c itself when
// there is no difference.
func (c *chosen) next(s *shape, a, b *record) *chosen {
	edit, count, touched := c.list.edit(s.which.compareChoices), c.count, false
	s.which.pairs(a, b, func(path Path, x, y *record) {
		was, is := s.choose(path, x), s.choose(path, y)
		touched = touched || was != nil || is != nil
		if was != nil {
			count--
		}
		if is != nil {
			count++
		}
		if s.form != formCount {
			edit.swap(s, was, is)
		}
	})
	if !touched {
		return c
	}
	return &chosen{list: edit.list(), count: count}
}

// swap puts is in the place of the choice that was compares as equal to. Either may
// be nil.
func (e *listEdit) swap(s *shape, was, is *choice) {
	if was != nil {
		chunk, place, _ := e.find(was)
		was = e.chunks[chunk][place]
	}
	if was != nil && is != nil {
		is.follow(s, was)
	}
	if was != nil && (is == nil || e.compare(was, is) != 0) {
		e.remove(was)
	}
	if is != nil {
		e.put(is)
	}
}

// follow takes over what was made for the same child before.
func (one *choice) follow(s *shape, was *choice) {
	if p := was.part.Load(); p != nil {
		one.part.Store(p.next(s.each, was.record, one.record))
	} else if v := was.value.Load(); v != nil {
		next := patch(s.each, *v, was.record, one.record)
		one.value.Store(&next)
	}
}

// valueOf returns the value of s.
func (c *chosen) valueOf(s *shape) Value {
	if s.form == formCount {
		from, to := s.which.window(c.count)
		return IntValue(int64(to - from))
	}
	var members []member
	for one := range c.window(s) {
		members = append(members, member{one.record.key, one.valueOf(s)})
	}
	return s.which.valueOf(members)
}

// window returns an iterator over the choices in the result of the map s.
func (c *chosen) window(s *shape) iter.Seq[*choice] {
	w := s.which.windowOf(c.list)
	return func(yield func(*choice) bool) {
		for one := w.choice(); one != nil; one = w.choice() {
			if w.skip(1); !yield(one) {
				return
			}
		}
	}
}

// valueOf returns the value of the choice in the result of the map s.
func (one *choice) valueOf(s *shape) Value {
	switch {
	case s.form == formKeys:
		return StringValue(one.record.key)
	case !s.each.plain():
		return one.partOf(s).valueOf(s.each)
	}
	if v := one.value.Load(); v != nil {
		return *v
	}
	v := fresh(s.each, one.record)
	one.value.Store(&v)
	return v
}

// partOf returns the part of the choice in the result of the map s.
func (one *choice) partOf(s *shape) *part {
	if p := one.part.Load(); p != nil {
		return p
	}
	p := newPart(s.each, one.record)
	one.part.Store(p)
	return p
}

// windowOf returns the part of the list that is in the result.
func (s *selection) windowOf(l choiceList) listWindow {
	from, to := s.window(l.length())
	return listWindow{l.cursor(from), to - from}
}

// compare calls both for the choices of which the children have one place in the
// order in c and in other, unless c and other share them. It returns those that
// have no such place in other, by key, and those that have none in c.
func (c *chosen) compare(s *shape, other *chosen, both func(x, y *choice)) (gone map[string]*choice, come []*choice) {
	gone = make(map[string]*choice)
	w := windowPair{s.which.windowOf(c.list), s.which.windowOf(other.list)}
	for {
		x, y := w.next(s.which)
		switch {
		case x == nil && y == nil:
			return gone, come
		case x != nil && y != nil:
			both(x, y)
		case x != nil:
			gone[x.record.key] = x
		default:
			come = append(come, y)
		}
	}
}

// at returns the path of the item beneath that of the map.
func (one *choice) at(of Path) Path {
	if one.path != nil {
		return append(of, one.path...)
	}
	return append(of, one.record.key)
}
