package harness

import (
	"fmt"
	"maps"
	"slices"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

const (
	// ratePerAcknowledged is how many operations a run begins, by its rate, to one
	// write that it must see acknowledged. The clients try ten for that, and a
	// machine that is busy with other things gets a tenth of them through: with
	// less, the faults met an idle cluster.
	ratePerAcknowledged = 16
	// readsPerServed is how many reads there are to one that must be served: a rule
	// that looks at reads says nothing where there are none.
	readsPerServed = 10
	// faultsForLeader is how many faults there must be before one of them must
	// have hit a leader. Half of them do in a cluster of three.
	faultsForLeader = 10
	// faultsForEffect is how many faults of one name there must be before one of
	// them must have had an effect: each may meet a node that is down already.
	faultsForEffect = 3
)

// premises returns why the run has tested too little to say anything. total is
// that of all events.
func (r Record) premises(shares []workload.Share, total tally, calls []history.Call) []string {
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
	void = append(void, r.amount(calls)...)
	void = append(void, served(calls)...)
	return append(void, unmet(shares, calls)...)
}

// amount checks how much was written while the faults went on.
func (r Record) amount(calls []history.Call) []string {
	var invoked, acknowledged int64
	for _, call := range calls {
		if call.Function.Writes() && call.Workload != livenessWorkload {
			invoked++
			if call.Kind == history.OK {
				acknowledged++
			}
		}
	}
	least := int64(float64(r.Config.Rate)*r.Config.Time.Seconds()) / ratePerAcknowledged
	if r.Config.Writes > 0 {
		least = r.Config.Writes / 2
	}
	var void []string
	if acknowledged < least {
		void = append(void, fmt.Sprintf("%d writes were acknowledged during the faults, want %d at least", acknowledged, least))
	}
	if invoked < r.Config.Writes {
		void = append(void, fmt.Sprintf("%d of %d writes were invoked before the time was over", invoked, r.Config.Writes))
	}
	return void
}

// served checks how many of the reads were served while the faults went on.
func served(calls []history.Call) []string {
	asked, served := 0, 0
	for _, call := range calls {
		if call.Function == history.Get && call.Workload != livenessWorkload {
			asked++
			if call.Kind == history.OK {
				served++
			}
		}
	}
	if served*readsPerServed < asked {
		return []string{fmt.Sprintf("%d of %d reads were served during the faults, want one in %d at least", served, asked, readsPerServed)}
	}
	return nil
}

// unmet returns the codes that the workloads need and have not met.
func unmet(shares []workload.Share, calls []history.Call) []string {
	var void []string
	met := refusals(calls)
	for _, share := range shares {
		for _, code := range share.Workload.Needs() {
			if met[refusal{share.Workload.Name(), code}] == 0 {
				void = append(void, fmt.Sprintf("no operation of %s has ended with %s", share.Workload.Name(), code))
			}
		}
	}
	return void
}
