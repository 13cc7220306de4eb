package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/history"
)

func TestACallIsSaidInWords(t *testing.T) {
	put := history.Request{Number: 7, Function: history.Put, Item: "users/u1"}
	with := func(change func(*history.Request)) history.Request {
		request := put
		change(&request)
		return request
	}
	ok := func(revision uint64) history.Call {
		return history.Call{Kind: history.OK, Answer: history.Answer{Revision: revision}}
	}
	transfer := history.Request{
		Function: history.Transact,
		If: []history.Clause{
			{Function: history.Unmodified, Item: "bank/b", Since: 4}, {Function: history.Missing, Item: "bank/d"},
			{Function: history.Matches, Item: "bank", Query: json.RawMessage(`"$count"`), Result: json.RawMessage("2")},
		},
		Then: []history.Clause{
			{Function: history.Add, Item: "bank/a", Value: json.RawMessage("1")}, {Function: history.Set, Item: "bank/b", Value: json.RawMessage("3")},
			{Function: history.Get, Item: "bank/c"},
		},
	}
	for _, test := range []struct {
		request     history.Request
		call        history.Call
		asks, comes string
	}{
		{put, ok(9), "put users/u1 as write #7", "accepted at revision 9"},
		{put, history.Call{Kind: history.Info}, "put users/u1 as write #7", "no answer: it may have been made, or may be made later"},
		{put, history.Call{Kind: history.Fail, Answer: history.Answer{Detail: "connection refused"}}, "put users/u1 as write #7", "refused: connection refused"},
		{with(func(r *history.Request) { r.IfMatch = 5 }), history.Call{Kind: history.Fail, Answer: history.Answer{Code: history.Conflict, Revision: 6}},
			"put users/u1 as write #7, if unmodified since revision 5", "refused with conflict at revision 6"},
		{with(func(r *history.Request) { r.TTL = 2 * time.Second }), ok(9), "put users/u1 as write #7, with a lease of 2s", "accepted at revision 9"},
		{with(func(r *history.Request) { r.Ephemeral, r.Node = time.Second, "a" }), ok(9), "put users/u1 as write #7, to live with node a", "accepted at revision 9"},
		{with(func(r *history.Request) { r.While = "locks/l" }), ok(9), "put users/u1 as write #7, to live with locks/l", "accepted at revision 9"},
		{with(func(r *history.Request) { r.Held, r.Token = "locks/l", 3 }), ok(9), "put users/u1 as write #7, under locks/l with token 3", "accepted at revision 9"},
		{with(func(r *history.Request) { r.Function = history.Remove }), ok(9), "remove users/u1", "accepted at revision 9"},
		{with(func(r *history.Request) { r.Function, r.Linearizable = history.Get, true }), ok(9), "linearizable get users/u1", "saw nothing at revision 9"},
		{with(func(r *history.Request) { r.Function, r.AtLeast = history.Get, 4 }),
			history.Call{Kind: history.OK, Answer: history.Answer{Revision: 9, Found: true, Value: 7}},
			"get users/u1, at revision 4 at least", "saw write #7 at revision 9"},
		{transfer, history.Call{Kind: history.OK, Answer: history.Answer{Revision: 9, Results: []json.RawMessage{json.RawMessage("2")}}},
			`add 1 to bank/a and set bank/b to 3 and get bank/c, if bank/b is unmodified since revision 4 and bank/d is missing and "$count" at bank gives 2`,
			"accepted at revision 9, with [2]"},
		{history.Request{Function: history.Outcome, Item: "counters/c1", Of: 7}, history.Call{Kind: history.Fail, Answer: history.Answer{Code: history.GivenUp}},
			"outcome of write #7 of counters/c1", "refused with given_up"},
		{history.Request{Function: history.Get, Item: "set0"}, history.Call{Kind: history.OK, Answer: history.Answer{Revision: 9, Found: true, Whole: json.RawMessage(`{"s1":1}`)}},
			"get set0", `saw {"s1":1} at revision 9`},
		{history.Request{Function: history.Get, Item: "set0"}, history.Call{Kind: history.OK, Answer: history.Answer{Whole: json.RawMessage(`"` + strings.Repeat("x", 300) + `"`)}},
			"get set0", `saw "` + strings.Repeat("x", 199) + "..."},
		{with(func(r *history.Request) { r.Function = "acquire" }), ok(0), "acquire users/u1", "done"},
	} {
		test.call.Request = test.request
		if asks, comes := asked(test.call), answered(test.call); asks != test.asks || comes != test.comes {
			t.Errorf("got  %q, %q\nwant %q, %q", asks, comes, test.asks, test.comes)
		}
	}
}
