package workload_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

var nodes = []string{"a", "b", "c"}

// random returns a source that draws the same in each run of a test.
func random() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// answers is a client that answers each request by a rule.
type answers func(history.Request) (history.Kind, history.Answer)

func (a answers) Do(_ context.Context, request history.Request) (history.Kind, history.Answer) {
	return a(request)
}

// acknowledge is a client whose every write succeeds with the next revision,
// and whose reads show it.
func acknowledge() answers {
	revision := uint64(0)
	return func(request history.Request) (history.Kind, history.Answer) {
		if request.Function.Writes() {
			revision++
			return history.OK, history.Answer{Revision: revision}
		}
		return history.OK, history.Answer{Revision: revision, Found: true, Modified: revision}
	}
}

func refuse(code string, revision uint64) answers {
	return func(history.Request) (history.Kind, history.Answer) {
		return history.Fail, history.Answer{Code: code, Revision: revision}
	}
}

func loseAnswer(history.Request) (history.Kind, history.Answer) {
	return history.Info, history.Answer{Detail: "timeout"}
}

func TestEveryWorkloadIsDrawnByItsWeight(t *testing.T) {
	source, shares := random(), workload.All(nodes)
	drawn, total := map[string]int{}, 0
	for _, share := range shares {
		total += share.Weight
	}
	for range 10_000 {
		drawn[workload.Draw(source, shares).Name()]++
	}
	for _, share := range shares {
		want := share.Weight * 10_000 / total
		if got := drawn[share.Workload.Name()]; got < want*9/10 || got > want*11/10 {
			t.Errorf("%s was drawn %d times of 10,000, want about %d", share.Workload.Name(), got, want)
		}
	}
}

func TestTheSeedDecidesWhatIsDrawn(t *testing.T) {
	play := func() []history.Request {
		source, shares, client := random(), workload.All(nodes), acknowledge()
		var requests []history.Request
		for i := range 500 {
			task := workload.Draw(source, shares)
			request := task.Next(source, nodes[i%3])
			task.Run(t.Context(), client, request)
			requests = append(requests, request)
		}
		return requests
	}
	if !reflect.DeepEqual(play(), play()) {
		t.Error("two plays of one seed differ")
	}
}

func TestRequestsNameTheirWorkloadAndNode(t *testing.T) {
	source, client := random(), acknowledge()
	for _, share := range workload.All(nodes) {
		t.Run(share.Workload.Name(), func(t *testing.T) {
			parents := map[string]bool{}
			for i := range 300 {
				node := nodes[i%3]
				request := share.Workload.Next(source, node)
				share.Workload.Run(t.Context(), client, request)
				if request.Workload != share.Workload.Name() || request.Node != node {
					t.Fatalf("request %+v of workload %s for node %s", request, share.Workload.Name(), node)
				}
				parents[request.Item[:3]] = true
			}
			if len(parents) != 1 {
				t.Errorf("items under several parents: %v", parents)
			}
		})
	}
}

// whole is a linearizable read that shows all beneath an item.
func whole(item, json string) history.Call {
	return history.Call{
		Kind: history.OK, Invoked: 2, Returned: 3,
		Request: history.Request{Number: 2, Function: history.Get, Item: item, Linearizable: true},
		Answer:  history.Answer{Revision: 1, Found: true, Whole: []byte(json)},
	}
}

func TestEveryWorkloadChecksItsOwnCalls(t *testing.T) {
	// An acknowledged insert that no node holds at the end.
	lost := history.Call{
		Kind: history.OK, Invoked: 0, Returned: 1,
		Request: history.Request{Number: 1, Function: history.Insert, Item: "set/x"},
		Answer:  history.Answer{Revision: 1},
	}
	uncounted := lost
	uncounted.Item, uncounted.Function = "counters/c1", history.Transact
	wrong := map[string]history.Call{
		"counters": uncounted,
		"lists":    whole("lists1", `{"k1":[1,1]}`),
		"bank":     whole("bank", `{"a1":{"balance":-1}}`),
		"on-call":  whole("oncall", `{"d1":{"on":false}}`),
	}
	appending := lost
	appending.Item, appending.Function, appending.Then = "lists1", history.Transact,
		[]history.Clause{{Function: history.Append, Item: "lists1/k1", Value: []byte("1")}}
	for _, share := range workload.All(nodes) {
		name := share.Workload.Name()
		t.Run(name, func(t *testing.T) {
			calls := []history.Call{lost}
			if call, other := wrong[name]; other {
				calls = []history.Call{call}
			}
			if name == "lists" {
				calls = append(calls, appending)
			}
			if findings := share.Workload.Check(calls, []history.Dump{{Node: "a", Revision: 1}}); len(findings) == 0 {
				t.Error("what is wrong is not found")
			}
			if findings := share.Workload.Check(nil, nil); len(findings) > 0 {
				t.Errorf("an empty run is reported: %v", findings)
			}
			if len(share.Workload.Needs()) == 0 {
				t.Error("a run need not meet anything")
			}
		})
	}
}
