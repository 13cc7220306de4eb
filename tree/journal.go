package tree

import (
	"slices"
	"unsafe"
)

// Write is one operation of a draft that has changed something, as the draft's
// journal tells it: enough to make it again on another draft, and to know what it
// can have touched.
type Write struct {
	// Revision is that of the change that the operation is part of.
	Revision uint64

	// Path is where it wrote or removed.
	Path Path

	// Value is what it wrote, null for a removal.
	Value Value

	form writeForm

	// standing is how many of the items on Path, beneath the root, were there and
	// had children. The others, the lower ones, were made or had been leaves.
	standing int

	// gone is how many items it has replaced or removed.
	gone int
}

// Bytes returns about how much memory the write holds, together with a tree from
// before it: its value, and the items that it has replaced or removed, without their
// content.
func (w Write) Bytes() int {
	bytes := int(unsafe.Sizeof(w)) + w.Value.memory() + w.gone*int(unsafe.Sizeof(record{}))
	for _, key := range w.Path {
		bytes += int(unsafe.Sizeof(key)) + len(key)
	}
	return bytes
}

// memory returns how much memory v takes beside itself.
func (v Value) memory() int {
	bytes := 0
	switch v.Kind() {
	case String, Bytes:
		return v.Len()
	case Link:
		for _, key := range v.target() {
			bytes += int(unsafe.Sizeof(key)) + len(key)
		}
	case Array:
		for _, element := range v.elements() {
			bytes += int(unsafe.Sizeof(element)) + element.memory()
		}
	case Object:
		for _, m := range v.members() {
			bytes += int(unsafe.Sizeof(m)) + len(m.key) + m.value.memory()
		}
	}
	return bytes
}

// writeForm tells the operations of a draft apart.
type writeForm uint8

const (
	formMerge   writeForm = iota // objects are merged
	formExact                    // the item becomes equal to the value
	formRemoval                  // the item is removed
)

// KeepJournal makes the draft note what its operations change, for Journal. It
// must be called before the first of them. Paths that are passed in are kept then,
// too, and must not be changed.
func (e *Edit) KeepJournal() { e.journaling = true }

// GrowJournal makes room for n more operations, so that they are noted at less cost.
func (e *Edit) GrowJournal(n int) {
	if e.journaling {
		e.journal = slices.Grow(e.journal, n)
	}
}

// Journal returns the operations that have changed something since the draft
// began, in their order; what Rollback has taken back is not among them. The
// caller must not change it.
func (e *Edit) Journal() []Write { return slices.Clip(e.journal) }

// Redo makes the operation again. Done one after the other on the tree that the
// journal's draft began with, the writes of a journal give every state that it
// had. Redo of some of them gives the items that these can have touched, as they
// were.
func (e *Edit) Redo(w Write) {
	e.Commit()
	e.revision = w.Revision - 1
	switch {
	case w.form == formRemoval:
		e.remove(w.Path)
	case len(w.Path) == 0:
		e.mergeRoot(w.Value)
	default:
		e.write(w.Path, w.Value, w.form == formExact)
	}
}

// note adds the operation that was just made to the journal.
func (e *Edit) note(p Path, v Value, form writeForm) {
	if e.journaling {
		e.journal = append(e.journal, Write{e.revision + 1, p, v, form, len(p) - e.made, e.gone})
	}
}

// rollbackJournal makes the journal again what it was at a mark. What is noted next
// goes elsewhere than what was taken back, to which other marks may return.
func (e *Edit) rollbackJournal(was []Write) {
	if len(was) != len(e.journal) || len(was) > 0 && &was[0] != &e.journal[0] {
		e.journal = slices.Clip(was)
	}
}
