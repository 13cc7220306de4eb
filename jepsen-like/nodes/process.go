package nodes

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

// process is one run of a node's program. Its flags are guarded by Cluster.mu.
type process struct {
	command *exec.Cmd
	// killed is set before the process is killed, and asked before it is asked to
	// end: its end is then no crash.
	killed, asked bool
	// excuse is for an end by itself.
	excuse Excuse
	// paused is set from Pause to Resume.
	paused bool
	// ended is closed when the process has ended and its node knows it.
	ended chan struct{}
}

// spawn starts the node's program in its place, with its log as the output.
func (c *Cluster) spawn(n *node) (*process, error) {
	output, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	// The child has its own descriptor.
	defer output.Close()
	command := exec.Command(c.config.Program.Path, c.arguments(n)...)
	// Nothing of the environment reaches a node but this: a panic must show
	// all goroutines.
	command.Env = append(n.clockVariables(), "GOTRACEBACK=all")
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = attributes()
	enter := func() error { return c.network.Enter(n.id, command.Start) }
	if err := c.launcher.start(enter); err != nil {
		return nil, err
	}
	return &process{command: command, ended: make(chan struct{})}, nil
}

// refused is the exit status of a node that has ended because it cannot go on,
// and has said why. A panic has another one.
const refused = 1

// expected reports whether the process has ended as it should. The signal that
// asks it to end may come before it has begun to listen to it.
func (p *process) expected() bool {
	state := p.command.ProcessState
	return (p.killed || p.asked) && endedBySignal(state) || p.asked && state.Success() || p.hasRefused()
}

// hasRefused reports whether the process has ended by itself with a reason.
func (p *process) hasRefused() bool {
	return p.excuse.Holds() && p.command.ProcessState.ExitCode() == refused
}

// Crash is the end of a process that nobody had asked for.
type Crash struct {
	Node string `json:"node"`
	// At is when it ended.
	At time.Time `json:"at"`
	// Status is how the process ended, as in "exit status 2".
	Status string `json:"status"`
	// Log is the path of the node's log, whose end says more.
	Log string `json:"log"`
}

// String returns the crash in one line.
func (c Crash) String() string {
	return fmt.Sprintf("node %s ended by itself: %s, see the end of %s", c.Node, c.Status, c.Log)
}
