package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/gstate/cluster/bench/system"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case len(args) > 0 && args[0] == nodeCommand:
		return serveNode()
	case len(args) > 0 && args[0] == compareCommand:
		return compare(args[1:], out)
	}
	p, err := parse(args, out)
	if err != nil {
		return err
	}
	results, err := p.measure(ctx, launch, out)
	if err != nil {
		return err
	}
	return results.write(p.out, out)
}

// plan is what is to be measured.
type plan struct {
	systems     []string
	experiments []experiment
	rounds      int
	options     Options
	out         string
}

func parse(args []string, out io.Writer) (p plan, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	systems := flags.String("systems", "gstate,etcd,dragonboat,raft", "what is compared; the first is held against the others")
	chosen := flags.String("experiments", "", "which experiments are made (default all)")
	writers := flags.String("writers", "1,16,64,256,1024", "the numbers of writers")
	flags.IntVar(&p.rounds, "rounds", 5, "how often each is measured")
	flags.DurationVar(&p.options.Lasts, "time", 4*time.Second, "how long a load goes on")
	flags.StringVar(&p.out, "out", "results", "the folder for results.json, table.md and the plots")
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	if flags.NArg() > 0 {
		return p, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if p.rounds < 1 || p.options.Lasts <= 0 {
		return p, errors.New("-rounds and -time have to be more than 0")
	}
	p.systems = strings.Split(*systems, ",")
	for _, name := range p.systems {
		if system.All()[name] == nil {
			return p, fmt.Errorf("there is no system %q", name)
		}
	}
	for _, text := range strings.Split(*writers, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < 1 {
			return p, fmt.Errorf("-writers has %q, want numbers from 1 on", text)
		}
		p.options.Writers = append(p.options.Writers, count)
	}
	p.experiments, err = choose(*chosen)
	return p, err
}

// choose returns the experiments of these names, all if there are none.
func choose(names string) (chosen []experiment, err error) {
	all := experiments()
	if names == "" {
		return all, nil
	}
	for _, name := range strings.Split(names, ",") {
		at := slices.IndexFunc(all, func(e experiment) bool { return e.name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no experiment %q", name)
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// measure makes all experiments with all systems, in turn, each with a fleet of its
// own.
func (p plan) measure(ctx context.Context, launch func(context.Context, string) (*fleet, error), out io.Writer) (results, error) {
	r := results{Systems: p.systems}
	for round := range p.rounds {
		for _, e := range p.experiments {
			for _, name := range inTurn(p.systems, round) {
				figures, err := one(ctx, launch, name, e, p.options)
				if err != nil {
					return results{}, fmt.Errorf("round %d, %s of %s: %w", round+1, e.name, name, err)
				}
				r.add(name, figures)
				fmt.Fprintf(out, "round %d, %s of %s\n", round+1, e.name, name)
			}
		}
	}
	return r, nil
}

// inTurn returns the systems in the order of a round: there, and then back.
func inTurn(systems []string, round int) []string {
	order := slices.Clone(systems)
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

// one makes an experiment with a fleet of a system.
func one(ctx context.Context, launch func(context.Context, string) (*fleet, error), name string, e experiment, o Options) ([]Figure, error) {
	f, err := launch(ctx, name)
	if err != nil {
		return nil, err
	}
	figures, err := e.run(ctx, f, o)
	return figures, errors.Join(err, f.close())
}

// write leaves the results in a folder, and prints the table.
func (r results) write(dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	table := r.table()
	fmt.Fprint(out, "\n", table)
	return errors.Join(
		r.save(filepath.Join(dir, resultsName)),
		os.WriteFile(filepath.Join(dir, "table.md"), []byte(table), 0o644),
		r.plot(filepath.Join(dir, "writes.svg")),
	)
}
