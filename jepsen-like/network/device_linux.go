package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

const (
	tunPath    = "/dev/net/tun"
	deviceName = "nodes"
	loopback   = "lo"
)

// furnish makes the device in the calling thread's namespace, and brings it and
// the loopback interface up. The device is gone when it is closed.
func furnish(address netip.Prefix) (*os.File, error) {
	device, err := openTUN()
	if err != nil {
		return nil, err
	}
	if err := bringUp(address); err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return device, nil
}

// openTUN makes a device of IP packets with nothing around them. The descriptor
// does not block, and belongs to a device before the runtime's poller sees it:
// so a read waits, and Close ends it.
func openTUN() (*os.File, error) {
	fd, err := unix.Open(tunPath, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tunPath, err)
	}
	request, err := unix.NewIfreq(deviceName)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("a device of %s: %w", tunPath, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), tunPath), nil
}

// bringUp gives the device its address and a route to the whole prefix, which
// comes with the mask.
func bringUp(address netip.Prefix) (err error) {
	// Any socket is a handle of its namespace's interfaces.
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("a socket for interfaces: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Close(control)) }()
	return errors.Join(
		configure(control, deviceName, unix.SIOCSIFADDR, address.Addr()),
		configure(control, deviceName, unix.SIOCSIFNETMASK, mask(address)),
		raise(control, deviceName),
		raise(control, loopback),
	)
}

// mask returns the mask of a prefix, as in 255.255.255.0.
func mask(prefix netip.Prefix) netip.Addr {
	all, _ := netip.AddrFrom4([4]byte{255, 255, 255, 255}).Prefix(prefix.Bits())
	return all.Addr()
}

// configure sets an address of an interface.
func configure(control int, name string, what uint, address netip.Addr) error {
	request, err := unix.NewIfreq(name)
	if err == nil {
		err = request.SetInet4Addr(address.AsSlice())
	}
	if err == nil {
		err = unix.IoctlIfreq(control, what, request)
	}
	if err != nil {
		return fmt.Errorf("address %v of interface %s: %w", address, name, err)
	}
	return nil
}

// raise brings an interface up.
func raise(control int, name string) error {
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, request)
	}
	if err != nil {
		return fmt.Errorf("interface %s cannot be brought up: %w", name, err)
	}
	return nil
}
