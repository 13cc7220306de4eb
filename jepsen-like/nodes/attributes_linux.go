package nodes

import "syscall"

// attributes puts a node into its own process group, and has the kernel kill
// it when the launcher's thread ends, however that comes about.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
