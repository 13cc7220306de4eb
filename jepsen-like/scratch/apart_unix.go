//go:build unix

package scratch

import "syscall"

// apart puts a process into a group of its own: neither an interrupt from a
// terminal nor a kill of the program's group reaches it.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
