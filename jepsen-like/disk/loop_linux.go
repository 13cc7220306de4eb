package disk

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// attach makes a loop device of the image, which ends when nobody has it open or
// mounted any more.
func attach(image *os.File) (*os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for {
		device, err := freeDevice(control)
		if err != nil {
			return nil, err
		}
		config := unix.LoopConfig{Fd: uint32(image.Fd())}
		config.Info.Flags = unix.LO_FLAGS_AUTOCLEAR
		if err = unix.IoctlLoopConfigure(int(device.Fd()), &config); err == nil {
			return device, nil
		}
		// Another process was faster, and has taken the device.
		if err = errors.Join(err, device.Close()); !errors.Is(err, unix.EBUSY) {
			return nil, os.NewSyscallError("ioctl LOOP_CONFIGURE", err)
		}
	}
}

// freeDevice opens a loop device that nobody uses, or did not a moment ago.
func freeDevice(control *os.File) (*os.File, error) {
	number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return nil, os.NewSyscallError("ioctl LOOP_CTL_GET_FREE", err)
	}
	return os.OpenFile(fmt.Sprintf("/dev/loop%d", number), os.O_RDWR, 0)
}

// origin is the file behind a loop device.
type origin struct{ device, inode uint64 }

// originOf returns the file behind a device, and false if there is none.
func originOf(device *os.File) (origin, bool, error) {
	info, err := unix.IoctlLoopGetStatus64(int(device.Fd()))
	if errors.Is(err, unix.ENXIO) {
		return origin{}, false, nil
	}
	if err != nil {
		return origin{}, false, os.NewSyscallError("ioctl LOOP_GET_STATUS64", err)
	}
	return origin{info.Device, info.Inode}, true, nil
}

// isAttached reports whether the device still has the image. It has as long as
// anybody, in whatever namespace, has it mounted; then it may get another one.
func isAttached(device string, image *os.File) (bool, error) {
	file, err := os.Open(device)
	if err != nil {
		return false, err
	}
	defer file.Close()
	of, attached, err := originOf(file)
	if !attached || err != nil {
		return false, err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(image.Fd()), &stat); err != nil {
		return false, os.NewSyscallError("fstat", err)
	}
	return of == origin{stat.Dev, stat.Ino}, nil
}
