package fsm

import "example.com/gstate/tree"

// Expelled tells of one item that was removed by no operation on it.
type Expelled struct {
	Path tree.Path
	// Revision is that of the change that removed it.
	Revision uint64
	Reason   Reason
}

// expel removes an item that is there, with everything beneath it.
func (d *Draft) expel(path tree.Path, why Reason) {
	d.reasons = d.reasons.With(why)
	d.lives.must(d.edit.Remove(path))
	d.expelled = append(d.expelled, Expelled{Path: path, Revision: d.edit.Revision() + 1, Reason: why})
	d.noteBeneath(path)
	d.noteYoung(path)
}
