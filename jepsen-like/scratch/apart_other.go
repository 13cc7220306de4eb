//go:build !unix

package scratch

import "syscall"

// apart changes nothing here.
func apart() *syscall.SysProcAttr { return nil }
