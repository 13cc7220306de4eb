package harness

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/workload"
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
	calls := writesOf("inserts", history.OK, "", 10*DefaultRate/ratePerAcknowledged)
	for _, met := range []refusal{
		{"inserts", history.Exists}, {"registers", history.Conflict},
		{"six-steps", history.NotFound}, {"six-steps", history.Conflict},
		{"sessions", history.Exists}, {"leases", history.NotFound},
		{"locks", history.Exists}, {"locks", history.Conflict}, {"locks", history.NotFound},
		{"watches", history.Exists}, {"watches", history.NotFound},
		{"counters", history.OutcomeUnknown}, {"lists", history.Conflict},
		{"bank", history.Conflict}, {"on-call", history.Conflict},
	} {
		calls = append(calls, writesOf(met.workload, history.Fail, met.code, 1)...)
	}
	return calls
}

// reads returns reads of a workload, some served and some not.
func reads(served, failed int) []history.Call {
	read := history.Call{Kind: history.OK, Request: history.Request{Workload: "registers", Function: history.Get}}
	unserved := read
	unserved.Kind = history.Fail
	return append(slices.Repeat([]history.Call{read}, served), slices.Repeat([]history.Call{unserved}, failed)...)
}

// faults is a tally of kills.
func faults(made, hits, leaders int) tally {
	of := func(n int) map[string]int {
		if n == 0 {
			return nil
		}
		return map[string]int{nemesis.KillName: n}
	}
	return tally{made: of(made), hits: of(hits), leaders: of(leaders)}
}

func TestARunThatTestedTooLittleIsVoid(t *testing.T) {
	for _, test := range []struct {
		name   string
		writes int64
		total  tally
		calls  []history.Call
		want   string
	}{
		{"enough", 0, faults(9, 9, 1), enough(), ""},
		{"few faults, none with an effect", 0, faults(2, 0, 1), enough(), ""},
		{"many faults, none with an effect", 0, faults(3, 0, 1), enough(), "none of 3 faults of kill had an effect"},
		{"few faults, none of a leader", 0, faults(4, 4, 0), enough(), ""},
		{"many faults, none of a leader", 0, faults(10, 10, 0), enough(), "none of 10 faults hit a leader"},
		{"no fault", 0, faults(0, 0, 0), enough(), "no fault was made"},
		{"few acknowledged writes", 0, faults(1, 1, 1), enough()[1:], "499 writes were acknowledged during the faults, want 500"},
		{"writes of the liveness phase do not count", 0, faults(1, 1, 1),
			append(enough()[1:], writesOf(livenessWorkload, history.OK, "", 5)...), "499 writes were acknowledged"},
		{"writes that were asked for and made", 211, faults(1, 1, 1), enough(), ""},
		{"writes that were asked for and not invoked", 516, faults(1, 1, 1), enough(), "515 of 516 writes were invoked"},
		{"writes that were invoked and not acknowledged", 1002, faults(1, 1, 1),
			append(enough(), writesOf("inserts", history.Info, "", 498)...), "500 writes were acknowledged during the faults, want 501"},
		{"a tenth of the reads was served", 0, faults(1, 1, 1), append(enough(), reads(1, 9)...), ""},
		{"less than a tenth of the reads was served", 0, faults(1, 1, 1), append(enough(), reads(1, 10)...), "1 of 11 reads were served"},
		{"no duplicate was refused", 0, faults(1, 1, 1), without(enough(), history.Exists), "no operation of inserts has ended with exists"},
		{"no stale update was refused", 0, faults(1, 1, 1), without(enough(), history.NotFound), "no operation of six-steps has ended with not_found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := Config{Time: 10 * time.Second, Rate: DefaultRate, Writes: test.writes, Workloads: []string{workload.Every}}
			c := fake.New([]string{"a", "b", "c"}, fake.None)
			h, err := New(config, c, nil, c, new(bytes.Buffer), new(bytes.Buffer))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(h.Record().premises(h.shares, test.total, test.calls), "; ")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("void because of %q, want %q", got, test.want)
			}
		})
	}
}

func TestAShortRunWithoutAnAcknowledgedWriteIsVoid(t *testing.T) {
	r := Record{Config: Config{Time: 900 * time.Millisecond, Rate: DefaultRate}}
	if got := r.amount(nil); len(got) != 1 || !strings.Contains(got[0], "0 writes were acknowledged during the faults, want 45") {
		t.Errorf("void because of %q", got)
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

func TestTheOutcomeTellsTheVerdict(t *testing.T) {
	violation := []checker.Finding{{Rule: "items"}}
	for _, test := range []struct {
		name string
		v    Verdict
		want Outcome
	}{
		{"nothing wrong", Verdict{}, Pass},
		{"a violation", Verdict{Violations: violation}, Violation},
		{"void", Verdict{Void: []string{"no fault"}}, Void},
		{"a violation in a void run", Verdict{Violations: violation, Void: []string{"no fault"}}, Violation},
		{"a violation in a run of a harness that is broken", Verdict{Violations: violation, Failure: "no pause"}, Broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.v.Outcome(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
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
	recorder.Fault("kill-end", "a", "ended")
	recorder.Fault("pause", "b", "")
	const want = "+1, refused 1, unknown 1, reads 1, kill a leader, kill-end a ended, pause b"
	total := tallyOf(recorder.Events())
	if got := total.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if total.invoked != 3 || total.listFaults() != "kill 1 (1 with effect, 1 on a leader), pause 1 (0 with effect, 0 on a leader)" {
		t.Errorf("got %+v", total)
	}
}
