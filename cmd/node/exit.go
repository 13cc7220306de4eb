package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gstate/tree"
)

// The exit statuses, which scripts rely on: a number keeps its meaning for
// ever.
const (
	exitOK = 0
	// exitError is every error that has no status of its own.
	exitError = 1
	// exitUsage: the command line, or a value in it, is wrong and would be at
	// any time.
	exitUsage = 2
	// exitNotFound: nothing stands at the path.
	exitNotFound = 3
	// exitExists: something stands already where an insert wants to be the
	// first.
	exitExists = 4
	// exitConflict: the item was changed since the revision that the caller
	// knows, or another condition does not hold.
	exitConflict = 5
	// exitUnavailable: no node could serve the call now. Nothing was written;
	// the same call may succeed later.
	exitUnavailable = 6
	// exitUnknown: a write was sent and its answer was lost. It may have been
	// applied, or may be yet.
	exitUnknown = 7
	// exitWrongKind: the operation is not for what stands at the path.
	exitWrongKind = 8
	// exitGivenUp: the write whose outcome was asked for was not applied, and
	// never will be.
	exitGivenUp = 9
)

// nothingError is the end of a query to which the tree has no answer.
type nothingError struct {
	// path is the text of the path that the shape was applied to.
	path string
}

// Error returns what the query has found.
func (e *nothingError) Error() string { return "nothing is there" }

// usageError is a command line that cannot be understood, or a value in it that
// no node would take.
type usageError struct {
	// command is the one to ask for help: "node set".
	command string
	// err names the flag or argument and what it should be.
	err error
}

// Error returns what is wrong.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *usageError) Unwrap() error { return e.err }

// usagef makes the usageError of a command, with a text as fmt.Errorf makes it.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{command: cmd.CommandPath(), err: fmt.Errorf(format, args...)}
}

// hintedError is an error of this program with what the reader can do about it.
type hintedError struct {
	err error
	// hint is the next step, in the imperative.
	hint string
}

// Error returns what went wrong; explain adds the hint.
func (e *hintedError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *hintedError) Unwrap() error { return e.err }

// explain returns the exit status of err and the next step for its reader,
// which follows the text of the error on the same line; the step is empty where
// none is known.
func explain(err error) (code int, hint string) {
	if usage, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, "; see: " + usage.command + " --help"
	}
	if hinted, ok := errors.AsType[*hintedError](err); ok {
		return exitError, "; " + hinted.hint
	}
	if locked, ok := errors.AsType[*lockError](err); ok {
		return locked.code, "; " + locked.hint
	}
	outcome := outcomeOf(err)
	if outcome.hint == "" {
		return outcome.code, ""
	}
	return outcome.code, "; " + outcome.hint
}

// outcome is what one kind of failed call means for the caller.
type outcome struct {
	// code is the exit status.
	code int
	// hint is the next step, empty when none is known.
	hint string
}

// outcomes has the meaning of the codes that a node answers with. They are
// stable, as the exit statuses are; what a later release adds counts as
// exitError.
var outcomes = map[string]outcome{
	"not_found":       {exitNotFound, "see what is there with 'node get' of the path above it"},
	"exists":          {exitExists, "change it with 'node update', or do either with 'node set'"},
	"conflict":        {exitConflict, "read it again with 'node get --json' and decide anew with its \"modified\""},
	"wrong_kind":      {exitWrongKind, "look at the item with 'node get': the operation is for another kind"},
	"given_up":        {exitGivenUp, "make it again, if it is still wanted"},
	"invalid":         {exitUsage, ""},
	"too_large":       {exitUsage, "split a value over several paths, and let a query ask for less"},
	"no_leader":       {exitUnavailable, "a majority of the members must be up: look with 'node status'"},
	"busy":            {exitUnavailable, "try again later"},
	"closed":          {exitUnavailable, "give the --addr of another member"},
	"timeout":         {exitUnavailable, "try again, or allow more with --timeout"},
	"outcome_unknown": {exitUnknown, "ask with 'node outcome', or read the item before you write again"},
	"internal":        {exitError, "look into the log of the node"},
}

// notFound is the outcome of a call that has found nothing at a path.
func notFound(path string) outcome {
	known := outcomes["not_found"]
	known.hint = cmp.Or(slashHint(path), known.hint)
	return known
}

// slashHint is the next step after nothing was found at a path, the text of one
// of package tree, that has a slash in it: most likely its keys were meant to
// be parted there, as they are in a URL. It is empty for other paths.
func slashHint(path string) string {
	keys, err := tree.ParsePath(path)
	if err != nil || !strings.Contains(path, "/") {
		return ""
	}
	var parted tree.Path
	for _, key := range keys {
		parted = append(parted, strings.FieldsFunc(key, func(r rune) bool { return r == '/' })...)
	}
	return "keys are joined by dots: " + parted.String()
}

// outcomeOf classifies the errors of calls to a node. The order counts: that a
// write may have been made goes before every reason why nobody knows, and what
// a node has said before what others did not.
func outcomeOf(err error) outcome {
	lost, isLost := errors.AsType[*lostError](err)
	if isLost && lost.write {
		return outcomes["outcome_unknown"]
	}
	if refusal, ok := errors.AsType[*problem](err); ok {
		return refusal.outcome()
	}
	if nothing, ok := errors.AsType[*nothingError](err); ok {
		return notFound(nothing.path)
	}
	_, notSent := errors.AsType[*dialError](err)
	switch {
	case errors.Is(err, context.Canceled): // interrupted by the user, who knows
		return outcome{code: exitError}
	case notSent || isLost:
		return outcome{exitUnavailable, "is a node running there? start one with 'node run', or name it with --addr"}
	}
	return outcome{code: exitError}
}
