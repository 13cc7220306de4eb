package cluster

import (
	"slices"
	"sort"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// What a node remembers of its changes, for watches that miss none and for those
// that go on from a revision: so many or so many bytes of commands, whichever is
// reached first, and less than one segment more.
const (
	historyChanges = 8192
	historyBytes   = 16 << 20
	// segmentChanges is after how many changes another tree is kept: what is
	// between two of them has to be made again.
	segmentChanges = 256
	// segmentBytes is the same by the size of the commands.
	segmentBytes = historyBytes / 32
)

// history is the ring of the last changes.
type history struct {
	segments []segment // the oldest first
	tree     *tree.Tree
	changes  int
	bytes    uint64
	applied  uint64 // bytes of entries up to now
}

// segment is a tree and changes that were made on it, one after the other.
type segment struct {
	before  *tree.Tree
	changes []fsm.Change
	bytes   uint64
}

// add notes a new state. Where it does not follow from the one before by changes
// that are known, nothing before it is remembered.
func (h *history) add(state fsm.State) {
	bytes := state.Bytes - h.applied
	h.applied = state.Bytes
	switch {
	case h.tree == nil || h.tree.Revision()+uint64(len(state.Changes)) != state.Tree.Revision():
		*h = history{applied: state.Bytes}
	case len(state.Changes) > 0:
		h.extend(state.Changes, bytes)
		h.shrink()
	}
	h.tree = state.Tree
}

func (h *history) extend(changes []fsm.Change, bytes uint64) {
	if n := len(h.segments); n == 0 || len(h.segments[n-1].changes) >= segmentChanges || h.segments[n-1].bytes >= segmentBytes {
		h.segments = append(h.segments, segment{before: h.tree})
	}
	last := &h.segments[len(h.segments)-1]
	last.changes = append(last.changes, changes...)
	last.bytes += bytes
	h.changes += len(changes)
	h.bytes += bytes
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
