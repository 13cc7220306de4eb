package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/mutants"
)

// hunt is everything that the hunt can be told. The flags say what each field
// means.
type hunt struct {
	mutants.Hunt
	// Only are the numbers of the bugs; empty: all.
	Only []string
	// Virtual and Time are how long the faults of one run go on, in virtual time
	// and with real processes.
	Virtual, Time time.Duration
}

// runHunt is the command, without the process: it returns the exit status.
func runHunt(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	h, err := parseHunt(args, stderr)
	if err != nil {
		return flagStatus(err)
	}
	sum, err := h.run(ctx, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "jepsen-like:", err)
		return exitBroken
	}
	if !sum.Good() {
		return exitViolation
	}
	return exitPass
}

// simulatedLimit is how long one simulated run may take in real time. A sound
// one takes a tenth of that on a machine with nothing else to do.
const simulatedLimit = time.Minute

// run hunts for the bugs, and prints a line as each is done, then the table.
func (h hunt) run(ctx context.Context, out io.Writer) (mutants.Summary, error) {
	patches, err := h.patches()
	if err != nil {
		return mutants.Summary{}, err
	}
	h.Builders = map[mutants.Mode]mutants.Builder{
		mutants.Sim:  mutants.Simulated{Virtual: h.Virtual, Limit: simulatedLimit},
		mutants.Real: realRuns{time: h.Time},
	}
	h.OwnTest = func(ctx context.Context, dir string, patch mutants.Patch) (bool, error) {
		return patch.OwnTestFails(ctx, dir)
	}
	var scores []mutants.Score
	err = h.All(ctx, patches, func(score mutants.Score) {
		scores = append(scores, score)
		fmt.Fprint(out, score)
	})
	if err != nil {
		return mutants.Summary{}, err
	}
	place := func(s mutants.Score) int {
		return slices.IndexFunc(patches, func(p mutants.Patch) bool { return p.File == s.Patch.File })
	}
	slices.SortFunc(scores, func(a, b mutants.Score) int { return place(a) - place(b) })
	sum := mutants.Sum(scores)
	fmt.Fprintln(out)
	err = mutants.Table(out, scores)
	fmt.Fprintf(out, "\n%v\n", sum)
	return sum, err
}

// patches returns the bugs that are to be hunted.
func (h hunt) patches() ([]mutants.Patch, error) {
	all, err := mutants.All()
	if err != nil || len(h.Only) == 0 {
		return all, err
	}
	var chosen []mutants.Patch
	for _, number := range h.Only {
		i := slices.IndexFunc(all, func(p mutants.Patch) bool { return p.Number == number })
		if i < 0 {
			return nil, fmt.Errorf("there is no planted bug %s", number)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// parseHunt reads the command line. It prints what is wrong, or the help, to
// out; the error is flag.ErrHelp for the latter.
func parseHunt(args []string, out io.Writer) (hunt, error) {
	h := hunt{
		Hunt:    mutants.Hunt{Tries: 3, First: 1, Processes: runtime.NumCPU()},
		Virtual: 20 * time.Second, Time: 15 * time.Second,
	}
	flags := flag.NewFlagSet("jepsen-like mutants", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Func("only", "the numbers of the bugs to hunt for, as in 3,14b (default all)", func(text string) error {
		h.Only = strings.Split(text, ",")
		return nil
	})
	flags.IntVar(&h.Tries, "tries", h.Tries, "how often each bug is looked for, each time with other seeds")
	flags.Uint64Var(&h.First, "seed", h.First, "the first seed")
	flags.DurationVar(&h.Budget, "budget", h.Budget, "how long one try may take, in real time (0: as the bug says)")
	flags.IntVar(&h.Processes, "processes", h.Processes, "how many bugs are hunted at a time")
	flags.DurationVar(&h.Virtual, "virtual", h.Virtual, "how long the faults of a simulated run go on")
	flags.DurationVar(&h.Time, "time", h.Time, "how long the faults of a run of real processes go on")
	if err := flags.Parse(args); err != nil {
		return hunt{}, err
	}
	if err := h.validate(flags.Args()); err != nil {
		fmt.Fprintln(out, "jepsen-like mutants:", err)
		return hunt{}, err
	}
	return h, nil
}

// validate reports everything that is wrong at once.
func (h hunt) validate(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("unexpected argument %q", rest[0]))
	}
	if h.Tries < 1 || h.Processes < 1 || h.First < 1 {
		problems = append(problems, errors.New("-tries, -processes and -seed are 1 or more"))
	}
	if h.Budget < 0 {
		problems = append(problems, fmt.Errorf("-budget is %v, want 0 or more", h.Budget))
	}
	if h.Virtual < time.Second || h.Time < time.Second {
		problems = append(problems, errors.New("-virtual and -time are a second or more"))
	}
	return errors.Join(problems...)
}
