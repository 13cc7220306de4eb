package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/report"
)

// check judges the runs that were kept in folders, with the rules of today, and
// writes their reports again. Its status is the worst of all.
func check(_ context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("jepsen-like check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprintln(stderr, "usage: jepsen-like check DIR...") }
	if err := flags.Parse(args); err != nil {
		return flagStatus(err)
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return exitBroken
	}
	worst := exitPass
	for _, dir := range flags.Args() {
		status := checkOne(dir, stdout, stderr)
		if gravity[status] > gravity[worst] {
			worst = status
		}
	}
	return worst
}

// gravity orders the statuses: what is broken may hide a violation.
var gravity = map[int]int{exitPass: 0, exitVoid: 1, exitViolation: 2, exitBroken: 3}

func checkOne(dir string, stdout, stderr io.Writer) int {
	record, err := harness.Load(dir)
	if err != nil {
		fmt.Fprintf(stderr, "jepsen-like: check %s: %v\n", dir, err)
		return exitBroken
	}
	v, err := record.Judge()
	if err != nil {
		fmt.Fprintf(stderr, "jepsen-like: check %s: %v\n", dir, err)
		return exitBroken
	}
	record.Print(stdout, v)
	if err := report.Write(dir, record, v); err != nil {
		fmt.Fprintf(stderr, "jepsen-like: check %s: %v\n", dir, err)
		return exitBroken
	}
	return statuses[v.Outcome()]
}
