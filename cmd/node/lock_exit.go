package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strconv"

	"example.com/gstate/tree"
)

// The exit statuses of lock that are not the command's own. They are those of
// timeout(1) and of shells, so that they seldom mean something to the command
// too.
const (
	// exitNotGot: others had the lock for as long as --wait allowed.
	exitNotGot = 124
	// exitLockLost: the lock was lost before the command had ended.
	exitLockLost = 125
	// exitCannotRun: there is such a command, but it cannot be run.
	exitCannotRun = 126
	// exitNoCommand: there is no such command.
	exitNoCommand = 127
	// exitSignal is added to the number of the signal that ended the command.
	exitSignal = 128
)

// lockError is an error of lock with an exit status of its own.
type lockError struct {
	code int
	err  error
	// hint is the next step, in the imperative.
	hint string
}

// Error returns what went wrong; explain adds the hint.
func (e *lockError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *lockError) Unwrap() error { return e.err }

// commandStatus is the exit status of the command that ran under a lock, if it
// is not zero. It is passed on without a word: the command has said what was to
// be said.
type commandStatus int

// Error returns the status.
func (s commandStatus) Error() string { return "exit status " + strconv.Itoa(int(s)) }

// statusError returns the commandStatus, and nil for zero.
func statusError(status int) error {
	if status == exitOK {
		return nil
	}
	return commandStatus(status)
}

// cannotRun is the error of a command that did not start.
func cannotRun(err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return &lockError{exitNoCommand, fmt.Errorf("COMMAND is not found: %w", err), "give its path, or look at PATH"}
	}
	return &lockError{exitCannotRun, fmt.Errorf("COMMAND cannot be run: %w", err), "look at its rights and its first line"}
}

// lockLost is the error of a lock that did not last as long as the command.
func lockLost(path tree.Path, cause error) error {
	return &lockError{exitLockLost, fmt.Errorf("lock %s was lost while COMMAND ran: %w", path, cause),
		"another may have had it by then: look at what COMMAND has left half done"}
}
