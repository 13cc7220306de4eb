package history_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/history"
)

func TestValidate(t *testing.T) {
	invoke := history.Event{Kind: history.Invoke, Request: history.Request{Number: 1}}
	end := history.Event{Kind: history.OK, Request: history.Request{Number: 1}}
	fault := history.Event{Kind: history.Info, Process: history.Nemesis}
	transaction := func(element string) history.Event {
		appends := []history.Clause{{Function: history.Append, Item: "lists/k", Value: json.RawMessage(element)}}
		return history.Event{Kind: history.Invoke, Request: history.Request{Number: 1, Function: history.Transact, Then: appends}}
	}
	results := func(count int) history.Event {
		with := end
		with.Results = make([]json.RawMessage, count)
		return with
	}
	for _, test := range []struct {
		name   string
		events []history.Event
		says   string
	}{
		{"nothing", nil, ""},
		{"an operation and faults", []history.Event{fault, invoke, fault, end, fault}, ""},
		{"an operation that does not end", []history.Event{invoke}, ""},
		{"an end alone", []history.Event{end}, "event 0 ends operation 1"},
		{"a transaction with its results", []history.Event{transaction("7"), results(1)}, ""},
		{"a transaction that was refused", []history.Event{transaction("7"), {Kind: history.Fail, Request: history.Request{Number: 1}}}, ""},
		{"a transaction without a result", []history.Event{transaction("7"), end}, "event 1 has 0 results of 1 operations"},
		{"a transaction with a result too many", []history.Event{transaction("7"), results(2)}, "event 1 has 2 results of 1 operations"},
		{"an append of nothing", []history.Event{transaction("")}, `event 0 appends ""`},
		{"two ends", []history.Event{invoke, end, end}, "event 2 ends operation 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i := range test.events {
				test.events[i].Index = i
			}
			expectInvalid(t, history.Validate(test.events), test.says)
		})
	}
	t.Run("time goes back", func(t *testing.T) {
		events := []history.Event{{Process: history.Nemesis, Time: 2}, {Process: history.Nemesis, Time: 1, Index: 1}}
		expectInvalid(t, history.Validate(events), "event 1 is of 1ns, that before it of 2ns")
	})
	t.Run("a line is missing", func(t *testing.T) {
		expectInvalid(t, history.Validate([]history.Event{{Index: 1, Process: history.Nemesis}}), "event 1 stands in the place of event 0")
	})
}

func expectInvalid(t *testing.T, err error, says string) {
	t.Helper()
	if says == "" && err != nil || says != "" && (!errors.Is(err, history.ErrInvalid) || !strings.Contains(err.Error(), says)) {
		t.Errorf("got %v, want %q", err, says)
	}
}
