package cluster

import (
	"slices"
	"sort"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// The bounds of what a node remembers of its changes, for watches that miss none
// and for those that go on from a revision. That of bytes is one of memory: a command
// of few bytes can write and remove far more than it has.
const (
	historyChanges = 8192
	historyBytes   = 32 << 20
	// changeBytes is what any change holds of a tree from before it: what leads to
	// the item that it has changed.
	changeBytes = 1 << 10
	// segmentsRecent is how many of the last segments are what was applied at once:
	// a reader that is up to date has nothing else to make again.
	segmentsRecent = 64
	// segmentChanges is after how many changes another tree is kept before that:
	// what is between two of them has to be made again.
	segmentChanges = 256
	// segmentBytes is the same by memory.
	segmentBytes = historyBytes / 32
)

// history is the ring of the last changes.
type history struct {
	segments []segment // the oldest first
	tree     *tree.Tree
	changes  int
	bytes    int
}

// segment is a tree and changes that were made on it, one after the other.
type segment struct {
	before  *tree.Tree
	changes []fsm.Change
	bytes   int
}

// memoryOf returns about how much memory is held by remembering the changes.
func memoryOf(changes []fsm.Change) int {
	bytes := 0
	for _, change := range changes {
		bytes += changeBytes + change.Bytes()
	}
	return bytes
}

// add notes a new state, whose changes hold so much memory. Where it does not follow
// from the one before by changes that are known, nothing before it is remembered.
func (h *history) add(state fsm.State, bytes int) {
	switch {
	case h.tree == nil || h.tree.Revision()+uint64(len(state.Changes)) != state.Tree.Revision():
		*h = history{}
	case len(state.Changes) > 0:
		h.segments = append(h.segments, segment{h.tree, state.Changes, bytes})
		h.changes += len(state.Changes)
		h.bytes += bytes
		h.merge()
		h.shrink()
	}
	h.tree = state.Tree
}

// merge adds the segment that is no longer recent to the one before, if that has
// room.
func (h *history) merge() {
	place := len(h.segments) - segmentsRecent
	if place < 1 {
		return
	}
	before, old := &h.segments[place-1], h.segments[place]
	if len(before.changes) >= segmentChanges || before.bytes >= segmentBytes {
		return
	}
	before.changes = append(before.changes, old.changes...) // readers have shorter slices of it
	before.bytes += old.bytes
	h.segments = slices.Delete(h.segments, place, place+1)
}

// shrink drops the segments without which there is as much as the bounds say.
func (h *history) shrink() {
	surplus := 0
	for _, s := range h.segments {
		changes, bytes := h.changes-len(s.changes), h.bytes-s.bytes
		if changes < historyChanges && bytes < historyBytes {
			break
		}
		h.changes, h.bytes = changes, bytes
		surplus++
	}
	h.segments = slices.Delete(h.segments, 0, surplus)
}

// since returns segments that have all changes after a revision, and perhaps some
// before; it is false when some are not remembered. There is none for the present
// revision.
func (h *history) since(revision uint64) ([]segment, bool) {
	if revision == h.tree.Revision() {
		return nil, true
	}
	first := sort.Search(len(h.segments), func(i int) bool { return h.segments[i].before.Revision() > revision }) - 1
	if first < 0 || revision > h.tree.Revision() {
		return nil, false
	}
	return slices.Clone(h.segments[first:]), true
}
