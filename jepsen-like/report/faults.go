package report

import (
	"strings"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

// Fault is one fault of a run.
type Fault struct {
	Name string `json:"name"`
	// Node is what it hit. Empty: it has no one node.
	Node string `json:"node,omitempty"`
	// Detail is what was drawn, and Effect what the fault was seen to do. Empty:
	// nothing came of it.
	Detail string `json:"detail,omitempty"`
	Effect string `json:"effect,omitempty"`
	// Leader says that it hit the leader.
	Leader bool `json:"leader,omitempty"`
	// Start and End are times of the run.
	Start time.Duration `json:"start_ns"`
	End   time.Duration `json:"end_ns"`
	// Outage is the longest time without an acknowledged write that the fault
	// had a part in: a piece of it passed during the fault.
	Outage time.Duration `json:"outage_ns"`
}

// faultsOf pairs the events of the nemesis. A fault without an end lasts until
// all are healed.
func faultsOf(events []history.Event) []Fault {
	var faults []Fault
	open := map[fault]int{}
	for _, event := range events {
		if event.Process != history.Nemesis {
			continue
		}
		name, isEnd := strings.CutSuffix(string(event.Function), nemesis.EndSuffix)
		key := fault{name, event.Node}
		at, isOpen := open[key]
		switch {
		case name == nemesis.HealName:
			closeAll(faults, open, event.Time)
		case isEnd && isOpen:
			faults[at].End, faults[at].Effect = event.Time, event.Detail
			delete(open, key)
		case !isEnd:
			open[key] = len(faults)
			faults = append(faults, begun(name, event))
		}
	}
	closeAll(faults, open, duration(events))
	return faults
}

// fault tells those apart that go on at the same time.
type fault struct{ name, node string }

func begun(name string, event history.Event) Fault {
	detail, leads := event.Detail, nemesis.HitLeader(event.Detail)
	if leads {
		detail = strings.TrimSpace(strings.TrimPrefix(detail, nemesis.Leader))
	}
	return Fault{Name: name, Node: event.Node, Detail: detail, Leader: leads, Start: event.Time}
}

func closeAll(faults []Fault, open map[fault]int, now time.Duration) {
	for _, at := range open {
		faults[at].End = now
	}
	clear(open)
}

// healed is when the last fault was healed, or the end of a history that does
// not come so far.
func healed(events []history.Event) time.Duration {
	for _, event := range events {
		if event.Process == history.Nemesis && event.Function == nemesis.HealName {
			return event.Time
		}
	}
	return duration(events)
}

// String names the fault, as in "pause of b, the leader (for 4s)".
func (f Fault) String() string {
	text := f.Name
	if f.Node != "" {
		text += " of " + f.Node
	}
	if f.Leader {
		text += ", the leader"
	}
	if f.Detail != "" {
		text += " (" + f.Detail + ")"
	}
	return text
}

// overlaps reports whether a part of the time from one moment to another passed
// during the fault.
func (f Fault) overlaps(from, to time.Duration) bool { return f.Start <= to && f.End >= from }
