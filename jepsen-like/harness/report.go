package harness

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// reportEachSecond prints a line each second until ctx ends.
func (h *Harness) reportEachSecond(ctx context.Context) {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	acknowledged, seen := 0, 0
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		news := h.recorder.Since(seen)
		seen += len(news)
		now := tallyOf(news)
		acknowledged += now.acknowledged
		fmt.Fprintf(h.out, "%4ds  acknowledged %d (%s)\n", n, acknowledged, now)
	}
}

// String describes what has happened in one line.
func (t tally) String() string {
	line := fmt.Sprintf("+%d, refused %d, unknown %d, reads %d", t.acknowledged, t.refused, t.unknown, t.reads)
	for _, fault := range t.faults {
		line += strings.TrimRight(fmt.Sprintf(", %s %s %s", fault.Function, fault.Node, fault.Detail), " ")
	}
	return line
}

// summarize prints what the run was made of.
func (r Record) summarize(out io.Writer) {
	total, calls, end := tallyOf(r.Events), history.Calls(r.Events), r.End
	fmt.Fprintf(out, "faults: %s\n", total.listFaults())
	fmt.Fprintf(out, "writes: %d invoked, %d acknowledged, %d refused, %d with unknown outcome; reads: %d\n",
		total.invoked, total.acknowledged, total.refused, total.unknown, total.reads)
	fmt.Fprintf(out, "refusals: %s\n", listRefusals(refusals(calls)))
	if end.Problem != "" {
		return
	}
	fmt.Fprintf(out, "recovery: all nodes ready at one revision %v after the last fault\n", end.Took.Round(time.Millisecond))
	for _, status := range end.Statuses {
		fmt.Fprintf(out, "node %s: %s, revision %d, digest %s, newest snapshot at entry %d\n",
			status.ID, status.Role, status.Revision, status.Digest, status.SnapshotIndex)
	}
	if settled, ok := history.SettledAt(r.Events); ok {
		fmt.Fprintf(out, "staleness: local reads after the faults were behind by %v at most\n",
			checker.Stalest(calls, settled.Time).Round(time.Millisecond))
	}
	fmt.Fprintf(out, "resources: %s\n", usage(r.Events))
	fmt.Fprintf(out, "other revisions: %d, of %d writes with unknown outcome and of items that ended by themselves\n",
		int(end.revision())-total.acknowledged, total.unknown)
}

// usage says how much of the machine a node has taken at most.
func usage(events []history.Event) string {
	var most history.Usage
	for _, event := range events {
		most.Memory = max(most.Memory, event.Memory)
		most.Files = max(most.Files, event.Files)
		most.Threads = max(most.Threads, event.Threads)
	}
	if most == (history.Usage{}) {
		return "not to be seen here"
	}
	return fmt.Sprintf("no node took more than %d MiB, %d files and %d threads", most.Memory>>20, most.Files, most.Threads)
}

// listFaults names the faults, how often each was made, how often it had an
// effect, and how often it hit a leader.
func (t tally) listFaults() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(t.made)) {
		list = append(list, fmt.Sprintf("%s %d (%d with effect, %d on a leader)", name, t.made[name], t.hits[name], t.leaders[name]))
	}
	return strings.Join(list, ", ")
}

func listRefusals(met map[refusal]int) string {
	order := func(a, b refusal) int {
		return cmp.Or(cmp.Compare(a.workload, b.workload), cmp.Compare(a.code, b.code))
	}
	var list []string
	for _, r := range slices.SortedFunc(maps.Keys(met), order) {
		list = append(list, fmt.Sprintf("%s %s %d", r.workload, r.code, met[r]))
	}
	return strings.Join(list, ", ")
}
