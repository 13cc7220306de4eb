package swarm

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Service is the kind of the runs that real processes have, too.
const Service = "service"

// What nodes can store on.
const (
	Memory = "memory"
	Files  = "files"
)

// None is the list of faults that has none.
const None = "none"

// Run is one simulated run. A field that is zero is not decided.
type Run struct {
	// Seed decides all that is drawn.
	Seed uint64
	// Kind is Service, or the name of a workload within the process.
	Kind string
	// Virtual is how long the faults go on at most, in virtual time.
	Virtual time.Duration
	// Nodes and Clients are their numbers. Rate is how many operations a second
	// all clients begin, and Period the time from one fault to the next: both
	// are for the kind Service.
	Nodes, Clients, Rate int
	Period               time.Duration
	// Workloads are for the kind Service. Nemeses are the faults to draw from.
	Workloads, Nemeses []string
	// Disks are what the nodes store on: Memory, or Files on a modelled disk, which
	// loses what was not synced when a node is killed. They are for the kind
	// Service.
	Disks string
	// SnapshotEntries and TrailingLogs are those of the nodes.
	SnapshotEntries, TrailingLogs uint64
}

// Over returns the drawn run with all that is given in its place.
func (r Run) Over(drawn Run) Run {
	return Run{
		Seed:            cmp.Or(r.Seed, drawn.Seed),
		Kind:            cmp.Or(r.Kind, drawn.Kind),
		Virtual:         cmp.Or(r.Virtual, drawn.Virtual),
		Nodes:           cmp.Or(r.Nodes, drawn.Nodes),
		Clients:         cmp.Or(r.Clients, drawn.Clients),
		Rate:            cmp.Or(r.Rate, drawn.Rate),
		Period:          cmp.Or(r.Period, drawn.Period),
		Workloads:       given(r.Workloads, drawn.Workloads),
		Nemeses:         given(r.Nemeses, drawn.Nemeses),
		Disks:           cmp.Or(r.Disks, drawn.Disks),
		SnapshotEntries: cmp.Or(r.SnapshotEntries, drawn.SnapshotEntries),
		TrailingLogs:    cmp.Or(r.TrailingLogs, drawn.TrailingLogs),
	}
}

func given(list, drawn []string) []string {
	if len(list) > 0 {
		return list
	}
	return drawn
}

// Faults returns the names of the faults.
func (r Run) Faults() []string {
	return slices.DeleteFunc(slices.Clone(r.Nemeses), func(name string) bool { return name == None })
}

// Bind defines the flags that decide the fields of a run, all but the seed.
func (r *Run) Bind(flags *flag.FlagSet) {
	flags.StringVar(&r.Kind, "kind", r.Kind, "service (clients over HTTP, as with real processes), or a workload in the process")
	flags.DurationVar(&r.Virtual, "virtual", r.Virtual, "how long the faults go on at most, in virtual time")
	flags.IntVar(&r.Nodes, "nodes", r.Nodes, "how many nodes")
	flags.IntVar(&r.Clients, "clients", r.Clients, "how many clients")
	flags.IntVar(&r.Rate, "rate", r.Rate, "how many operations a second, all clients together")
	flags.DurationVar(&r.Period, "period", r.Period, "the time from one fault to the next")
	flags.Var((*names)(&r.Workloads), "workload", "the workloads to draw from, or all")
	flags.Var((*names)(&r.Nemeses), "nemesis", "the faults to draw from, or none; a name may stand more than once")
	flags.StringVar(&r.Disks, "disks", r.Disks, "what nodes store on: memory, or files that a kill robs of what was not synced")
	flags.Uint64Var(&r.SnapshotEntries, "snapshot-entries", r.SnapshotEntries, "how many entries there are to a snapshot")
	flags.Uint64Var(&r.TrailingLogs, "trailing-logs", r.TrailingLogs, "how many entries stay in the log behind a snapshot")
}

// Args returns the flags that decide all fields but the seed.
func (r Run) Args() []string {
	var args []string
	add := func(name, value string) {
		if value != "" && value != "0" && value != "0s" {
			args = append(args, "-"+name, value)
		}
	}
	add("kind", r.Kind)
	add("virtual", r.Virtual.String())
	add("nodes", strconv.Itoa(r.Nodes))
	add("clients", strconv.Itoa(r.Clients))
	add("rate", strconv.Itoa(r.Rate))
	add("period", r.Period.String())
	add("workload", strings.Join(r.Workloads, ","))
	add("nemesis", strings.Join(r.Nemeses, ","))
	add("disks", r.Disks)
	add("snapshot-entries", strconv.FormatUint(r.SnapshotEntries, 10))
	add("trailing-logs", strconv.FormatUint(r.TrailingLogs, 10))
	return args
}

// Command returns the line that makes the run again.
func (r Run) Command() string {
	return fmt.Sprintf("go run ./jepsen-like simulate -seeds %d %s", r.Seed, strings.Join(r.Args(), " "))
}

// String describes the run in a few words.
func (r Run) String() string {
	text := fmt.Sprintf("%s, %d nodes, %d clients, faults %s", r.Kind, r.Nodes, r.Clients, strings.Join(r.Nemeses, ","))
	if r.Kind == Service {
		text += ", on " + r.Disks + ", workloads " + strings.Join(r.Workloads, ",")
	}
	return text
}

// names is a flag with names that are joined by commas.
type names []string

// String returns the names as the flag takes them.
func (n *names) String() string { return strings.Join(*n, ",") }

// Set takes the names.
func (n *names) Set(text string) error {
	*n = strings.Split(text, ",")
	return nil
}
