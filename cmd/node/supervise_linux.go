package main

import (
	"os/exec"
	"syscall"
)

// tieToParent has the kernel kill the child when this process dies, even a
// child that hangs. To the kernel, the parent is the thread that started the
// child: Go's runtime keeps its threads unless a goroutine ends that is locked
// to one, and none here is.
//
// The child is put into a process group of its own, so that an interrupt typed
// at the terminal reaches only the demo, which stops its children in order.
func tieToParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
