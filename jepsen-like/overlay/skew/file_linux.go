package skew

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Create makes the file of a sound clock, which must not be there. The caller
// closes the clock.
func Create(path string) (*Clock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(int64(size)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return mapped(file)
}

// Open finds a clock that was created. The caller closes it, or keeps it until its
// process ends.
func Open(path string) (*Clock, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return mapped(file)
}

// mapped closes the file: the memory does not need it.
func mapped(file *os.File) (*Clock, error) {
	memory, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("clock %s: %w", file.Name(), err), file.Close())
	}
	return &Clock{face: (*face)(unsafe.Pointer(&memory[0])), memory: memory, now: monotonic}, file.Close()
}

// Close gives the memory back. Nobody looks at this clock any more.
func (c *Clock) Close() error { return unix.Munmap(c.memory) }

// monotonic is the clock by which package time measures.
func monotonic() (int64, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0, fmt.Errorf("monotonic clock: %w", err)
	}
	return now.Nano(), nil
}
