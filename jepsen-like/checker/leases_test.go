package checker_test

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const ms = time.Millisecond

// told gives calls their places and times: each is sent at the time, answered 10 ms
// later, and returns before the next is invoked.
func told(calls ...history.Call) []history.Call {
	for i := range calls {
		c := &calls[i]
		c.Number, c.Invoked = int64(i+1), 2*i
		if c.Item == "" {
			c.Item = theItem
		}
		if c.Returned = 2*i + 1; c.Kind == history.Info {
			c.Returned, c.Answered = history.Never, history.Never
		}
	}
	return calls
}

func call(kind history.Kind, function history.Function, sent time.Duration, revision uint64) history.Call {
	return history.Call{
		Kind: kind, Sent: sent, Answered: sent + 10*ms,
		Request: history.Request{Function: function, Node: "a", Linearizable: function == history.Get},
		Answer:  history.Answer{Revision: revision, Life: 1},
	}
}

func leasedFor(ttl time.Duration, c history.Call) history.Call {
	c.TTL = ttl
	return c
}

func there(sent time.Duration, revision uint64) history.Call {
	c := call(history.OK, history.Get, sent, revision)
	c.Found = true
	return c
}

func gone(sent time.Duration, revision uint64) history.Call {
	c := call(history.OK, history.Get, sent, revision)
	c.Code = history.NotFound
	return c
}

// signs are writes of others, one each 50 ms: there is a leader all the while.
func signs(until time.Duration) (calls []history.Call) {
	for sent := time.Duration(0); sent < until; sent += 50 * ms {
		calls = append(calls, call(history.OK, history.Put, sent, 1))
	}
	return calls
}

// started says that a node was seen in a life.
func started(node string, start, second int) history.Event {
	return look(node, second, func(s *history.Sample) { s.Start = start })
}

func TestLeases(t *testing.T) {
	const ok, info, fail = history.OK, history.Info, history.Fail
	inserted := leasedFor(100*ms, call(ok, history.Insert, 0, 5))
	refreshed := leasedFor(100*ms, call(ok, history.Update, 50*ms, 6))
	missed := call(fail, history.Update, 109*ms, 7)
	missed.Code = history.NotFound
	own := call(ok, history.Insert, 0, 5)
	own.Ephemeral = time.Second
	calmOwn := own
	calmOwn.Sent = 20 * time.Second
	elsewhere := calmOwn
	elsewhere.Node = "b"
	with := call(ok, history.Insert, 0, 6)
	with.Item, with.While = "set/kept", theItem
	on := func(c history.Call) history.Call {
		c.Item = "set/kept"
		return c
	}
	local := there(9*time.Second, 8)
	local.Linearizable = false
	settled := history.Event{Time: 15 * time.Second, Request: history.Request{Function: history.Settled}}
	for _, test := range []struct {
		name   string
		calls  []history.Call
		events []history.Event
		// led is for how long there is a leader.
		led  time.Duration
		want int
	}{
		{"it ends with its lease", told(inserted, gone(100*ms, 6)), nil, time.Hour, 0},
		{"it ends before", told(inserted, gone(80*ms, 6)), nil, time.Hour, 1},
		{"an update misses it before", told(inserted, func() history.Call { m := missed; m.Sent, m.Answered = 80*ms, 90*ms; return m }()), nil, time.Hour, 1},
		{"an update misses it in time", told(inserted, missed), nil, time.Hour, 0},
		{"a tree from before its insert", told(inserted, gone(20*ms, 4)), nil, time.Hour, 0},
		{"it was removed", told(inserted, call(ok, history.Remove, 20*ms, 6), gone(40*ms, 7)), nil, time.Hour, 0},
		{"it was perhaps removed", told(inserted, call(info, history.Remove, 20*ms, 0), gone(40*ms, 7)), nil, time.Hour, 0},
		{"its removal was refused", told(inserted, call(fail, history.Remove, 20*ms, 0), gone(40*ms, 7)), nil, time.Hour, 1},
		{"it ends with its second lease", told(inserted, refreshed, gone(150*ms, 7)), nil, time.Hour, 0},
		{"it ends with its first lease", told(inserted, refreshed, gone(110*ms, 7)), nil, time.Hour, 1},
		{"its second lease is unknown", told(inserted, leasedFor(10*ms, call(info, history.Update, 50*ms, 0)), gone(70*ms, 7)), nil, time.Hour, 0},
		{"it gets a lease when it is gone", told(inserted, gone(110*ms, 6), leasedFor(100*ms, call(ok, history.Update, 120*ms, 7))), nil, time.Hour, 1},
		{"it comes back", told(inserted, gone(110*ms, 6), there(130*ms, 7)), nil, time.Hour, 1},
		{"it is there within the bound", told(inserted, there(850*ms, 8)), nil, 2 * time.Second, 0},
		{"it is there long after", told(inserted, there(9*time.Second, 8)), nil, 10 * time.Second, 1},
		{"a node that is behind has it", told(inserted, local), nil, 10 * time.Second, 0},
		{"there is no leader for a while", told(inserted, there(9*time.Second, 8)), nil, time.Second, 0},
		{"the node it lives with runs", told(own, there(9*time.Second, 8)), nil, 10 * time.Second, 0},
		{"the node was started anew long before", told(own, there(9*time.Second, 8)), []history.Event{started("a", 1, 0), started("a", 2, 2)}, 10 * time.Second, 1},
		{"the node was started anew just before", told(own, there(9*time.Second, 8)), []history.Event{started("a", 1, 0), started("a", 2, 7)}, 10 * time.Second, 0},
		{"another node was started anew", told(own, there(9*time.Second, 8)), []history.Event{started("b", 1, 0), started("b", 2, 2)}, 10 * time.Second, 0},
		{"it is lost when nothing happens", told(calmOwn, gone(23*time.Second, 8)), []history.Event{settled}, time.Minute, 1},
		{"it is lost while there are faults", told(calmOwn, gone(23*time.Second, 8)), nil, time.Minute, 0},
		{"it is lost without a leader", told(calmOwn, gone(23*time.Second, 8)), []history.Event{settled}, 20 * time.Second, 0},
		{"it is lost while the node does not answer", told(elsewhere, gone(23*time.Second, 8)), []history.Event{settled}, time.Minute, 0},
		{"what it lives with is gone too", told(inserted, with, gone(110*ms, 7), on(gone(110*ms, 7))), nil, time.Hour, 0},
		{"what it lives with is gone before", told(inserted, with, gone(110*ms, 7), on(there(110*ms, 8))), nil, time.Hour, 1},
		{"what it lives with is there without it", told(inserted, with, on(gone(20*ms, 7)), there(30*ms, 8)), nil, time.Hour, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := append(signs(min(test.led, time.Minute)), test.calls...)
			expect(t, checker.Leases(test.events, all, test.calls), "leases", test.want)
		})
	}
}

func TestAChangeOfLeaderAllowsALeaseToEndLater(t *testing.T) {
	calls := told(leasedFor(100*ms, call(history.OK, history.Insert, 0, 5)), there(3*time.Second, 8))
	term := func(second int, number uint64) history.Event {
		return look("a", second, func(s *history.Sample) { s.Term = number })
	}
	all := append(signs(9*time.Second), calls...)
	expect(t, checker.Leases([]history.Event{term(0, 1), term(1, 1), term(4, 1)}, all, calls), "leases", 1)
	expect(t, checker.Leases([]history.Event{term(0, 1), term(1, 2), term(4, 2)}, all, calls), "leases", 0)
	calls[1].Sent, calls[1].Answered = 8*time.Second, 8*time.Second+10*ms
	expect(t, checker.Leases([]history.Event{term(0, 1), term(1, 2), term(4, 2), term(9, 2)}, all, calls), "leases", 1)
}

func TestLastingLeavesOutWhatEndsByItself(t *testing.T) {
	kept := call(history.OK, history.Insert, 0, 5)
	under := call(history.Fail, history.Put, 0, 5)
	under.Held = "set/lock"
	mortal := leasedFor(100*ms, call(history.OK, history.Insert, 0, 5))
	mortal.Item = "set/mortal"
	touch := call(history.OK, history.Update, 0, 6)
	touch.Item = "set/mortal"
	if left := checker.Lasting(told(kept, under, mortal, touch)); len(left) != 1 || left[0].Number != 1 {
		t.Errorf("left are %v, want the first", left)
	}
}
