//go:build !linux

package nodes

import (
	"os"
	"syscall"
)

// attributes asks for nothing: only Linux ties a child's life to its parent's.
func attributes() *syscall.SysProcAttr { return nil }

// awaitStop waits for nothing: a process that was sent SIGSTOP stands still a
// moment later.
func awaitStop(*os.Process) error { return nil }
