package disk

import (
	"os"
	"syscall"
)

func init() {
	os.DiskOf = func(name string) os.Disk {
		if d := find(name); d != nil {
			return onDisk{d}
		}
		return nil
	}
	syscall.FdatasyncOf = func(fd int) func() error {
		if f := findOpen(uintptr(fd)); f != nil {
			return f.sync
		}
		return nil
	}
}

// hooked returns nil: the files beneath the folders are asked about.
func hooked() error { return nil }

// onDisk is what package os calls.
type onDisk struct{ *Disk }

func (d onDisk) Open(name string, flag int, open func() (*os.File, error)) (*os.File, os.DiskFile, error) {
	f, on, err := d.open(name, flag, open)
	return f, onFile{on}, err
}

func (d onDisk) Mkdir(name string, perm os.FileMode) error { return d.mkdir(name, perm) }
func (d onDisk) Rename(from, to string) error              { return d.rename(from, to) }
func (d onDisk) Remove(name string) error                  { return d.remove(name) }
func (d onDisk) RemoveAll(name string) error               { return d.removeAll(name) }

type onFile struct{ *file }

func (f onFile) Write(length int, at int64) (int, error) { return f.write(length, at) }
func (f onFile) Truncate(size int64) error               { return f.truncate(size) }
func (f onFile) Sync() error                             { return f.sync() }
