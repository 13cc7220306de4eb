package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// threadNamespace is the network namespace of the thread that opens it.
const threadNamespace = "/proc/thread-self/ns/net"

// space is a network namespace without a name: it is gone when nobody has it
// open and no process is in it.
type space struct{ handle *os.File }

// newSpace makes a namespace, whose loopback interface is up, and in it a device
// with this address. What the namespace sends to others of the prefix is read
// from the device, a packet at a time, and what is written to the device it
// receives.
func newSpace(address netip.Prefix) (own *space, device *os.File, err error) {
	err = onOwnThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("a new network namespace: %w", err)
		}
		handle, err := os.Open(threadNamespace)
		if err != nil {
			return err
		}
		if device, err = furnish(address); err != nil {
			return errors.Join(err, handle.Close())
		}
		own = &space{handle}
		return nil
	})
	return own, device, err
}

// onOwnThread calls action on a thread that ends with it: nothing else can come
// to run in a namespace by chance.
func onOwnThread(action func() error) error {
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine.
		runtime.LockOSThread()
		done <- action()
	}()
	return <-done
}

// enter moves the calling thread, to which the goroutine must be locked, into
// the namespace.
func (s *space) enter() error {
	if err := unix.Setns(int(s.handle.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering a network namespace: %w", err)
	}
	return nil
}

// visit calls action with the calling thread in the namespace, and returns with
// it where it was.
func (s *space) visit(action func() error) (err error) {
	handle, err := os.Open(threadNamespace)
	if err != nil {
		return err
	}
	home := space{handle}
	defer func() { err = errors.Join(err, home.close()) }()
	if err := s.enter(); err != nil {
		return err
	}
	err = action()
	return errors.Join(err, home.enter())
}

// dial opens a connection that begins in the namespace. A socket stays where it
// was made, whoever uses it later. The dialler makes it on the calling thread
// because the address is a literal, with nothing to look up or to try besides.
func (s *space) dial(ctx context.Context, dial Dial, network, address string) (connection net.Conn, err error) {
	err = onOwnThread(func() error {
		if err := s.enter(); err != nil {
			return err
		}
		connection, err = dial(ctx, network, address)
		return err
	})
	return connection, err
}

func (s *space) close() error { return s.handle.Close() }
