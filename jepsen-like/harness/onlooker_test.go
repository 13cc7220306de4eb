package harness

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/history"
)

func TestTheClientsGoOnWhenTheFaultsAreOver(t *testing.T) {
	const calm = 3 * time.Second
	got := fakeRun{change: func(c *Config) { c.Calm = calm }}.run(t)
	settled, ok := history.SettledAt(got.events)
	if !ok {
		t.Fatal("the cluster has not recovered")
	}
	after, last := 0, time.Duration(0)
	for _, event := range got.events[settled.Index:] {
		if event.Process == history.Nemesis {
			t.Errorf("a fault after the recovery: %+v", event)
		}
		if event.Kind == history.Invoke && event.Workload != livenessWorkload {
			after, last = after+1, event.Time
		}
	}
	if after < 1000 || last-settled.Time < calm-100*time.Millisecond {
		t.Errorf("%d operations after the faults, the last %v after", after, last-settled.Time)
	}
}

func TestTheNodesAreLookedAtAllTheWhile(t *testing.T) {
	got := fakeRun{}.run(t)
	looks, starts := map[string]int{}, map[string]map[int]bool{}
	for _, event := range got.events {
		if event.Function != history.Looked {
			continue
		}
		looks[event.Node]++
		if starts[event.Node] == nil {
			starts[event.Node] = map[int]bool{}
		}
		starts[event.Node][event.Start] = true
		if event.Term != 1 || event.Memory == 0 || event.Digest == "" && event.TreeRevision > 0 {
			t.Errorf("a look shows %+v", event.Sample)
		}
	}
	again := 0
	for node, n := range looks {
		if n < 5 {
			t.Errorf("node %s was looked at %d times", node, n)
		}
		again += len(starts[node]) - 1
	}
	if len(looks) != 3 || again == 0 {
		t.Errorf("looks %v, starts %v", looks, starts)
	}
}

func TestAnAnswerNamesTheLifeOfItsNode(t *testing.T) {
	known, unknown := 0, 0
	for _, call := range history.Calls(fakeRun{}.run(t).events) {
		switch {
		case call.Kind != history.OK || call.Workload == livenessWorkload:
		case call.Life > 0:
			known++
		default:
			unknown++
		}
	}
	if known < 1000 || unknown > known/100 {
		t.Errorf("%d answers name a life, %d do not", known, unknown)
	}
}
