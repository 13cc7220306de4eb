package disk

import (
	"errors"
	"io"
	"maps"
	"os"
	"slices"
)

// sectorSize is what a disk writes as a whole.
const sectorSize = 512

// inode is a file, whatever its names are, with what is on the disk of it.
type inode struct {
	// own is a handle under a name of its own, beside the folder.
	own  *os.File
	info os.FileInfo
	// size is what it was at the last sync.
	size int64
	// old has the content of the sectors that have changed since the last
	// sync, as it was then. Beyond the end it is zeros.
	old map[int64][]byte
	// abandoned are those of them that a sync has failed to write. They are
	// in memory, and no later sync writes them.
	abandoned map[int64]bool
	// named is the number of the change that gave the file its name.
	named int
	// gone says that all names of the file are removed for good.
	gone bool
}

// newInode adds a second name to the file at path, and opens it.
func newInode(path, aside string) (*inode, error) {
	if err := os.Link(path, aside); err != nil {
		return nil, err
	}
	own, err := os.OpenFile(aside, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := own.Stat()
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return &inode{own: own, info: info, size: info.Size(), old: map[int64][]byte{}, abandoned: map[int64]bool{}}, nil
}

func (in *inode) close() error {
	return errors.Join(in.own.Close(), os.Remove(in.own.Name()))
}

// drop closes the file that has no name any more. It returns true.
func (in *inode) drop() bool {
	in.gone = true
	// It is a second name of a file that nobody misses.
	_ = in.close()
	return true
}

// save keeps what is there from one offset up to another, before it changes.
func (in *inode) save(from, to int64) error {
	for sector := from / sectorSize; sector*sectorSize < to; sector++ {
		delete(in.abandoned, sector)
		if _, saved := in.old[sector]; saved {
			continue
		}
		content := make([]byte, sectorSize)
		if _, err := in.own.ReadAt(content, sector*sectorSize); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		in.old[sector] = content
	}
	return nil
}

// current returns the size as programs see it.
func (in *inode) current() (int64, error) {
	info, err := in.own.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// truncated keeps what a change of the size takes away.
func (in *inode) truncated(size int64) error {
	current, err := in.current()
	if err != nil {
		return err
	}
	return in.save(size, current)
}

// synced forgets what has changed: it is on the disk now.
func (in *inode) synced() error {
	size, err := in.current()
	if err != nil {
		return err
	}
	in.size = size
	maps.DeleteFunc(in.old, func(sector int64, _ []byte) bool { return !in.abandoned[sector] })
	return nil
}

// syncFailed leaves what has changed in memory alone.
func (in *inode) syncFailed() {
	for sector := range in.old {
		in.abandoned[sector] = true
	}
}

// revert puts back what was there at the last sync, but for those sectors of
// which keep says so. What a shorter size has taken away is back with the size.
func (in *inode) revert(keep func() bool) (lost Lost, err error) {
	current, err := in.current()
	if err != nil {
		return lost, err
	}
	size := current
	if size != in.size && !keep() {
		size = in.size
		lost.Sizes++
	}
	for _, sector := range slices.Sorted(maps.Keys(in.old)) {
		gone := size > current && (sector+1)*sectorSize > current
		if kept := keep(); kept && !gone && !in.abandoned[sector] {
			continue
		}
		if _, err := in.own.WriteAt(in.old[sector], sector*sectorSize); err != nil {
			return lost, err
		}
		lost.Sectors++
	}
	return lost, in.own.Truncate(size)
}
