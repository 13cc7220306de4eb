package overlay

import (
	_ "embed" // the new files
	"runtime"
)

//go:embed _source/os_disk.go
var osDisk string

//go:embed _source/syscall_disk.go
var syscallDisk string

//go:embed _source/disk_hook.go
var diskHook string

// Disks lets package disk decide over what happens to files beneath the folders
// that it is given: what package os writes, syncs, renames and removes, and the
// file of a bbolt store.
func Disks() Set {
	return Set{
		Name: "disks",
		Files: []File{
			{"os", "disk.go", osDisk},
			{"syscall", "disk.go", syscallDisk},
			{"example.com/gstate/jepsen-like/overlay/disk", "hook.go", diskHook},
		},
		Edits: []Edit{
			// A goroutine that waits for a mutex is blocked as durably as the one
			// that has it: without this, no virtual time passes while that one waits
			// for a sync.
			{
				"runtime", "runtime2.go",
				"	waitReasonSyncCondWait:          true,\n",
				"	waitReasonSyncCondWait:          true,\n	waitReasonSyncMutexLock:         true,\n	waitReasonSyncRWMutexRLock:      true,\n	waitReasonSyncRWMutexLock:       true,\n",
			},
			{
				"os", "file_unix.go",
				"	inRoot      bool                    // whether file is opened in a Root\n}\n",
				"	inRoot      bool                    // whether file is opened in a Root\n	disk        DiskFile                // who is asked before it changes, or nil\n}\n",
			},
			{
				"os", "file.go",
				"func OpenFile(name string, flag int, perm FileMode) (*File, error) {\n",
				"func OpenFile(name string, flag int, perm FileMode) (*File, error) {\n	if disk := DiskOf(name); disk != nil {\n		return openOnDisk(disk, name, flag, perm)\n	}\n",
			},
			{
				"os", "file.go",
				"func Mkdir(name string, perm FileMode) error {\n",
				"func Mkdir(name string, perm FileMode) error {\n	if disk := DiskOf(name); disk != nil {\n		return disk.Mkdir(name, perm)\n	}\n",
			},
			{
				"os", "file.go",
				"func Rename(oldpath, newpath string) error {\n",
				"func Rename(oldpath, newpath string) error {\n	if disk := DiskOf(oldpath); disk != nil {\n		return disk.Rename(oldpath, newpath)\n	}\n",
			},
			{
				"os", "file_unix.go",
				"func Remove(name string) error {\n",
				"func Remove(name string) error {\n	if disk := DiskOf(name); disk != nil {\n		return disk.Remove(name)\n	}\n",
			},
			{
				"os", "path.go",
				"func RemoveAll(path string) error {\n",
				"func RemoveAll(path string) error {\n	if disk := DiskOf(path); disk != nil {\n		return disk.RemoveAll(path)\n	}\n",
			},
			{
				"os", "file.go",
				"	n, e := f.write(b)\n	if n < 0 {\n",
				"	allowed, refused := f.allowed(b, -1)\n	n, e := f.write(b[:allowed])\n	if e == nil {\n		e = refused\n	}\n	if n < 0 {\n",
			},
			{
				"os", "file.go",
				"	for len(b) > 0 {\n		m, e := f.pwrite(b, off)\n",
				"	allowed, refused := f.allowed(b, off)\n	if refused != nil {\n		err = f.wrapErr(\"write\", refused)\n	}\n	b = b[:allowed]\n	for len(b) > 0 {\n		m, e := f.pwrite(b, off)\n",
			},
			// Copying within the kernel would pass by.
			{
				"os", "file.go",
				"	n, handled, e := f.readFrom(r)\n",
				"	if f.disk != nil {\n		return genericReadFrom(f, r)\n	}\n	n, handled, e := f.readFrom(r)\n",
			},
			{
				"os", "file_posix.go",
				"	if e := f.pfd.Ftruncate(size); e != nil {\n",
				"	if e := f.truncate(size); e != nil {\n",
			},
			{
				"os", "file_posix.go",
				"	if e := f.pfd.Fsync(); e != nil {\n",
				"	if e := f.sync(); e != nil {\n",
			},
			// This is how bbolt syncs. Files of a module's cache cannot be replaced.
			{
				"syscall", "zsyscall_linux_" + runtime.GOARCH + ".go",
				"func Fdatasync(fd int) (err error) {\n",
				"func Fdatasync(fd int) (err error) {\n	if sync := FdatasyncOf(fd); sync != nil {\n		return sync()\n	}\n",
			},
		},
	}
}
