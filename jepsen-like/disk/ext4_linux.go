package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// mount mounts the device. The journal commits by itself every ten minutes only:
// what nobody has flushed shall not be on the disk by chance.
func mount(device *os.File, dir string) error {
	err := unix.Mount(device.Name(), dir, "ext4", unix.MS_NOATIME, "commit=600,noinit_itable")
	return os.NewSyscallError("mount", err)
}

// unmount unmounts what nobody uses any more. The error is unix.EBUSY while
// somebody does.
func unmount(dir string) error { return os.NewSyscallError("umount", unix.Unmount(dir, 0)) }

func isBusy(err error) bool { return errors.Is(err, unix.EBUSY) }

// The requests to a mounted file system that have no name in package unix, with
// what they are told.
const (
	// freezeRequest lets no write end until the disk is thawed (FIFREEZE).
	freezeRequest = 0xc0045877
	// shutdownRequest ends it at once (EXT4_IOC_SHUTDOWN): every write fails
	// from now on. With withoutFlush, even the journal stays as it is on the
	// disk.
	shutdownRequest = 0x8004587d
	withoutFlush    = 2
)

func freeze(dir string) error   { return ask(dir, freezeRequest, 0) }
func shutDown(dir string) error { return ask(dir, shutdownRequest, withoutFlush) }

func ask(dir string, request uint, value int) error {
	root, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return os.NewSyscallError("ioctl", unix.IoctlSetPointerInt(int(root.Fd()), request, value))
}

// takeAll gives a new file all the room that is left. It asks for half as much
// when there is no room for what it has asked for, down to one block.
func takeAll(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	var stat unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &stat); err != nil {
		return os.NewSyscallError("fstatfs", err)
	}
	block, size := int64(stat.Bsize), int64(0)
	for piece := block * int64(stat.Bfree); piece >= block; {
		switch err := unix.Fallocate(int(file.Fd()), 0, size, piece); {
		case err == nil:
			size += piece
		case errors.Is(err, unix.ENOSPC):
			piece /= 2
		case !errors.Is(err, unix.EINTR):
			return os.NewSyscallError("fallocate", err)
		}
	}
	return nil
}
