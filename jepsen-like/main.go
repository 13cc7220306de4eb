package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"example.com/gstate/jepsen-like/harness"
)

// The exit statuses.
const (
	exitPass = iota
	// exitViolation: the cluster did what it must not do.
	exitViolation
	// exitVoid: nothing is wrong, but the run has not tested enough to say so.
	exitVoid
	// exitBroken: the harness could not do its work, or was interrupted.
	exitBroken
)

// statuses are those of the outcomes.
var statuses = map[harness.Outcome]int{
	harness.Pass:      exitPass,
	harness.Violation: exitViolation,
	harness.Void:      exitVoid,
	harness.Broken:    exitBroken,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands are what the first argument can ask for. Without one of them it is a
// run.
var commands = map[string]func(ctx context.Context, args []string, stdout, stderr io.Writer) int{
	"check":    check,
	"simulate": runSimulations,
	"mutants":  runHunt,
}

// run is main without the process: it returns the exit status. When ctx ends,
// it stops all nodes first.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && commands[args[0]] != nil {
		return commands[args[0]](ctx, args[1:], stdout, stderr)
	}
	config, err := parse(args, stderr)
	if err != nil {
		return flagStatus(err)
	}
	result, err := execute(ctx, config, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "jepsen-like:", err)
		return exitBroken
	}
	return statuses[result.Outcome()]
}

// flagStatus returns the status when the flags could not be parsed: it was said
// why, or what there is.
func flagStatus(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return exitPass
	}
	return exitBroken
}
