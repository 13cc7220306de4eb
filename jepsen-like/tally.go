package main

import (
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
	// kills and pauses count the faults, the next two those that hit a leader.
	kills, pauses, leaderKills, leaderPauses int
	// faults are all events of the nemesis.
	faults []history.Event
}

// tallyOf counts the events.
func tallyOf(events []history.Event) tally {
	var t tally
	for _, event := range events {
		switch {
		case event.Process == history.Nemesis:
			t.addFault(event)
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
	leader := 0
	if event.Detail == nemesis.Leader {
		leader = 1
	}
	switch event.Function {
	case nemesis.KillName:
		t.kills, t.leaderKills = t.kills+1, t.leaderKills+leader
	case nemesis.PauseName:
		t.pauses, t.leaderPauses = t.pauses+1, t.leaderPauses+leader
	}
}

// refusal is a way in which the tree refuses a write of a workload.
type refusal struct{ workload, code string }

// refusals counts what the tree has refused.
func refusals(calls []history.Call) map[refusal]int {
	met := map[refusal]int{}
	for _, call := range calls {
		if call.Kind == history.Fail && call.Decided() {
			met[refusal{call.Workload, call.Code}]++
		}
	}
	return met
}
