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
	signal.Notify(signals, append(endSignals(signal.Ignored), otherSignals...)...)
	defer signal.Stop(signals)
	path := held.path[:len(held.path)-1]
	var status int
	var err error
	if ctx.Err() == nil {
		status, err = execute(command, held, signals)
	} else { // a signal came before it was listened to here
		err = fmt.Errorf("lock %s: interrupted before COMMAND was started: %w", path, context.Cause(ctx))
	}
	// Signals stay caught while the lock is given back, which takes as long as a
	// call at most: one that came before may be told here only now, and would end
	// this process with the lock in its hands.
	lost := held.lost()
	released := held.release()
	switch {
	case err != nil:
		return err
	case lost == nil && errors.Is(released, errPlaceGone):
		lost = released
	case released != nil && lost == nil:
		note("lock %s could not be given back, and ends within %v: %w", path, held.ttl, released)
	}
	if lost != nil {
		return lockLost(path, lost)
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
		case <-held.Context().Done():
			child.end(graceOf(held.ttl))
			return child.status()
		}
	}
}
