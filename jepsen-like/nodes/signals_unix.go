//go:build unix

package nodes

import (
	"os"
	"syscall"
)

func pause(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return awaitStop(p)
}

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
func askEnd(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// CanPause returns nil, or ErrUnsupported where there are no such signals.
func (c *Cluster) CanPause() error { return nil }

// endedBySignal reports whether a process that was sent a signal has ended by
// that. One that had ended itself a moment before has an exit status.
func endedBySignal(state *os.ProcessState) bool { return !state.Exited() }

// CanEnd returns nil, or ErrUnsupported where there are no such signals.
func (c *Cluster) CanEnd() error { return nil }
