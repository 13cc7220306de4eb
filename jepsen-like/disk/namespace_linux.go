package disk

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespace is a mount namespace.
type namespace struct{ file *os.File }

// newNamespace puts the calling thread into a new namespace, from which no mount
// spreads to others.
func newNamespace() (*namespace, error) {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, os.NewSyscallError("unshare", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, os.NewSyscallError("mount", err)
	}
	file, err := os.Open("/proc/thread-self/ns/mnt")
	return &namespace{file}, err
}

// enter puts the calling thread into the namespace, and keeps its working
// directory.
func (n *namespace) enter() error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("setns", err)
	}
	// Not os.Chdir: that is for the whole process.
	return os.NewSyscallError("chdir", unix.Chdir(dir))
}

func (n *namespace) close() error { return n.file.Close() }

// ownGroup puts a child into its own process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// boundToThread does so, too, and has the kernel kill the child when the thread
// ends that has started it, however that comes about.
func boundToThread() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
