package swarm

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Menu is what runs are drawn from.
type Menu struct {
	// Kinds are the kinds of runs. A name may stand more than once, and is drawn
	// the more often.
	Kinds []string
	// Workloads are those of the kind Service.
	Workloads []string
	// Faults are those of each kind.
	Faults map[string][]string
	// OnFiles are those of them that need nodes with Files, and OfAll those that
	// end all nodes at once.
	OnFiles, OfAll []string
	// Longest is how long runs of a kind may be, where that is limited.
	Longest map[string]time.Duration
}

// The sizes that are drawn. The small ones make rare states common: a snapshot
// after every fifth entry sends one to whoever was down for a moment. The large ones
// are those of a log that is read in no time when a node starts.
var (
	nodes           = []int{3, 3, 5}
	clientsOfNode   = []int{1, 2, 3, 4}
	rates           = []int{40, 80, 160, 320}
	periods         = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}
	snapshotEntries = []uint64{5, 5, 50, 200, 1000}
	disks           = []string{Memory, Files}
	trailingLogs    = []uint64{1, 1, 10, 50, 400}
)

// leastFaults and mostFaults are how many faults a run draws from the menu. With
// all of them at once, none would go far.
const (
	leastFaults = 2
	mostFaults  = 8
)

// leastPeriodOfAll lets nodes that have all ended start, elect a leader and serve
// clients before they end again. A run in which they never do tells nothing.
const leastPeriodOfAll = 2 * time.Second

// Draw returns the run that a seed stands for. If kind is not empty, it is of
// that kind.
func Draw(seed uint64, kind string, menu Menu) Run {
	random := rand.New(rand.NewPCG(seed, 4))
	run := Run{
		Seed:            seed,
		Kind:            pick(random, menu.Kinds),
		Nodes:           pick(random, nodes),
		Rate:            pick(random, rates),
		Period:          pick(random, periods),
		SnapshotEntries: pick(random, snapshotEntries),
		TrailingLogs:    pick(random, trailingLogs),
	}
	if kind != "" {
		run.Kind = kind
	}
	run.Clients = run.Nodes * pick(random, clientsOfNode)
	run.Workloads = some(random, menu.Workloads, 1, len(menu.Workloads))
	run.Nemeses = some(random, menu.Faults[run.Kind], leastFaults, mostFaults)
	run.Disks = pick(random, disks)
	if run.hasAny(menu.OnFiles) {
		run.Disks = Files
	}
	if run.hasAny(menu.OfAll) {
		run.Period = max(run.Period, leastPeriodOfAll)
	}
	if run.Kind != Service {
		run.Workloads, run.Rate, run.Period, run.Disks = nil, 0, 0, ""
	}
	return run
}

const (
	// fullTime is how long all that is drawn is made at its full rate.
	fullTime = time.Minute
	// leastRate lets each fault of a long run meet some operations.
	leastRate = 8
	// mostPeriod is the longest that is drawn: with longer ones faults last longer,
	// and a majority is gone for longer than the rule of availability allows.
	mostPeriod = 4 * time.Second
)

// Lasting returns the drawn run with this length. A long one makes hardly more
// operations than one of a minute, and fewer faults in each: time in which little
// is done costs little.
func (r Run) Lasting(virtual time.Duration) Run {
	r.Virtual = virtual
	if virtual > fullTime {
		slow := float64(fullTime) / float64(virtual)
		r.Rate = min(r.Rate, max(int(float64(r.Rate)*slow), leastRate))
		r.Period = max(r.Period, min(time.Duration(float64(r.Period)/slow), mostPeriod))
	}
	return r
}

// Within returns the run with a length that its kind allows.
func (m Menu) Within(run Run) Run {
	if longest := m.Longest[run.Kind]; longest > 0 {
		run.Virtual = min(run.Virtual, longest)
	}
	return run
}

// hasAny reports whether the run has one of the faults.
func (r Run) hasAny(faults []string) bool {
	return slices.ContainsFunc(r.Nemeses, func(name string) bool { return slices.Contains(faults, name) })
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// some draws from least to most names, none twice, in the order of the menu.
func some(random *rand.Rand, from []string, least, most int) []string {
	n := min(least+random.IntN(most-least+1), len(from))
	places := random.Perm(len(from))[:n]
	slices.Sort(places)
	var drawn []string
	for _, place := range places {
		drawn = append(drawn, from[place])
	}
	return drawn
}
