package checker_test

import (
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// The calls of hand-made histories. They concern the item "set/x" unless on
// says otherwise; from and to are the indices of a call's two events.

const theItem = "set/x"

func acked(function history.Function, number int64, from, to int, revision uint64) history.Call {
	return history.Call{
		Kind:    history.OK,
		Request: history.Request{Number: number, Function: function, Item: theItem},
		Answer:  history.Answer{Revision: revision},
		Invoked: from, Returned: to,
	}
}

func refused(function history.Function, number int64, from, to int, code string, revision uint64) history.Call {
	call := acked(function, number, from, to, revision)
	call.Kind, call.Code = history.Fail, code
	return call
}

func unknown(function history.Function, number int64, from int) history.Call {
	call := acked(function, number, from, history.Never, 0)
	call.Kind = history.Info
	return call
}

// seen is a linearizable read that finds the write of the given number.
func seen(number int64, from, to int, revision uint64, value int64, modified uint64) history.Call {
	call := acked(history.Get, number, from, to, revision)
	call.Linearizable, call.Found, call.Value, call.Modified = true, true, value, modified
	return call
}

// missed is a linearizable read that finds nothing.
func missed(number int64, from, to int, revision uint64) history.Call {
	call := acked(history.Get, number, from, to, revision)
	call.Linearizable = true
	return call
}

// since adds the condition that the item is unmodified.
func since(revision uint64, call history.Call) history.Call {
	call.IfMatch = revision
	return call
}

func on(item string, call history.Call) history.Call {
	call.Item = item
	return call
}

// holding is what nodes a and b hold at the end, when they agree.
func holding(revision uint64, items map[string]int64) []history.Dump {
	return []history.Dump{
		{Node: "a", Revision: revision, Digest: "d", Items: items},
		{Node: "b", Revision: revision, Digest: "d", Items: items},
	}
}

// one is a dump's items with the item of the histories.
func one(value int64) map[string]int64 { return map[string]int64{theItem: value} }

// expect fails unless there are as many findings as wanted, all of the rule.
func expect(t *testing.T, findings []checker.Finding, rule string, want int) {
	t.Helper()
	if len(findings) != want {
		t.Errorf("%d findings, want %d: %v", len(findings), want, findings)
	}
	for _, finding := range findings {
		if finding.Rule != rule {
			t.Errorf("rule %q, want %q: %v", finding.Rule, rule, finding)
		}
	}
}
