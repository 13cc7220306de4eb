package report

import (
	"cmp"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// shortestOutage is what counts as one: at the rate of the clients a hundred
// writes are acknowledged in that time, and an election takes longer.
const shortestOutage = 250 * time.Millisecond

// Outage is a time in which no write was acknowledged, though clients tried.
type Outage struct {
	Start time.Duration `json:"start_ns"`
	End   time.Duration `json:"end_ns"`
	// Faults are those that went on meanwhile, by their names and nodes.
	Faults []string `json:"faults"`
}

// Length is how long it lasted.
func (o Outage) Length() time.Duration { return o.End - o.Start }

// outagesOf returns the times between two acknowledged writes that are long
// enough, the longest first. The faults get the longest one that they had a part
// in. What comes after the last fault is not looked at: clients pause then.
func outagesOf(operations []operation, faults []Fault, last time.Duration) []Outage {
	var outages []Outage
	for _, gap := range gaps(operations, last) {
		for i, f := range faults {
			if f.overlaps(gap.Start, gap.End) {
				faults[i].Outage = max(faults[i].Outage, gap.Length())
				gap.Faults = append(gap.Faults, f.String())
			}
		}
		if gap.Length() >= shortestOutage {
			outages = append(outages, gap)
		}
	}
	slices.SortStableFunc(outages, func(a, b Outage) int { return cmp.Compare(b.Length(), a.Length()) })
	return outages
}

// gaps returns all times between one acknowledgement of a write and the next,
// from the first operation on.
func gaps(operations []operation, last time.Duration) []Outage {
	var times []time.Duration
	for _, o := range operations {
		if o.Kind == history.OK && o.Function.Writes() && o.end <= last {
			times = append(times, o.end)
		}
	}
	slices.Sort(times)
	if len(operations) == 0 {
		return nil
	}
	var found []Outage
	from := operations[0].start
	for _, at := range append(times, last) {
		found = append(found, Outage{Start: from, End: at})
		from = at
	}
	return found
}
