package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
)

// writesOf returns as many calls of a workload as wanted, all of one end.
func writesOf(workload string, kind history.Kind, code string, count int) []history.Call {
	call := history.Call{
		Kind:    kind,
		Request: history.Request{Workload: workload, Function: history.Insert},
		Answer:  history.Answer{Code: code},
	}
	return slices.Repeat([]history.Call{call}, count)
}

// enough are the calls of a run that has tested enough in ten seconds.
func enough() []history.Call {
	calls := writesOf("inserts", history.OK, "", 10*acknowledgedPerSecond)
	for _, met := range []refusal{
		{"inserts", history.Exists}, {"registers", history.Conflict},
		{"six-steps", history.NotFound}, {"six-steps", history.Conflict},
	} {
		calls = append(calls, writesOf(met.workload, history.Fail, met.code, 1)...)
	}
	return calls
}

func TestARunThatTestedTooLittleIsVoid(t *testing.T) {
	for _, test := range []struct {
		name   string
		writes int64
		total  tally
		calls  []history.Call
		want   string
	}{
		{"enough", 0, tally{kills: 9, leaderKills: 1}, enough(), ""},
		{"pauses alone", 0, tally{pauses: 9}, enough(), ""},
		{"few kills, none of a leader", 0, tally{kills: 4}, enough(), ""},
		{"many kills, none of a leader", 0, tally{kills: 5}, enough(), "none of 5 kills hit a leader"},
		{"no fault", 0, tally{}, enough(), "no fault was made"},
		{"few acknowledged writes", 0, tally{kills: 1}, enough()[1:], "499 writes were acknowledged during the faults, want 500"},
		{"writes of the liveness phase do not count", 0, tally{kills: 1},
			append(enough()[1:], writesOf(livenessWorkload, history.OK, "", 5)...), "499 writes were acknowledged"},
		{"writes that were asked for and made", 204, tally{kills: 1}, enough(), ""},
		{"writes that were asked for and not invoked", 505, tally{kills: 1}, enough(), "504 of 505 writes were invoked"},
		{"writes that were invoked and not acknowledged", 1002, tally{kills: 1},
			append(enough(), writesOf("inserts", history.Info, "", 498)...), "500 writes were acknowledged during the faults, want 501"},
		{"no duplicate was refused", 0, tally{kills: 1}, without(enough(), history.Exists), "no write of inserts was refused with exists"},
		{"no stale update was refused", 0, tally{kills: 1}, without(enough(), history.NotFound), "no write of six-steps was refused with not_found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := defaults()
			config.Time, config.Writes = 10*time.Second, test.writes
			c := fake.New([]string{"a", "b", "c"}, fake.None)
			h := newHarness(config, c, c.Addresses(), c, new(bytes.Buffer), new(bytes.Buffer))
			got := strings.Join(h.premises(test.total, test.calls), "; ")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("void because of %q, want %q", got, test.want)
			}
		})
	}
}

// without returns the calls but those refused with the code.
func without(calls []history.Call, code string) []history.Call {
	var rest []history.Call
	for _, call := range calls {
		if call.Code != code {
			rest = append(rest, call)
		}
	}
	return rest
}

func TestTheExitStatusTellsTheVerdict(t *testing.T) {
	violation := []checker.Finding{{Rule: "items"}}
	for _, test := range []struct {
		name string
		v    verdict
		want int
	}{
		{"nothing wrong", verdict{}, 0},
		{"a violation", verdict{violations: violation}, 1},
		{"void", verdict{void: []string{"no fault"}}, 2},
		{"a violation in a void run", verdict{violations: violation, void: []string{"no fault"}}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.v.exit(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestTheTallyCountsWhatHappened(t *testing.T) {
	recorder := history.NewRecorder(new(bytes.Buffer))
	end := func(function history.Function, kind history.Kind) {
		recorder.Complete(0, recorder.Invoke(0, history.Request{Function: function}), kind, history.Answer{})
	}
	end(history.Insert, history.OK)
	end(history.Update, history.Fail)
	end(history.Put, history.Info)
	end(history.Get, history.OK)
	end(history.Get, history.Fail)
	recorder.Fault("kill", "a", "leader")
	recorder.Fault("kill-end", "a", "")
	recorder.Fault("pause", "b", "")
	const want = "+1, refused 1, unknown 1, reads 1, kill a leader, kill-end a, pause b"
	total := tallyOf(recorder.Events())
	if got := total.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if total.invoked != 3 || total.kills != 1 || total.leaderKills != 1 || total.pauses != 1 || total.leaderPauses != 0 {
		t.Errorf("got %+v", total)
	}
}
