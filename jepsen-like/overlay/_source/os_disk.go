package os

// Disk does what would be done to names beneath a folder.
type Disk interface {
	// Open opens a file with open, and returns who is asked about it then.
	Open(name string, flag int, open func() (*File, error)) (*File, DiskFile, error)
	Mkdir(name string, perm FileMode) error
	Rename(from, to string) error
	Remove(name string) error
	RemoveAll(name string) error
}

// DiskFile is asked before a file on a Disk changes.
type DiskFile interface {
	// Write returns how many bytes may be written, and why not the others. At
	// is -1 for the place where the file is at.
	Write(length int, at int64) (allowed int, err error)
	Truncate(size int64) error
	// Sync does all that there is to do.
	Sync() error
}

// DiskOf returns the disk on which a name is, or nil for that of the system.
var DiskOf = func(name string) Disk { return nil }

func openOnDisk(disk Disk, name string, flag int, perm FileMode) (*File, error) {
	f, on, err := disk.Open(name, flag, func() (*File, error) {
		return openFileNolog(name, flag, perm)
	})
	if err != nil {
		return nil, err
	}
	f.appendMode = flag&O_APPEND != 0
	f.disk = on
	return f, nil
}

// allowed returns how many of the bytes may be written, and why not the others.
func (f *File) allowed(b []byte, at int64) (int, error) {
	if f.disk == nil {
		return len(b), nil
	}
	return f.disk.Write(len(b), at)
}

func (f *File) truncate(size int64) error {
	if f.disk != nil {
		if err := f.disk.Truncate(size); err != nil {
			return err
		}
	}
	return f.pfd.Ftruncate(size)
}

func (f *File) sync() error {
	if f.disk != nil {
		return f.disk.Sync()
	}
	return f.pfd.Fsync()
}
