package nodes

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts a node into its own process group, and has the kernel kill
// it when the launcher's thread ends, however that comes about.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitStop waits until all threads of a process that was sent SIGSTOP stand
// still, or until it has ended. It leaves both for others to see.
func awaitStop(p *os.Process) error {
	for {
		err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return os.ErrProcessDone
		case !errors.Is(err, unix.EINTR):
			return os.NewSyscallError("waitid", err)
		}
	}
}
