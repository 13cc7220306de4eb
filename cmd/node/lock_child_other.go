//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// separate leaves the command where it is: it cannot be ended with all that it
// starts here.
func separate(*exec.Cmd) bool { return false }

// otherSignals are none: there are no others here.
var otherSignals []os.Signal

// pass leaves it to the system: what it sends to the programs of a console
// reaches the command by itself.
func (c *child) pass(os.Signal) {}

// terminate kills: there is no other way here to end a process.
func (c *child) terminate() { c.kill() }

// kill ends the command.
func (c *child) kill() { _ = c.command.Process.Kill() }

// remains says nobody: the command has no group.
func (c *child) remains() bool { return false }

// exitStatus is the status of the process.
func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
