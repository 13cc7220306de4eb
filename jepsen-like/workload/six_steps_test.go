package workload_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

// play lets the clients of all nodes take turns, and returns what they asked,
// by item.
func play(t *testing.T, w *workload.SixSteps, client workload.Client, turns int) map[string][]history.Request {
	t.Helper()
	source, cases := random(), map[string][]history.Request{}
	for i := range turns {
		request := w.Next(source, nodes[i%3])
		cases[request.Item] = append(cases[request.Item], request)
		w.Run(t.Context(), client, request)
	}
	return cases
}

// stepsOf lists the steps of a case in the order in which they were made.
func stepsOf(requests []history.Request) string {
	var steps []string
	for _, request := range requests {
		steps = append(steps, fmt.Sprint(request.Step))
	}
	return strings.Join(steps, "")
}

func TestSixStepsPlaysAllStepsInOrder(t *testing.T) {
	met := map[string]int{}
	for item, requests := range play(t, workload.NewSixSteps(nodes), acknowledge(), 2000) {
		steps := stepsOf(requests)
		met[steps]++
		if !slices.ContainsFunc([]string{"123456", "124356", "123465", "124365"}, func(whole string) bool { return strings.HasPrefix(whole, steps) }) {
			t.Errorf("%s was played %s", item, steps)
		}
	}
	if met["123456"] < 50 || met["124356"]+met["124365"] < 10 {
		t.Errorf("want cases one by one, and some in which the update overtakes the removal: %v", met)
	}
}

func TestSixStepsAsksTheRightNodes(t *testing.T) {
	for _, requests := range play(t, workload.NewSixSteps(nodes), acknowledge(), 600) {
		owner := requests[0].Node
		for _, r := range requests {
			ownersStep := r.Function == history.Insert || r.Function == history.Remove
			if ownersStep != (r.Node == owner) {
				t.Errorf("step %d (%s) is made on node %s, the owner is %s", r.Step, r.Function, r.Node, owner)
			}
		}
	}
}

func TestSixStepsUsesWhatTheOtherNodeSaw(t *testing.T) {
	client := answers(func(r history.Request) (history.Kind, history.Answer) {
		if r.Function == history.Get {
			return history.OK, history.Answer{Revision: 50, Found: true, Modified: 40}
		}
		return history.OK, history.Answer{Revision: 30}
	})
	conditions := 0
	for _, requests := range play(t, workload.NewSixSteps(nodes), client, 300) {
		for _, r := range requests {
			switch {
			case r.Function == history.Get && r.AtLeast != 30:
				t.Errorf("the other node waits for revision %d, the insert had 30", r.AtLeast)
			case r.Step == 6 && r.IfMatch != 40:
				t.Errorf("the last update has the condition %d, the other node saw 40", r.IfMatch)
			case r.Step == 4 && r.IfMatch != 0:
				t.Errorf("the stale update has the condition %d", r.IfMatch)
			case r.Step == 6:
				conditions++
			}
		}
	}
	if conditions == 0 {
		t.Error("no case came to its last step")
	}
}

func TestSixStepsTriesAgainWhatTheTreeDidNotDecide(t *testing.T) {
	w, source := workload.NewSixSteps(nodes), random()
	first := w.Next(source, "a")
	w.Run(t.Context(), refuse("no_leader", 0), first)
	if again := w.Next(source, "a"); !reflect.DeepEqual(again, first) {
		t.Errorf("got %+v, want %+v again", again, first)
	}
}

func TestSixStepsEndsACaseWithUnknownOutcome(t *testing.T) {
	cases := play(t, workload.NewSixSteps(nodes), answers(loseAnswer), 50)
	for item, requests := range cases {
		if len(requests) != 1 {
			t.Errorf("%s goes on after an unknown outcome: %s", item, stepsOf(requests))
		}
	}
	if len(cases) != 50 {
		t.Errorf("%d cases, want a new one in each turn", len(cases))
	}
}
