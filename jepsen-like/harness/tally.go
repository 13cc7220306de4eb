package harness

import (
	"strings"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

// tally counts what has happened in a part of a run.
type tally struct {
	// invoked counts the writes that were begun. acknowledged, refused and
	// unknown count those that have ended, by their end.
	invoked, acknowledged, refused, unknown int
	// reads counts the reads that were served.
	reads int
	// made counts the faults by name, hits those that were seen to have an
	// effect, and leaders those that hit a leader.
	made, hits, leaders map[string]int
	// faults are all events of the nemesis.
	faults []history.Event
}

// tallyOf counts the events.
func tallyOf(events []history.Event) tally {
	t := tally{made: map[string]int{}, hits: map[string]int{}, leaders: map[string]int{}}
	for _, event := range events {
		switch {
		case event.Process == history.Nemesis:
			t.addFault(event)
		case event.Process < 0:
		case event.Function.Writes():
			t.addWrite(event.Kind)
		case event.Kind == history.OK:
			t.reads++
		}
	}
	return t
}

func (t *tally) addWrite(kind history.Kind) {
	switch kind {
	case history.Invoke:
		t.invoked++
	case history.OK:
		t.acknowledged++
	case history.Fail:
		t.refused++
	case history.Info:
		t.unknown++
	}
}

func (t *tally) addFault(event history.Event) {
	t.faults = append(t.faults, event)
	name, isEnd := strings.CutSuffix(string(event.Function), nemesis.EndSuffix)
	switch {
	case name == nemesis.HealName:
	case isEnd:
		if event.Detail != "" {
			t.hits[name]++
		}
	default:
		t.made[name]++
		if nemesis.HitLeader(event.Detail) {
			t.leaders[name]++
		}
	}
}

// sum returns how many faults there are of all names together.
func sum(count map[string]int) int {
	n := 0
	for _, c := range count {
		n += c
	}
	return n
}

// refusal is a code with which operations of a workload have ended.
type refusal struct{ workload, code string }

// refusals counts the codes of what was refused, or not decided.
func refusals(calls []history.Call) map[refusal]int {
	met := map[refusal]int{}
	for _, call := range calls {
		if call.Kind != history.OK && call.Code != "" {
			met[refusal{call.Workload, call.Code}]++
		}
	}
	return met
}
