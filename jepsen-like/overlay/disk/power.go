package disk

import "errors"

// Lost counts what power cuts have taken.
type Lost struct {
	// Sectors were written and not synced. Names were made, changed or
	// removed, and that was not synced. Sizes of files changed in the same way.
	Sectors, Names, Sizes int
}

// Cut is the moment of a power cut: from now on nothing comes onto the disk.
// All calls fail, and those on files that are open now do for ever. The files
// themselves still look as they did, so that a process that has them mapped can
// be ended in order: then call Restore.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.off {
		return
	}
	d.mu.off = true
	d.mu.generation++
	d.goOn()
}

// Restore is the return of the power after a Cut. What was not synced when it
// was cut is gone, but for a drawn part: of each file some sectors are new and
// others old, and of the names the newest are gone. Nobody may have the files
// open or mapped. It returns what was lost this time.
func (d *Disk) Restore() (Lost, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.mu.off {
		return Lost{}, nil
	}
	d.mu.lost = Lost{}
	problems := []error{}
	for _, in := range d.mu.inodes {
		problems = append(problems, d.revert(in))
	}
	problems = append(problems, d.forgetNames())
	d.mu.inodes = nil
	d.mu.off = false
	return d.mu.lost, errors.Join(problems...)
}

// revert takes from a file what was not synced, but for a drawn part of it, and
// forgets the file. How large the part is, is drawn for each file.
func (d *Disk) revert(in *inode) error {
	kept := d.mu.random.Float64()
	lost, err := in.revert(func() bool { return d.mu.random.Float64() < kept })
	d.mu.lost.Sectors += lost.Sectors
	d.mu.lost.Sizes += lost.Sizes
	return errors.Join(err, in.close())
}

// forgetNames undoes the newest changes of names, a drawn number of those that
// were not synced. What came before them stays: file systems write names down in
// order.
func (d *Disk) forgetNames() error {
	unsynced := d.mu.names.unsynced
	kept := d.mu.random.IntN(len(unsynced) + 1)
	var problems []error
	for i := len(unsynced) - 1; i >= kept; i-- {
		problems = append(problems, unsynced[i].undo())
		d.mu.lost.Names++
	}
	d.commit(d.mu.names.synced + len(unsynced))
	return errors.Join(problems...)
}
