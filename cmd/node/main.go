package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// main ends the process with the status that run returns. The signals that ask
// for an end also end run's context; a demo or a member then stops in order.
func main() {
	ctx, release := signal.NotifyContext(context.Background(), endSignals(signal.Ignored)...)
	// From the first signal on the default action stands again, so that a
	// second one ends the process at once.
	context.AfterFunc(ctx, release)
	os.Exit(run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// endSignals are those that ask for an end in order. A terminal that is closed
// asks for it too (SIGHUP), unless the program was started to outlive it, by
// nohup: then that signal is ignored, and to listen for it would undo that.
func endSignals(ignored func(os.Signal) bool) []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// run is the whole program: it executes the command that args name, of which
// the first is the program itself, and returns the exit status. It returns soon
// after ctx ends; what a command was asked to leave in order by then, it leaves
// in order. Results go to stdout, everything else, such as the one line of an
// error, to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	name := programName(args[0])
	root := newRootCommand(name)
	root.SetArgs(args[1:])
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	executed, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if status, ok := errors.AsType[commandStatus](err); ok {
		return int(status)
	}
	code, hint := explain(err)
	if text, ok := refusalJSON(executed, err); ok {
		fmt.Fprintln(stderr, text)
		return code
	}
	fmt.Fprintln(stderr, name+": "+oneLine(err)+commandsOf(root).as(name, hint))
	return code
}

// oneLine is the text of err on one line, so that a log collector and a person
// who greps keep it together.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
