//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// separate gives the command a process group of its own, so that it can be
// ended with all that it starts, and says whether it did. A command in the
// foreground of a terminal stays in the group of this process: in another one
// the terminal would stop it when it reads, and a Ctrl-Z would stop it alone.
func separate(command *exec.Cmd) bool {
	tieToParent(command)
	if command.SysProcAttr == nil {
		command.SysProcAttr = new(syscall.SysProcAttr)
	}
	command.SysProcAttr.Setpgid = !inForeground(command.Stdin)
	return command.SysProcAttr.Setpgid
}

// inForeground says whether the input is the terminal in whose foreground the
// group of this process is.
func inForeground(input any) bool {
	file, ok := input.(*os.File)
	if !ok {
		return false
	}
	foreground, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

// otherSignals are those that are passed on beside the ones that ask for an end:
// they would end this process, and so the command, whatever it makes of them.
var otherSignals = []os.Signal{syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}

// pass sends a signal on that this process got. In the foreground of a terminal
// those that it sends have reached the command already.
func (c *child) pass(s os.Signal) {
	number, ok := s.(syscall.Signal)
	if !ok {
		return
	}
	switch number {
	case syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT:
		if !c.group {
			return
		}
		c.asked.Store(true)
	case syscall.SIGTERM:
		c.asked.Store(true)
	}
	c.send(number)
}

// terminate asks the command to end.
func (c *child) terminate() { c.send(syscall.SIGTERM) }

// kill ends the command.
func (c *child) kill() { c.send(syscall.SIGKILL) }

// remains says that somebody is left in the group of the command.
func (c *child) remains() bool { return c.group && syscall.Kill(-c.command.Process.Pid, 0) == nil }

// send sends a signal to the group, or to the process if that has none of its
// own. It fails only when nobody is left.
func (c *child) send(s syscall.Signal) {
	if c.group {
		_ = syscall.Kill(-c.command.Process.Pid, s)
		return
	}
	_ = c.command.Process.Signal(s)
}

// exitStatus is the status of the process as shells give it.
func exitStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return state.ExitCode()
}
