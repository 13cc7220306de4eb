package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/history"
)

// story makes the events of a history by hand.
type story struct {
	events []history.Event
	number int64
}

func (s *story) add(at time.Duration, event history.Event) {
	event.Index, event.Time = len(s.events), at
	s.events = append(s.events, event)
}

// call adds an operation of client 0 and its end, and returns it.
func (s *story) call(from, to time.Duration, request history.Request, kind history.Kind, answer history.Answer) history.Call {
	s.number++
	request.Number = s.number
	s.add(from, history.Event{Kind: history.Invoke, Request: request})
	s.add(to, history.Event{Kind: kind, Request: request, Answer: answer})
	calls := history.Calls(s.events)
	return calls[len(calls)-1]
}

func (s *story) fault(at time.Duration, function history.Function, node, detail string) {
	s.add(at, history.Event{
		Kind: history.Info, Process: history.Nemesis,
		Request: history.Request{Function: function, Node: node}, Answer: history.Answer{Detail: detail},
	})
}

// write adds an insert that is acknowledged after a tenth of a second.
func (s *story) write(at time.Duration) history.Call {
	request := history.Request{Workload: "inserts", Function: history.Insert, Node: "a", Item: "set/s1"}
	return s.call(at, at+100*time.Millisecond, request, history.OK, history.Answer{Revision: 1})
}

// record is the run of these events, on the nodes a and b.
func (s *story) record() harness.Record {
	return harness.Record{
		Nodes: []string{"a", "b"}, Events: s.events,
		Config: harness.Config{Clients: 2, Workloads: []string{"inserts"}, Command: "go run ./jepsen-like -seed=1"},
	}
}

// aRun has a kill of the leader, during which nothing is acknowledged, and a
// pause without an end.
func aRun() *story {
	s := new(story)
	s.write(0)
	s.fault(1*time.Second, "kill", "a", "leader ")
	s.call(1*time.Second, 2*time.Second, history.Request{Workload: "inserts", Function: history.Insert}, history.Info, history.Answer{})
	s.fault(2*time.Second, "kill-end", "a", "ended")
	s.write(2900 * time.Millisecond)
	s.call(3*time.Second, 3010*time.Millisecond, history.Request{Workload: "inserts", Function: history.Insert}, history.Fail, history.Answer{Code: history.Exists, Revision: 2})
	s.fault(3100*time.Millisecond, "pause", "b", "for 1s")
	s.write(3200 * time.Millisecond)
	s.fault(3400*time.Millisecond, "heal", "", "")
	s.write(5 * time.Second)
	return s
}

func TestTheSummaryCounts(t *testing.T) {
	s := aRun()
	s.number = 99
	bad := s.write(6 * time.Second)
	v := harness.Verdict{
		Violations: []checker.Finding{
			{Rule: "liveness", Text: "late"},
			{Rule: "inserts", Text: "first", Calls: []history.Call{bad}},
			{Rule: "inserts", Text: "second", Calls: []history.Call{bad}},
			{Rule: "crash", Text: "early", At: time.Second},
		},
		Void: []string{"too little"},
	}
	r := s.record()
	r.End.Problem = "not together"
	text, err := json.Marshal(pageOf(r, v).Summary)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"schema":1,"verdict":"FAIL","void":["too little"]`,
		`"rules":[{"rule":"crash","count":1,"first_ns":1000000000},{"rule":"liveness","count":1,"first_ns":6100000000},{"rule":"inserts","count":2,"first_ns":6100000000}]`,
		`{"rule":"inserts","text":"first","time_ns":6100000000,"events":[16]}`,
		`"duration_ns":6100000000,"healed_ns":3400000000`,
		`"operations":[{"workload":"inserts","function":"insert","ok":5,"refused":1,"unknown":1,"codes":{"exists":1},"p50_ns":100000000,"p99_ns":100000000,"max_ns":100000000}]`,
		`"fault_kinds":[{"name":"kill","made":1,"effective":1,"leader":1,"outage_ns":2900000000},{"name":"pause","made":1,"effective":0,"leader":0,"outage_ns":300000000}]`,
		`{"name":"kill","node":"a","effect":"ended","leader":true,"start_ns":1000000000,"end_ns":2000000000,"outage_ns":2900000000}`,
		`{"name":"pause","node":"b","detail":"for 1s","start_ns":3100000000,"end_ns":3400000000,"outage_ns":300000000}`,
		`"outages":[{"start_ns":100000000,"end_ns":3000000000,"faults":["kill of a, the leader"]},{"start_ns":3000000000,"end_ns":3300000000,"faults":["pause of b (for 1s)"]}]`,
		`"problem":"not together"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("want %s in\n%s", want, text)
		}
	}
}

func TestAllFindingsAreCountedButNotAllAreListed(t *testing.T) {
	finding := checker.Finding{Rule: "items", Text: "wrong"}
	v := harness.Verdict{Violations: slices.Repeat([]checker.Finding{finding}, 1000)}
	s := pageOf(aRun().record(), v).Summary
	if len(s.Findings) != listedPerRule || s.Rules[0].Count != 1000 {
		t.Errorf("%d are listed, %d counted", len(s.Findings), s.Rules[0].Count)
	}
}

func TestFaultsThatOverlapAreToldApart(t *testing.T) {
	s := new(story)
	s.fault(1, "kill", "a", "")
	s.fault(2, "cut", "a", "")
	s.fault(3, "kill", "b", "")
	s.fault(4, "kill-end", "a", "ended")
	s.fault(5, "kill", "a", "")
	s.fault(6, "cut-end", "a", "")
	s.fault(7, "heal", "", "")
	s.fault(9, "pause", "a", "")
	var got []string
	for _, f := range faultsOf(s.events) {
		got = append(got, strings.TrimSpace(strings.Join([]string{f.String(), f.Start.String(), f.End.String(), f.Effect}, " ")))
	}
	want := []string{"kill of a 1ns 4ns ended", "cut of a 2ns 6ns", "kill of b 3ns 7ns", "kill of a 5ns 7ns", "pause of a 9ns 9ns"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
