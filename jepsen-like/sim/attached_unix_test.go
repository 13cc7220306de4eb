//go:build unix

package sim

import (
	"io"
	"os"
	"syscall"
)

// waitingInput returns the standard input as one that the runtime waits for. A
// read that waited in a system call would hold up all others in a process whose
// runtime is seeded.
func waitingInput() (io.Reader, error) {
	if err := syscall.SetNonblock(syscall.Stdin, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(syscall.Stdin), "standard input"), nil
}
