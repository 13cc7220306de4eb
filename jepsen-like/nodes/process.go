package nodes

import (
	"fmt"
	"os"
	"os/exec"
)

// process is one run of a node's program. Its flags are guarded by Cluster.mu.
type process struct {
	command *exec.Cmd
	// killed is set before the process is killed: its end is then no crash.
	killed bool
	// paused is set from Pause to Resume.
	paused bool
	// ended is closed when the process has ended and its node knows it.
	ended chan struct{}
}

// spawn starts the program with the log as its output.
func (l *launcher) spawn(binary string, arguments []string, log string) (*process, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	// The child has its own descriptor.
	defer output.Close()
	command := exec.Command(binary, arguments...)
	// Nothing of the environment reaches a node but this: a panic must show
	// all goroutines.
	command.Env = []string{"GOTRACEBACK=all"}
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = attributes()
	if err := l.start(command); err != nil {
		return nil, err
	}
	return &process{command: command, ended: make(chan struct{})}, nil
}

// Crash is the end of a process that nobody had asked for.
type Crash struct {
	Node string
	// Status is how the process ended, as in "exit status 2".
	Status string
	// Log is the path of the node's log, whose end says more.
	Log string
}

// String returns the crash in one line.
func (c Crash) String() string {
	return fmt.Sprintf("node %s ended by itself: %s, see the end of %s", c.Node, c.Status, c.Log)
}
