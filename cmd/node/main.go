package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// main ends the process with the status that run returns. SIGINT and SIGTERM
// end run's context; a demo or a member then stops in order.
func main() {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// From the first signal on the default action stands again, so that a
	// second one ends the process at once.
	context.AfterFunc(ctx, release)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program: it executes the command that args name and returns
// the exit status. It returns soon after ctx ends; what a command was asked to
// leave in order by then, it leaves in order. Results go to stdout, everything
// else, such as the one line of an error, to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code, hint := explain(err)
	fmt.Fprintln(stderr, "node: "+oneLine(err)+hint)
	return code
}

// oneLine is the text of err on one line, so that a log collector and a person
// who greps keep it together.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
