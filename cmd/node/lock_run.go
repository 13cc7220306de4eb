package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// signalRoom is how many signals may come before the first is passed on: one
// of each kind, and again while somebody is impatient.
const signalRoom = 8

// graceOf is the time between SIGTERM and SIGKILL when the lock is lost. The
// local end is at 80% of a ttl, and 15% later the command is gone: 5% before
// another can have the lock, unless this process was paused.
func graceOf(ttl time.Duration) time.Duration { return ttl * 3 / 20 }

// runLocked runs the command under the lock, and gives the lock back when the
// command has ended. Its error says what the command ended with, or that the
// lock was lost before.
func runLocked(
	ctx context.Context, command *exec.Cmd, held *place, note func(format string, args ...any),
) error {
	signals := make(chan os.Signal, signalRoom)
	signal.Notify(signals, endSignals(signal.Ignored)...)
	defer signal.Stop(signals)
	status, err := 0, context.Cause(ctx)
	if err == nil { // else a signal came before it was listened to here
		status, err = execute(command, held, signals)
	}
	// From here on a signal may end this process at once.
	signal.Stop(signals)
	lost := held.lost()
	released := held.release()
	switch {
	case err != nil:
		return err
	case lost == nil && errors.Is(released, errPlaceGone):
		lost = released
	case released != nil && lost == nil:
		note("lock %s could not be given back, and ends within %v: %w", held.path, held.ttl, released)
	}
	if lost != nil {
		return lockLost(held.path, lost)
	}
	return statusError(status)
}

// execute runs the command until it has ended, and returns its exit status. It
// passes signals on, and ends the command when the lock is lost.
func execute(command *exec.Cmd, held *place, signals <-chan os.Signal) (int, error) {
	child, err := startChild(command)
	if err != nil {
		return 0, cannotRun(err)
	}
	for {
		select {
		case <-child.ended:
			return child.status()
		case s := <-signals:
			child.pass(s)
		case <-held.ctx.Done():
			child.end(graceOf(held.ttl))
			return child.status()
		}
	}
}

// child is the command's process.
type child struct {
	command *exec.Cmd
	// group says that the process leads a group of its own.
	group bool
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

// wait collects the process. What it leaves behind of its group is killed, so
// that nothing goes on without the lock.
func (c *child) wait() {
	defer close(c.ended)
	c.err = c.command.Wait()
	if c.group {
		c.kill()
	}
}

// end asks the process to end, and kills it when that takes longer than the
// grace. It returns when the process is gone.
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
