package report

import (
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
		{with(func(r *history.Request) { r.Function = "acquire" }), ok(0), "acquire users/u1", "done"},
	} {
		test.call.Request = test.request
		if asks, comes := asked(test.call), answered(test.call); asks != test.asks || comes != test.comes {
			t.Errorf("got  %q, %q\nwant %q, %q", asks, comes, test.asks, test.comes)
		}
	}
}
