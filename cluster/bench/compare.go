package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// compareCommand is the argument with which two results are compared.
const compareCommand = "compare"

// errWorse: a ratio has become clearly worse.
var errWorse = errors.New("worse than before")

// compare holds the ratios of new results against those of old ones. Times of two
// runs say nothing about each other; ratios to a system that was measured in the
// same run do.
func compare(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench compare", flag.ContinueOnError)
	flags.SetOutput(out)
	against := flags.String("against", engineSystem, "the system to which the ratios are")
	allowed := flags.Float64("allowed", 0.2, "which part of a ratio may be lost")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return errors.New("want the old and the new results.json")
	}
	before, err := load(flags.Arg(0))
	if err != nil {
		return err
	}
	after, err := load(flags.Arg(1))
	if err != nil {
		return err
	}
	return after.against(before, *against, *allowed, out)
}

// against prints each ratio that is known of both, and returns errWorse if one has
// lost more than what is allowed.
func (r results) against(before results, other string, allowed float64, out io.Writer) (err error) {
	compared := 0
	for _, s := range r.Series {
		for _, old := range before.Series {
			was, known := old.ratio(before.Systems[0], other)
			is, both := s.ratio(r.Systems[0], other)
			if old.Name != s.Name || !known || !both {
				continue
			}
			compared++
			verdict := ""
			if is < was*(1-allowed) {
				verdict, err = "  worse", errWorse
			}
			fmt.Fprintf(out, "%-50s %6.2fx, was %6.2fx%s\n", s.Name, is, was, verdict)
		}
	}
	if compared == 0 {
		return fmt.Errorf("the results have no figure of %s in common", other)
	}
	return err
}
