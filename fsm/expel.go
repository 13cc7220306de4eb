package fsm

import (
	"fmt"

	"example.com/gstate/tree"
)

// Reason says why an item was removed by no operation on it.
type Reason uint8

const (
	// ReasonLease: its lease was over.
	ReasonLease Reason = 1
	// ReasonSession: the session that kept it has ended.
	ReasonSession Reason = 2
	// ReasonKeeper: the item that kept it was removed.
	ReasonKeeper Reason = 3
)

// reasons is indexed by reason. Reason 0 is none.
var reasons = [...]string{ReasonLease: "lease", ReasonSession: "session", ReasonKeeper: "keeper"}

// String returns the reason's name, as in "lease".
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasons) {
		return fmt.Sprintf("reason(%d)", uint8(r))
	}
	return reasons[r]
}

// Expelled tells of one item that was removed by no operation on it.
type Expelled struct {
	Path tree.Path
	// Revision is that of the change that removed it.
	Revision uint64
	Reason   Reason
}

// expel removes an item that is there, with everything beneath it.
func (d *Draft) expel(path tree.Path, why Reason) {
	d.lives.must(d.edit.Remove(path))
	d.expelled = append(d.expelled, Expelled{Path: path, Revision: d.edit.Revision() + 1, Reason: why})
	d.noteBeneath(path)
	d.noteYoung(path)
}
