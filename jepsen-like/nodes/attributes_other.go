//go:build !linux

package nodes

import "syscall"

// attributes asks for nothing: only Linux ties a child's life to its parent's.
func attributes() *syscall.SysProcAttr { return nil }
