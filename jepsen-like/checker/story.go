package checker

import "example.com/gstate/jepsen-like/history"

// story is the search for an order in which everything that is known of one
// item is true.
type story struct {
	// steps are the facts in their fixed order.
	steps []step
	// unknown are the writes that may be put between them, or left out.
	unknown []unknownWrite
	// known holds the chapters that were tried without success.
	known map[chapter]bool
	// furthest is the last step that any attempt came to: the one that no
	// attempt could explain.
	furthest int
}

// unknownWrite is a write that was applied at one revision above floor, or
// was not applied.
type unknownWrite struct {
	call  history.Call
	floor uint64
}

// chapter is a place in the search: how far it came, which unknown writes it
// has used, and the item's state there.
type chapter struct {
	step int
	used uint64
	item state
}

// holds reports whether the rest of the story can be told from here. The
// recursion is as deep as the item has steps and unknown writes.
func (s *story) holds(at chapter) bool {
	if at.step == len(s.steps) {
		return true
	}
	if s.known[at] {
		return false
	}
	s.known[at] = true
	s.furthest = max(s.furthest, at.step)
	fact := s.steps[at.step]
	if next, ok := at.item.follow(fact); ok && s.holds(chapter{at.step + 1, at.used, next}) {
		return true
	}
	return s.holdsAfterUnknown(at, fact)
}

// holdsAfterUnknown tries each unknown write that can have been applied just
// before the fact.
func (s *story) holdsAfterUnknown(at chapter, fact step) bool {
	last := fact.revision
	if fact.write {
		last--
	}
	for i, write := range s.unknown {
		if at.used&(1<<i) != 0 {
			continue
		}
		first := max(write.floor, at.item.after) + 1
		next, ok := at.item.apply(write.call.Request, first, last)
		if ok && first <= last && s.holds(chapter{at.step, at.used | 1<<i, next}) {
			return true
		}
	}
	return false
}

// state is what is known of an item at a place in its story.
type state struct {
	present bool
	// value is the number of the write that the item shows, if present.
	value int64
	// low and high bound the item's newest revision, if present. They are
	// equal unless the last write is one whose revision is unknown.
	low, high uint64
	// after is the least revision that the last write can have: the next one
	// has a greater one.
	after uint64
}

// follow returns the state after the fact, or false when the fact cannot be
// true here.
func (s state) follow(fact step) (state, bool) {
	switch {
	case fact.write:
		return s.apply(fact.call.Request, fact.revision, fact.revision)
	case fact.call.Kind == history.Fail:
		return s.refuse(fact.call)
	}
	return s.show(fact.call.Answer)
}

// apply returns the state after a write at a revision from first to last, or
// false when the write would be refused here.
func (s state) apply(write history.Request, first, last uint64) (state, bool) {
	switch {
	case write.Function == history.Insert && s.present,
		write.Function == history.Update && !s.present,
		write.Function == history.Remove && !s.present,
		write.IfMatch > 0 && !s.present,
		write.IfMatch > 0 && s.low > write.IfMatch:
		return s, false
	case write.Function == history.Remove:
		return state{after: first}, true
	}
	return state{present: true, value: write.Number, low: first, high: last, after: first}, true
}

// refuse returns what is known after a refusal, or false when the write would
// not have been refused with this code. A conflict shows the newest revision
// of the item, and so stands right after the change of that revision.
func (s state) refuse(call history.Call) (state, bool) {
	switch {
	case call.Code == history.NotFound:
		return s, !s.present
	case call.Code == history.Exists || !s.present:
		return s, s.present
	}
	return s.narrow(call.Revision, call.Revision)
}

// show returns what is known after a read, or false when the read does not
// show this state. An answer without Modified leaves the revision open.
func (s state) show(answer history.Answer) (state, bool) {
	switch {
	case !answer.Found || !s.present:
		return s, answer.Found == s.present
	case answer.Value != s.value:
		return s, false
	case answer.Modified == 0:
		return s, true
	}
	return s.narrow(answer.Modified, answer.Modified)
}

// narrow returns the state with tighter bounds of the item's newest revision,
// or false when no revision is left.
func (s state) narrow(low, high uint64) (state, bool) {
	s.low, s.high = max(s.low, low), min(s.high, high)
	s.after = max(s.after, s.low)
	return s, s.low <= s.high
}
