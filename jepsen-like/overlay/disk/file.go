package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// file is an open file or folder on a disk.
type file struct {
	disk       *Disk
	generation int
	handle     *os.File
	// inode is nil for a folder, and path that of the folder.
	inode *inode
	path  string
}

// open opens a file with open. A new name is a change of names.
func (d *Disk) open(name string, flag int, open func() (*os.File, error)) (*os.File, *file, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, nil, err
	}
	generation := d.now()
	made, err := d.prepare(path, flag, generation)
	defer d.mu.Unlock()
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	handle, err := open()
	if err != nil {
		return nil, nil, err
	}
	f := &file{disk: d, generation: generation, handle: handle, path: path}
	if err := f.identify(made); err != nil {
		return nil, nil, errors.Join(err, handle.Close())
	}
	// Others may have been closed since.
	d.mu.open = slices.DeleteFunc(d.mu.open, (*file).closed)
	d.mu.open = append(d.mu.open, f)
	return handle, f, nil
}

func (f *file) closed() bool { return f.handle.Fd() == ^uintptr(0) }

// prepare enters the disk, and saves what opening the file with the flag
// changes. Made says that it makes the file. d.mu is locked when it returns.
func (d *Disk) prepare(path string, flag, generation int) (made bool, err error) {
	_, err = os.Stat(path)
	made = flag&os.O_CREATE != 0 && errors.Is(err, fs.ErrNotExist)
	if made {
		return true, d.enter(Names, generation)
	}
	d.mu.Lock()
	if !d.alive(generation) {
		return false, syscall.EIO
	}
	if flag&os.O_TRUNC == 0 || err != nil {
		return false, nil
	}
	in, err := d.inode(path)
	if err != nil {
		return false, err
	}
	return false, in.truncated(0)
}

// identify finds out what file it is. d.mu is held.
func (f *file) identify(made bool) error {
	info, err := f.handle.Stat()
	if err != nil || info.IsDir() {
		return err
	}
	f.inode, err = f.disk.inode(f.path)
	if err == nil && made {
		f.inode.named = f.disk.note(change{
			folders: []string{filepath.Dir(f.path)},
			undo:    func() error { return syscall.Unlink(f.path) },
		})
	}
	return err
}

// inode returns what is known of the file at a path. d.mu is held.
func (d *Disk) inode(path string) (*inode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	known := slices.IndexFunc(d.mu.inodes, func(in *inode) bool { return os.SameFile(in.info, info) })
	if known >= 0 {
		return d.mu.inodes[known], nil
	}
	in, err := newInode(path, d.nextAside())
	if err == nil {
		d.mu.inodes = append(d.mu.inodes, in)
	}
	return in, err
}

// write saves what a write of so many bytes changes. It returns how many may be
// written. A full disk takes a part.
func (f *file) write(length int, at int64) (allowed int, err error) {
	refused := f.disk.enter(Write, f.generation)
	defer f.disk.mu.Unlock()
	full := errors.Is(refused, syscall.ENOSPC)
	if refused != nil && !full {
		return 0, refused
	}
	if at < 0 {
		if at, err = f.handle.Seek(0, io.SeekCurrent); err != nil {
			return 0, err
		}
	}
	if allowed = length; full {
		allowed = f.disk.part(length, at)
	}
	if f.inode == nil || f.inode.gone {
		return allowed, refused
	}
	if err := f.inode.save(at, at+int64(allowed)); err != nil {
		return 0, err
	}
	return allowed, refused
}

// part draws how much of a write fits on a full disk. There was room for whole
// sectors or for none: no sector is left half written. d.mu is held.
func (d *Disk) part(length int, at int64) int {
	end := at + int64(d.mu.random.IntN(length+1))
	return int(max(end-end%sectorSize-at, 0))
}

// truncate saves what the change of the size takes away.
func (f *file) truncate(size int64) error {
	err := f.disk.enter(Write, f.generation)
	defer f.disk.mu.Unlock()
	if err != nil || f.inode == nil || f.inode.gone {
		return err
	}
	return f.inode.truncated(size)
}

// sync makes last what is in the file, with its name. For a folder these are
// the names in it.
func (f *file) sync() error {
	err := f.disk.enter(Sync, f.generation)
	defer f.disk.mu.Unlock()
	switch {
	case f.inode == nil:
		if err == nil {
			f.disk.commitFolder(f.path)
		}
		return err
	case f.inode.gone:
		return err
	case err != nil:
		f.inode.syncFailed()
		return err
	}
	f.disk.commit(f.inode.named)
	return f.inode.synced()
}
