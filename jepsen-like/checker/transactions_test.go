package checker_test

import (
	"encoding/json"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// added is an addition that was acknowledged with a sum.
func added(number int64, from, to int, sum string) history.Call {
	call := acked(history.Transact, number, from, to, uint64(number))
	call.Results = []json.RawMessage{json.RawMessage(sum)}
	return call
}

// asks is the answer to a question for the write of a number.
func asks(of int64, call history.Call) history.Call {
	call.Function, call.Of = history.Outcome, of
	return call
}

// shows is a linearizable read that finds all beneath an item.
func shows(item string, from, to int, whole string) history.Call {
	call := on(item, missed(int64(100+from), from, to, 50))
	call.Found, call.Whole = true, json.RawMessage(whole)
	return call
}

func TestCounters(t *testing.T) {
	type calls = []history.Call
	first, second := added(1, 0, 1, "1"), added(2, 2, 3, "2")
	lost := unknown(history.Transact, 3, 4)
	for _, test := range []struct {
		name  string
		calls calls
		end   int64
		want  int
	}{
		{"each once", calls{first, second}, 2, 0},
		{"one is lost", calls{first, second}, 1, 2},
		{"one is made twice", calls{first, second}, 3, 2},
		{"two give one sum", calls{first, added(2, 2, 3, "1")}, 2, 1},
		{"an unknown one is made", calls{first, second, lost}, 3, 0},
		{"an unknown one is not made", calls{first, second, lost}, 2, 0},
		{"one that was told to be made is", calls{first, second, lost, asks(3, added(4, 5, 6, "3"))}, 3, 0},
		{"one that was told to be made is not", calls{first, second, lost, asks(3, added(4, 5, 6, "3"))}, 2, 2},
		{"one that was given up is made", calls{first, second, lost, asks(3, refused(history.Outcome, 4, 5, 6, history.GivenUp, 0))}, 3, 2},
		{"two answers contradict each other", calls{first, second, lost, asks(3, added(4, 5, 6, "3")),
			asks(3, refused(history.Outcome, 5, 7, 8, history.GivenUp, 0))}, 2, 1},
		{"a refused one is made", calls{first, refused(history.Transact, 2, 2, 3, "busy", 0)}, 2, 2},
		{"a read at the same time", calls{first, seen(9, 2, 5, 2, 2, 2), added(2, 3, 4, "2")}, 2, 0},
		{"a read that lacks one", calls{first, second, seen(9, 4, 5, 2, 1, 2)}, 2, 1},
		{"a read of what is yet to come", calls{first, seen(9, 2, 3, 2, 2, 2), added(2, 4, 5, "2")}, 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Counters(test.calls, holding(9, one(test.end))), "counters", test.want)
		})
	}
}

func TestSet(t *testing.T) {
	type calls = []history.Call
	inserted, lost := acked(history.Insert, 1, 0, 1, 5), unknown(history.Insert, 1, 0)
	for _, test := range []struct {
		name    string
		calls   calls
		classes checker.SetClasses
		want    string
	}{
		{"in every read", calls{inserted, shows("set", 2, 3, `{"x":1}`)}, checker.SetClasses{OK: 1}, ""},
		{"missing in the last read", calls{inserted, shows("set", 2, 3, `{}`)}, checker.SetClasses{Lost: 1}, "is lost"},
		{"missing and there again", calls{inserted, shows("set", 2, 3, `{}`), shows("set", 4, 5, `{"x":1}`)}, checker.SetClasses{Stale: 1}, "there again"},
		{"seen and then missing", calls{lost, shows("set", 2, 3, `{"x":1}`), shows("set", 4, 5, `{}`)}, checker.SetClasses{Lost: 1}, "is lost"},
		{"missing in a read that was sent before", calls{acked(history.Insert, 1, 0, 3, 5), shows("set", 1, 2, `{}`), shows("set", 4, 5, `{"x":1}`)}, checker.SetClasses{OK: 1}, ""},
		{"unknown and never read", calls{lost, shows("set", 2, 3, `{}`)}, checker.SetClasses{NeverRead: 1}, ""},
		{"unknown and read", calls{lost, shows("set", 2, 3, `{"x":1}`)}, checker.SetClasses{Recovered: 1}, ""},
		{"acknowledged twice", calls{inserted, acked(history.Insert, 2, 2, 3, 6)}, checker.SetClasses{Duplicated: 1}, ""},
		{"a read of what is no set", calls{inserted, shows("set", 2, 3, `[1]`)}, checker.SetClasses{OK: 1}, "shows no set"},
		{"a read of another set", calls{inserted, shows("set2", 2, 3, `{}`)}, checker.SetClasses{OK: 1}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			classes, findings := checker.Set(test.calls, nil)
			text := ""
			for _, finding := range findings {
				text += finding.Text
			}
			if classes != test.classes || test.want == "" && text != "" || !strings.Contains(text, test.want) {
				t.Errorf("got %+v, %q, want %+v, %q", classes, text, test.classes, test.want)
			}
		})
	}
	inDump := []history.Dump{{Node: "a", Root: json.RawMessage(`{"set":{}}`)}}
	if classes, findings := checker.Set(calls{inserted}, inDump); classes.Lost != 1 || len(findings) != 1 {
		t.Errorf("an element that no node holds at the end: %+v, %v", classes, findings)
	}
}

func TestBankAndOnCall(t *testing.T) {
	for _, test := range []struct {
		name, whole string
		bank, call  int
	}{
		{"all is well", `{"a0":{"balance":4,"on":false},"a1":{"balance":6,"on":true}}`, 0, 0},
		{"money is lost", `{"a0":{"balance":4},"a1":{"balance":5,"on":true}}`, 1, 0},
		{"an account is overdrawn", `{"a0":{"balance":-1},"a1":{"balance":11,"on":true}}`, 1, 0},
		{"nobody is on call", `{"a0":{"balance":10,"on":false}}`, 0, 1},
		{"no objects", `[1]`, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			calls := []history.Call{shows("hall", 0, 1, test.whole)}
			expect(t, checker.Bank("hall", 10, calls, nil), "bank", test.bank)
			expect(t, checker.OnCall("hall", calls, nil), "on-call", test.call)
			end := []history.Dump{{Node: "a", Root: json.RawMessage(`{"hall":` + test.whole + `}`)}}
			expect(t, checker.Bank("hall", 10, nil, end), "bank", test.bank)
		})
	}
}

// appended is a transaction that reads and appends to list lists/k.
func appended(number int64, from, to int, read, element string) history.Call {
	call := on("lists", acked(history.Transact, number, from, to, uint64(number)))
	call.Then = []history.Clause{
		{Function: history.Get, Item: "lists/k"},
		{Function: history.Append, Item: "lists/k", Value: json.RawMessage(element)},
	}
	call.Results = []json.RawMessage{json.RawMessage(read), json.RawMessage("null")}
	return call
}

func TestLists(t *testing.T) {
	type calls = []history.Call
	first := appended(1, 0, 1, "null", "1")
	for _, test := range []struct {
		name  string
		calls calls
		end   string
		want  int
	}{
		{"one after the other", calls{first, appended(2, 2, 3, "[1]", "2")}, `{"lists":{"k":[1,2]}}`, 0},
		{"a lost update", calls{first, appended(2, 2, 3, "[]", "2")}, `{"lists":{"k":[1,2]}}`, 1},
		{"an append that is lost at the end", calls{first}, `{"lists":{"k":[]}}`, 1},
		{"a read that is stale", calls{first, shows("lists", 2, 3, `{}`)}, `{"lists":{"k":[1]}}`, 1},
		{"an append that was refused", calls{first, on("lists", refused(history.Transact, 2, 2, 3, history.Conflict, 5))}, `{"lists":{"k":[1]}}`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := []history.Dump{{Node: "a", Root: json.RawMessage(test.end)}}
			expect(t, checker.Lists(test.calls, end), "lists", test.want)
		})
	}
}

func TestLinearizable(t *testing.T) {
	type calls = []history.Call
	inserted, written := acked(history.Insert, 1, 0, 1, 5), since(5, acked(history.Put, 2, 2, 3, 6))
	for _, test := range []struct {
		name  string
		calls calls
		want  int
	}{
		{"a read of the last write", calls{inserted, written, seen(3, 4, 5, 6, 2, 6)}, 0},
		{"a read of the write before", calls{inserted, written, seen(3, 4, 5, 6, 1, 5)}, 1},
		{"a read at the same time", calls{inserted, written, seen(3, 2, 5, 5, 1, 5)}, 0},
		{"a read of nothing", calls{inserted, missed(3, 4, 5, 6)}, 1},
		{"a write over what it has not seen", calls{inserted, written, since(5, acked(history.Put, 4, 4, 5, 7))}, 1},
		{"a conflict", calls{inserted, written, since(5, refused(history.Put, 4, 4, 5, history.Conflict, 6))}, 0},
		{"a conflict with nothing", calls{inserted, since(5, refused(history.Put, 4, 4, 5, history.Conflict, 6))}, 1},
		{"a conflict that nobody has seen the cause of", calls{inserted, since(6, refused(history.Put, 4, 4, 5, history.Conflict, 7))}, 0},
		{"a write that does not find what is there", calls{inserted, written, since(6, refused(history.Put, 4, 4, 5, history.NotFound, 6))}, 1},
		{"a write that finds nothing", calls{since(6, refused(history.Put, 4, 4, 5, history.NotFound, 6))}, 0},
		{"a second insert", calls{inserted, acked(history.Insert, 4, 4, 5, 7)}, 1},
		{"a refused insert of what is not there", calls{refused(history.Insert, 4, 4, 5, history.Exists, 7)}, 1},
		{"an unknown write that is read", calls{inserted, since(5, unknown(history.Put, 2, 2)), seen(3, 4, 5, 6, 2, 6)}, 0},
		{"an unknown write that is not read", calls{inserted, since(5, unknown(history.Put, 2, 2)), seen(3, 4, 5, 6, 1, 5)}, 0},
		{"what was not decided", calls{inserted, refused(history.Put, 2, 2, 3, "no_leader", 0), seen(3, 4, 5, 6, 1, 5)}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Linearizable(test.calls), "linearizable", test.want)
		})
	}
}

func TestAFindingOfPorcupineBringsItsDrawing(t *testing.T) {
	calls := []history.Call{
		acked(history.Insert, 1, 0, 1, 5), missed(3, 4, 5, 6),
		on("set/y", acked(history.Insert, 2, 2, 3, 6)),
	}
	findings := checker.Linearizable(calls)
	expect(t, findings, "linearizable", 1)
	if page := string(findings[0].Drawing); !strings.Contains(page, theItem) || strings.Contains(page, "set/y") || !strings.Contains(page, "<html") {
		t.Errorf("a page of %d bytes", len(page))
	}
}
