package main

import "bytes"

// position is how far a watch has come, over all its streams. Its zero value is
// at the beginning.
type position struct {
	// every says that the watch is of every change.
	every bool
	// since is the revision up to which streams have told what there was, nil
	// before any has.
	since *uint64
	// last is the last result, if there was one.
	last answer
}

// moves takes an event into account, and says whether it is one for whoever
// watches: newer, and another result. A stream that was opened again may begin
// with a result that was seen already; that of a watch of every change is told
// again when others may have been missed between.
func (p *position) moves(event answer) bool {
	if p.since != nil && event.Revision <= *p.since {
		return false
	}
	p.since = &event.Revision
	if event.mark || (event.sameResult(p.last) && !(p.every && event.Reset)) {
		return false
	}
	p.last = event
	return true
}

// sameResult says whether both have one result. The zero answer has none.
func (a answer) sameResult(other answer) bool {
	if other.Result == nil && other.Exists == nil {
		return false
	}
	return a.found() == other.found() && bytes.Equal(a.Result, other.Result)
}
