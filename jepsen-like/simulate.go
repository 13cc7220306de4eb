package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/scratch"
	"example.com/gstate/jepsen-like/simulate"
	"example.com/gstate/jepsen-like/swarm"
	"example.com/gstate/jepsen-like/workload"
)

// simulation is everything that simulated runs can be told. The flags say what
// each field means.
type simulation struct {
	simulate.Campaign
	// Limit is how long one run may take, in real time.
	Limit time.Duration
	// Traces is the folder in which what each run records is kept; empty: nobody
	// wants it.
	Traces string
	// Keep is the folder in which failed runs are kept; empty: nobody wants them.
	Keep string
	// Plant names the bug that all nodes have; empty: none.
	Plant string
}

// runSimulations is the command, without the process: it returns the exit status.
func runSimulations(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parseSimulation(args, stderr)
	if err != nil {
		return flagStatus(err)
	}
	summary, err := s.run(ctx, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "jepsen-like:", err)
		return exitBroken
	}
	return worst(summary)
}

// voidShare is the part of the runs, in percent, that may be void: now and then the
// chances of a seed let nothing happen that a run is about.
const voidShare = 10

// worst returns the exit status: that of the worst run, but for a few void ones.
func worst(summary simulate.Summary) int {
	switch {
	case summary.Failed > 0:
		return exitViolation
	case summary.Differing > 0:
		return exitBroken
	case 100*summary.Void > voidShare*(summary.Void+summary.Passed):
		return exitVoid
	}
	return exitPass
}

// run builds the program, makes all runs and prints the summary. It leaves
// nothing behind but the traces and what was kept, in their folders.
func (s simulation) run(ctx context.Context, out io.Writer) (summary simulate.Summary, err error) {
	if err := errors.Join(makeFolder("traces", s.Traces), makeFolder("keep", s.Keep)); err != nil {
		return summary, err
	}
	folder, err := scratch.Make("", "jepsen-like-simulate-")
	if err != nil {
		return summary, err
	}
	defer func() { err = errors.Join(err, folder.Remove()) }()
	program, err := simulate.Build(ctx, folder.Path())
	if err != nil {
		return summary, err
	}
	program.Limit, program.Traces, program.Keep = s.Limit, s.Traces, s.Keep
	if s.Plant != "" {
		program.Extra = append(program.Extra, "-plant", s.Plant)
	}
	if !program.Repeats {
		fmt.Fprintf(out, "these runs may not repeat themselves: %v\n", program.WhyNot)
	}
	summary, err = s.Campaign.Run(ctx, program, out)
	fmt.Fprintln(out, summary)
	return summary, err
}

// parseSimulation reads the command line. It prints what is wrong, or the help,
// to out; the error is flag.ErrHelp for the latter.
func parseSimulation(args []string, out io.Writer) (simulation, error) {
	s := simulation{
		Campaign: simulate.Campaign{
			First: 1, Last: 100, Given: swarm.Run{Virtual: 10 * time.Minute}, Processes: runtime.NumCPU(),
			Shrunk: 3, Most: 60,
		},
		Limit: 10 * time.Minute,
	}
	flags := flag.NewFlagSet("jepsen-like simulate", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Func("seeds", "the seeds, one or a range as in 1-500 (default 1-100)", s.setSeeds)
	flags.IntVar(&s.Processes, "processes", s.Processes, "how many runs are made at a time")
	flags.BoolVar(&s.Twice, "twice", s.Twice, "make each run twice, and compare all that they record")
	flags.IntVar(&s.Shrunk, "shrink", s.Shrunk, "how many failed runs are made smaller")
	flags.IntVar(&s.Most, "shrink-runs", s.Most, "how many runs that may take for each")
	flags.DurationVar(&s.Limit, "limit", s.Limit, "how long one run may take, in real time")
	flags.StringVar(&s.Traces, "traces", s.Traces, "a folder in which what each run records is kept")
	flags.StringVar(&s.Keep, "keep", s.Keep, "a folder in which failed runs of the kind service are kept, with a report")
	flags.StringVar(&s.Plant, "plant", s.Plant, "a bug that the nodes are to have, to see how it is found")
	s.Given.Bind(flags)
	if err := flags.Parse(args); err != nil {
		return simulation{}, err
	}
	if err := s.validate(flags.Args()); err != nil {
		fmt.Fprintln(out, "jepsen-like simulate:", err)
		return simulation{}, err
	}
	return s, nil
}

// setSeeds reads a seed, or a range of them.
func (s *simulation) setSeeds(text string) error {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	var err, lastErr error
	s.First, err = strconv.ParseUint(first, 10, 63)
	s.Last, lastErr = strconv.ParseUint(last, 10, 63)
	return errors.Join(err, lastErr)
}

// validate reports everything that is wrong at once. What is wrong with a run is
// found by the run.
func (s simulation) validate(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("unexpected argument %q", rest[0]))
	}
	if s.First < 1 || s.Last < s.First {
		problems = append(problems, fmt.Errorf("-seeds is %d-%d, want a range from 1 on", s.First, s.Last))
	}
	if s.Processes < 1 {
		problems = append(problems, fmt.Errorf("-processes is %d, want 1 or more", s.Processes))
	}
	if s.Shrunk < 0 || s.Most < 0 {
		problems = append(problems, fmt.Errorf("-shrink is %d and -shrink-runs %d, want 0 or more", s.Shrunk, s.Most))
	}
	if s.Limit <= 0 {
		problems = append(problems, fmt.Errorf("-limit is %v, want more than 0", s.Limit))
	}
	if s.Given.Clients < 0 || s.Given.Rate < 0 || s.Given.Period < 0 {
		problems = append(problems, fmt.Errorf("-clients is %d, -rate %d and -period %v, want 0 (drawn) or more", s.Given.Clients, s.Given.Rate, s.Given.Period))
	}
	if _, err := workload.Choose(workload.All(nil), s.Given.Workloads); err != nil {
		problems = append(problems, fmt.Errorf("-workload: %w", err))
	}
	if s.Given.Virtual < time.Second {
		problems = append(problems, fmt.Errorf("-virtual is %v, want a second at least", s.Given.Virtual))
	}
	if s.Given.Nodes != 0 && (s.Given.Nodes < 3 || s.Given.Nodes > maxNodes) {
		problems = append(problems, fmt.Errorf("-nodes is %d, want 3 to %d", s.Given.Nodes, maxNodes))
	}
	return errors.Join(problems...)
}
