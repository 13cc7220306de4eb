package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/network"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/workload"
)

// maxDrawnSeed keeps a seed that was not given short enough to be typed.
const maxDrawnSeed = 1_000_000

// options is everything that a run can be told. The flags say what each field
// means.
type options struct {
	harness.Config
	// Nodes is their number.
	Nodes int
	// Network is the way to connect them.
	Network string
	// Dir is where the folder of the run is made. Empty: the system's own
	// folder for temporary files.
	Dir string
	// Keep keeps the folder also when the run passes.
	Keep bool
}

// defaults is the run that is meant when no flag is given. Three faults in four
// are kills: a paused node keeps its state, and so has less to get wrong.
func defaults() options {
	return options{
		Config: harness.Config{
			Time:      time.Minute,
			Calm:      4 * time.Second,
			Seed:      1 + rand.Uint64N(maxDrawnSeed),
			Clients:   8,
			Rate:      harness.DefaultRate,
			Workloads: []string{workload.Every},
			Nemeses:   []string{"kill", "kill", "kill", "pause"},
			Period:    time.Second,
		},
		Nodes:   3,
		Network: network.Auto,
	}
}

// parse reads the command line. It prints what is wrong, or the help, to out;
// the error is flag.ErrHelp for the latter.
func parse(args []string, out io.Writer) (options, error) {
	c := defaults()
	flags := flag.NewFlagSet("jepsen-like", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.DurationVar(&c.Time, "time", c.Time, "how long the faults go on at most")
	flags.DurationVar(&c.Calm, "calm", c.Calm, "how long the clients go on when the faults are over; some rules need the default")
	flags.DurationVar(&c.Period, "period", c.Period, "the time from one fault to the next; a cluster that loses all nodes at once needs 2s")
	flags.Uint64Var(&c.Seed, "seed", c.Seed, "decides all that is drawn; as it is not given, one is drawn")
	flags.IntVar(&c.Nodes, "nodes", c.Nodes, "how many nodes: 3 to 7")
	flags.StringVar(&c.Network, "network", c.Network, "how nodes are connected: auto, namespaces (needs root), proxies or plain")
	flags.IntVar(&c.Clients, "clients", c.Clients, "how many clients, spread over the nodes")
	flags.Int64Var(&c.Writes, "writes", c.Writes, "end the faults when so many writes were invoked (0: at -time)")
	flags.StringVar(&c.Dir, "dir", c.Dir, "where the folder of the run is made (default: the folder for temporary files)")
	flags.BoolVar(&c.Keep, "keep", c.Keep, "keep the folder of the run also when it passes, for the check command")
	loads := flags.String("workload", strings.Join(c.Workloads, ","), "the workloads to draw from, or all")
	names := flags.String("nemesis", strings.Join(c.Nemeses, ","), "the faults to draw from, or all; a name may stand more than once")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	c.Workloads = strings.Split(*loads, ",")
	c.Nemeses = strings.Split(*names, ",")
	c.Command = command(flags)
	if err := c.validate(flags.Args()); err != nil {
		fmt.Fprintln(out, "jepsen-like:", err)
		return options{}, err
	}
	return c, nil
}

// command returns the command line of the same run: the flags that were given
// and the seed, which may have been drawn.
func command(flags *flag.FlagSet) string {
	line := []string{"go run ./jepsen-like -keep"}
	flags.Visit(func(f *flag.Flag) {
		if !slices.Contains([]string{"seed", "dir", "keep"}, f.Name) {
			line = append(line, fmt.Sprintf("-%s=%s", f.Name, f.Value))
		}
	})
	return strings.Join(append(line, fmt.Sprintf("-seed=%s", flags.Lookup("seed").Value)), " ")
}

// minPeriod is the least time in which a node can be stopped and started.
const minPeriod = 100 * time.Millisecond

// maxNodes is what one machine can bear; the sixth node adds no majority that
// five have not.
const maxNodes = 7

// maxClients is far more than one machine can serve at the rate of a run.
const maxClients = 1000

// validate reports everything that is wrong at once. Whether a fault is possible
// here is found out where it is chosen.
func (c options) validate(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("unexpected argument %q", rest[0]))
	}
	if c.Nodes < 3 || c.Nodes > maxNodes {
		problems = append(problems, fmt.Errorf("-nodes is %d, want 3 to %d", c.Nodes, maxNodes))
	}
	if c.Clients < c.Nodes || c.Clients > maxClients {
		problems = append(problems, fmt.Errorf("-clients is %d, want one for each of %d nodes at least, and %d at most", c.Clients, c.Nodes, maxClients))
	}
	if !slices.Contains(network.Ways(), c.Network) {
		problems = append(problems, fmt.Errorf("-network is %q, want one of %s", c.Network, strings.Join(network.Ways(), ", ")))
	}
	if _, err := workload.Choose(workload.All(nil), c.Workloads); err != nil {
		problems = append(problems, fmt.Errorf("-workload: %w", err))
	}
	if err := nemesis.Know(faultsOf(new(nodes.Cluster)), c.Nemeses); err != nil {
		problems = append(problems, fmt.Errorf("-nemesis: %w", err))
	}
	if c.Period < minPeriod {
		problems = append(problems, fmt.Errorf("-period is %v, want %v at least", c.Period, minPeriod))
	}
	if c.Time < c.Period {
		problems = append(problems, fmt.Errorf("-time is %v, want %v at least: there is one fault in that time", c.Time, c.Period))
	}
	if c.Calm < 0 {
		problems = append(problems, fmt.Errorf("-calm is %v, want 0 or more", c.Calm))
	}
	if c.Writes < 0 {
		problems = append(problems, fmt.Errorf("-writes is %d, want 0 or more", c.Writes))
	}
	return errors.Join(problems...)
}
