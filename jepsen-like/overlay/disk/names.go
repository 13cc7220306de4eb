package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// names is the journal of changes of names, as a file system keeps one: what is
// synced is a beginning of it.
type names struct {
	// synced is how many changes are on the disk; the others follow.
	synced   int
	unsynced []change
}

// change is one change of names.
type change struct {
	// folders are those whose content has changed.
	folders []string
	undo    func() error
	// aside, if not empty, is what undo would bring back.
	aside string
}

// note adds a change, and returns its number. d.mu is held.
func (d *Disk) note(c change) int {
	d.mu.names.unsynced = append(d.mu.names.unsynced, c)
	return d.mu.names.synced + len(d.mu.names.unsynced)
}

// commit makes the changes up to a number last. d.mu is held.
func (d *Disk) commit(number int) {
	for d.mu.names.synced < number && len(d.mu.names.unsynced) > 0 {
		if aside := d.mu.names.unsynced[0].aside; aside != "" {
			d.forget(aside)
		}
		d.mu.names.unsynced = d.mu.names.unsynced[1:]
		d.mu.names.synced++
	}
}

// commitFolder makes the changes of one folder last, with all before them.
func (d *Disk) commitFolder(folder string) {
	for i := len(d.mu.names.unsynced) - 1; i >= 0; i-- {
		if slices.Contains(d.mu.names.unsynced[i].folders, folder) {
			d.commit(d.mu.names.synced + i + 1)
			return
		}
	}
}

// forget removes for good what was put aside, and what is known of the files.
func (d *Disk) forget(aside string) {
	_ = filepath.WalkDir(aside, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		d.mu.inodes = slices.DeleteFunc(d.mu.inodes, func(in *inode) bool {
			return os.SameFile(in.info, info) && in.drop()
		})
		return nil
	})
	// It is beside the folder, and nobody misses it.
	_ = os.RemoveAll(aside)
}
