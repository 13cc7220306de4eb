package fsm

import (
	"fmt"
	"slices"
	"strings"

	"example.com/gstate/tree"
)

// Change is one change of the tree, as the machine has made it.
type Change struct {
	// Revision is that of the tree after it.
	Revision uint64
	// Reasons say what made it.
	Reasons Reasons
	// Writes are the operations that have changed something, in their order.
	Writes []tree.Write
	// Expelled are the items that were removed by no operation on them.
	Expelled []Expelled
}

// Bytes returns about how much memory the change holds, together with a tree from
// before it.
func (c Change) Bytes() int {
	bytes := len(c.Expelled) * expelledBytes
	for _, write := range c.Writes {
		bytes += write.Bytes()
	}
	return bytes
}

// expelledBytes is about what an Expelled takes beside its keys, which those of a
// write are counted for.
const expelledBytes = 128

// Reason says why something has changed, or why an item was removed.
type Reason uint8

const (
	// ReasonLease: the lease of an item was over.
	ReasonLease Reason = 1
	// ReasonSession: the session that kept an item has ended.
	ReasonSession Reason = 2
	// ReasonKeeper: the item that kept an item was removed.
	ReasonKeeper Reason = 3
	// ReasonWrite: a command with one operation.
	ReasonWrite Reason = 4
	// ReasonTransaction: a command with several operations.
	ReasonTransaction Reason = 5
)

// reasons is indexed by reason. Reason 0 is none.
var reasons = [...]string{
	ReasonLease: "lease", ReasonSession: "session", ReasonKeeper: "keeper", ReasonWrite: "write", ReasonTransaction: "transaction",
}

// String returns the reason's name, as in "lease".
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasons) {
		return fmt.Sprintf("reason(%d)", uint8(r))
	}
	return reasons[r]
}

// Reasons are any number of reasons. The zero value is none.
type Reasons uint8

// With returns the reasons with one more.
func (r Reasons) With(more Reason) Reasons { return r | 1<<more }

// Has reports whether a reason is one of them.
func (r Reasons) Has(reason Reason) bool { return r&(1<<reason) != 0 }

// List returns the names of the reasons.
func (r Reasons) List() []string {
	var names []string
	for reason := ReasonLease; reason <= ReasonTransaction; reason++ {
		if r.Has(reason) {
			names = append(names, reason.String())
		}
	}
	return names
}

// String returns the names of the reasons, as in "lease, keeper".
func (r Reasons) String() string { return strings.Join(r.List(), ", ") }

// reasonOf returns why a command with so many operations changes something.
func reasonOf(operations int) Reason {
	if operations > 1 {
		return ReasonTransaction
	}
	return ReasonWrite
}

// changeEnd is a change while the draft goes on, with how much of its journal and
// of what was expelled there was at its end.
type changeEnd struct {
	revision         uint64
	reasons          Reasons
	writes, expelled int
}

// expect makes room for what so many commands change.
func (d *Draft) expect(commands int) {
	d.edit.GrowJournal(commands)
	d.changes = slices.Grow(d.changes, commands)
}

// noteChange adds the change that was just committed.
func (d *Draft) noteChange(revision uint64) {
	d.changes = append(d.changes, changeEnd{revision, d.reasons, len(d.edit.Journal()), len(d.expelled)})
}

// Changes returns the changes since the draft began.
func (d *Draft) Changes() []Change {
	changes := make([]Change, 0, len(d.changes))
	journal, writes, expelled := d.edit.Journal(), 0, 0
	for _, end := range d.changes {
		changes = append(changes, Change{end.revision, end.reasons, journal[writes:end.writes], d.expelled[expelled:end.expelled]})
		writes, expelled = end.writes, end.expelled
	}
	return changes
}
