package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"
	"time"
)

const (
	// restTime is how long what a command leaves behind in its group has to
	// end: it may be at that already, when both got a signal and the command was
	// faster.
	restTime = 5 * time.Second

	// restPause is the time between two looks at what is left: no system tells
	// when a group has ended.
	restPause = 20 * time.Millisecond
)

// child is the command's process.
type child struct {
	command *exec.Cmd
	// group says that the process leads a group of its own.
	group bool
	// asked says that the group was sent a signal to end.
	asked atomic.Bool
	// ended is closed when the process is gone, and with it its group.
	ended chan struct{}
	// err is what the waiting for it has failed with. It may be read once ended
	// is closed.
	err error
}

// startChild starts the command. One goroutine inside ends with it.
func startChild(command *exec.Cmd) (*child, error) {
	c := &child{command: command, ended: make(chan struct{}), group: separate(command)}
	if err := command.Start(); err != nil {
		return nil, err
	}
	go c.wait()
	return c, nil
}

// wait collects the process, and ends what is left of its group then, so that
// nothing goes on without the lock.
func (c *child) wait() {
	defer close(c.ended)
	c.err = c.command.Wait()
	if !c.remains() {
		return
	}
	if !c.asked.Load() {
		c.terminate()
	}
	ctx, cancel := context.WithTimeout(context.Background(), restTime)
	defer cancel()
	for c.remains() && pause(ctx, restPause) == nil {
	}
	c.kill()
}

// end asks the group to end, and kills it when that takes longer than the
// grace. It returns when the process and its group are gone.
func (c *child) end(grace time.Duration) {
	c.terminate()
	select {
	case <-c.ended:
	case <-time.After(grace):
		c.kill()
		<-c.ended
	}
}

// status returns the exit status of the process, which must be gone. The error
// is one of its input or output, which this program has copied.
func (c *child) status() (int, error) {
	if _, ok := errors.AsType[*exec.ExitError](c.err); ok || c.err == nil {
		return exitStatus(c.command.ProcessState), nil
	}
	return 0, fmt.Errorf("input or output of COMMAND: %w", c.err)
}
