package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// now returns the number of the present generation.
func (d *Disk) now() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mu.generation
}

// change makes a change of names that do makes, unless the disk refuses. The
// functions of package syscall do the work: those of package os would ask the
// disk again.
func (d *Disk) change(op, name string, do func(path string) (change, error)) error {
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	err = d.enter(Names, d.now())
	defer d.mu.Unlock()
	if err == nil {
		var made change
		if made, err = do(path); err == nil {
			d.note(made)
			return nil
		}
	}
	return &os.PathError{Op: op, Path: name, Err: err}
}

func (d *Disk) mkdir(name string, perm os.FileMode) error {
	return d.change("mkdir", name, func(path string) (change, error) {
		return change{
			folders: []string{filepath.Dir(path)},
			undo:    func() error { return syscall.Rmdir(path) },
		}, syscall.Mkdir(path, uint32(perm.Perm()))
	})
}

// rename keeps the file whose name is taken over, for its return.
func (d *Disk) rename(from, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	return d.change("rename", from, func(path string) (change, error) {
		replaced := d.nextAside()
		switch err := os.Link(to, replaced); {
		case errors.Is(err, fs.ErrNotExist):
			replaced = ""
		case err != nil:
			return change{}, err
		}
		undo := func() error {
			if err := syscall.Rename(to, path); err != nil || replaced == "" {
				return err
			}
			return syscall.Rename(replaced, to)
		}
		folders := []string{filepath.Dir(path), filepath.Dir(to)}
		return change{folders, undo, replaced}, syscall.Rename(path, to)
	})
}

func (d *Disk) remove(name string) error {
	return d.change("remove", name, func(path string) (change, error) {
		info, err := os.Lstat(path)
		if err != nil {
			return change{}, errors.Unwrap(err)
		}
		if info.IsDir() {
			return change{
				folders: []string{filepath.Dir(path)},
				undo:    func() error { return syscall.Mkdir(path, uint32(info.Mode().Perm())) },
			}, syscall.Rmdir(path)
		}
		return d.putAside(path)
	})
}

// removeAll moves the folder away as a whole.
func (d *Disk) removeAll(name string) error {
	err := d.change("removeall", name, d.putAside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// putAside takes the name of a file or folder away, for its return.
func (d *Disk) putAside(path string) (change, error) {
	aside := d.nextAside()
	return change{
		folders: []string{filepath.Dir(path)},
		undo:    func() error { return syscall.Rename(aside, path) },
		aside:   aside,
	}, syscall.Rename(path, aside)
}
