package harness

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
)

const (
	// acknowledgedPerSecond is the least number of writes a second, on the
	// average, that a run must see acknowledged while the faults go on. The
	// clients try some 500, and a machine that is busy with other things gets a
	// tenth of that through: with less, the faults met an idle cluster.
	acknowledgedPerSecond = 50
	// faultsForLeader is how many faults there must be before one of them must
	// have hit a leader. Half of them do in a cluster of three.
	faultsForLeader = 10
	// faultsForEffect is how many faults of one name there must be before one of
	// them must have had an effect: each may meet a node that is down already.
	faultsForEffect = 3
)

// premises returns why the run has tested too little to say anything. total is
// that of all events.
func (h *Harness) premises(total tally, calls []history.Call) []string {
	var void []string
	made := sum(total.made)
	if made == 0 {
		void = append(void, "no fault was made")
	}
	if made >= faultsForLeader && sum(total.leaders) == 0 {
		void = append(void, fmt.Sprintf("none of %d faults hit a leader", made))
	}
	for _, name := range slices.Sorted(maps.Keys(total.made)) {
		if total.made[name] >= faultsForEffect && total.hits[name] == 0 {
			void = append(void, fmt.Sprintf("none of %d faults of %s had an effect", total.made[name], name))
		}
	}
	void = append(void, h.amount(calls)...)
	return append(void, h.unmet(calls)...)
}

// amount checks how much was written while the faults went on.
func (h *Harness) amount(calls []history.Call) []string {
	var invoked, acknowledged int64
	for _, call := range calls {
		if call.Function.Writes() && call.Workload != livenessWorkload {
			invoked++
			if call.Kind == history.OK {
				acknowledged++
			}
		}
	}
	least := acknowledgedPerSecond * int64(h.config.Time/time.Second)
	if h.config.Writes > 0 {
		least = h.config.Writes / 2
	}
	var void []string
	if acknowledged < least {
		void = append(void, fmt.Sprintf("%d writes were acknowledged during the faults, want %d at least", acknowledged, least))
	}
	if invoked < h.config.Writes {
		void = append(void, fmt.Sprintf("%d of %d writes were invoked before the time was over", invoked, h.config.Writes))
	}
	return void
}

// unmet returns the refusals that the workloads need and have not met.
func (h *Harness) unmet(calls []history.Call) []string {
	var void []string
	met := refusals(calls)
	for _, share := range h.shares {
		for _, code := range share.Workload.Needs() {
			if met[refusal{share.Workload.Name(), code}] == 0 {
				void = append(void, fmt.Sprintf("no write of %s was refused with %s", share.Workload.Name(), code))
			}
		}
	}
	return void
}
