package workload_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
	"example.com/gstate/jepsen-like/workload"
)

// onModel is a client of a tree that nobody else writes to.
func onModel(t *testing.T) answers {
	tree := model.New()
	return func(request history.Request) (history.Kind, history.Answer) {
		if request.Function == history.Get {
			v, modified := tree.Get(request.Item)
			whole, err := json.Marshal(v.JSON)
			if err != nil {
				t.Error(err)
			}
			return history.OK, history.Answer{Revision: tree.Revision, Found: v.Is, Modified: modified, Whole: whole}
		}
		effect, refusal, err := tree.Effect(request)
		if err != nil {
			t.Errorf("%+v: %v", request, err)
		}
		if refusal.Code != "" {
			return history.Fail, history.Answer{Revision: refusal.Revision, Code: refusal.Code}
		}
		tree.Make(effect, tree.Revision+1)
		return history.OK, history.Answer{Revision: tree.Revision}
	}
}

// playAlone performs operations one after the other, and returns the calls.
func playAlone(t *testing.T, w workload.Workload, client workload.Client, turns int) []history.Call {
	source := random()
	var calls []history.Call
	for i := range turns {
		request := w.Next(source, nodes[i%3])
		request.Number = int64(i + 1)
		kind, answer := w.Run(t.Context(), client, request)
		calls = append(calls, history.Call{Request: request, Answer: answer, Kind: kind, Invoked: 2 * i, Returned: 2*i + 1})
	}
	return calls
}

func TestTransactionsOfOneClientAreInOrder(t *testing.T) {
	for _, w := range []workload.Workload{workload.NewLists(), workload.NewBank(), workload.NewOnCall()} {
		t.Run(w.Name(), func(t *testing.T) {
			calls := playAlone(t, w, onModel(t), 500)
			if findings := w.Check(calls, nil); len(findings) > 0 {
				t.Errorf("%v", findings)
			}
			ends := map[string]int{}
			for _, call := range calls {
				ends[fmt.Sprint(call.Function, call.Kind, call.Code)]++
			}
			// A client that is alone has always read what is current.
			if refusals := ends["transactfailconflict"]; ends["transactok"] < 100 || ends["getok"] < 100 || (refusals == 0) != (w.Name() == "lists") {
				t.Errorf("want transactions, reads and refusals: %v", ends)
			}
		})
	}
}

func TestListsDemandsWhatItHasRead(t *testing.T) {
	var sent history.Request
	client := answers(func(request history.Request) (history.Kind, history.Answer) {
		if request.Function == history.Get {
			return history.OK, history.Answer{Revision: 40, Found: true, Whole: json.RawMessage(`{"k0":[1],"k1":[2],"k2":[3]}`)}
		}
		sent = request
		return history.OK, history.Answer{Revision: 41}
	})
	w := workload.NewLists()
	request := history.Request{Function: history.Transact, Item: "lists1", Then: []history.Clause{
		{Function: history.Get, Item: "lists1/k0"},
		{Function: history.Append, Item: "lists1/k0", Value: json.RawMessage("7")},
		{Function: history.Get, Item: "lists1/k0"},
		{Function: history.Get, Item: "lists1/k5"},
	}}
	_, answer := w.Run(t.Context(), client, request)
	unmodified := history.Clause{Function: history.Unmodified, Item: "lists1/k0", Since: 40}
	missing := history.Clause{Function: history.Missing, Item: "lists1/k5"}
	if got, want := fmt.Sprint(sent.If), fmt.Sprint([]history.Clause{unmodified, unmodified, missing}); got != want || len(sent.Then) != 1 {
		t.Errorf("sent %+v, want the conditions %s", sent, want)
	}
	if got := fmt.Sprintf("%s", answer.Results); got != "[[1] null [1,7] null]" {
		t.Errorf("the reads have seen %s", got)
	}
}

func TestCountersAsksUntilItIsTold(t *testing.T) {
	for _, last := range []string{history.GivenUp, history.OutcomeUnknown} {
		t.Run(last, func(t *testing.T) { asksUntil(t, last) })
	}
}

// asksUntil fails unless the last of the answers, with this code, ends the questions.
func asksUntil(t *testing.T, last string) {
	w, source := workload.NewCounters(), random()
	addition := w.Next(source, "a")
	for addition.Function != history.Transact {
		addition = w.Next(source, "a")
	}
	addition.Number = 7
	told := func(kind history.Kind, code, id string) answers {
		return func(history.Request) (history.Kind, history.Answer) {
			return kind, history.Answer{Code: code, WriteID: id}
		}
	}
	w.Run(t.Context(), told(history.Info, history.OutcomeUnknown, "4-2"), addition)
	for _, answer := range []answers{told(history.Fail, "timeout", ""), told(history.Fail, last, "")} {
		question := w.Next(source, "b")
		if question.Function != history.Outcome || question.Write != "4-2" || question.Of != 7 || question.Node != "b" {
			t.Fatalf("asks %+v, want for the outcome of 7", question)
		}
		w.Run(t.Context(), answer, question)
	}
	if next := w.Next(source, "b"); next.Function == history.Outcome {
		t.Errorf("asks again: %+v", next)
	}
}
