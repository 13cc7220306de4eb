//go:build unix

package nodes

import (
	"os"
	"syscall"
)

func pause(p *os.Process) error  { return p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// CanPause returns nil, or ErrUnsupported where there are no such signals.
func (c *Cluster) CanPause() error { return nil }

// endedByKill reports whether a process that was to be killed has ended by
// that. One that had ended itself a moment before has an exit status.
func endedByKill(state *os.ProcessState) bool { return !state.Exited() }
