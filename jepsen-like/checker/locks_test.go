package checker_test

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

func TestLocks(t *testing.T) {
	const ok, fail = history.OK, history.Fail
	grant := func(sent time.Duration, token uint64) history.Call {
		return leasedFor(100*ms, call(ok, history.Insert, sent, token))
	}
	under := func(token uint64, c history.Call) history.Call {
		c.Held, c.Token = theItem, token
		if c.Function == history.Put {
			c.Item = "set/guarded"
		}
		return c
	}
	write := func(token uint64, sent time.Duration, revision uint64) history.Call {
		return under(token, call(ok, history.Put, sent, revision))
	}
	refused := func(token uint64, sent time.Duration, code string) history.Call {
		c := under(token, call(fail, history.Put, sent, 0))
		c.Code = code
		return c
	}
	release := func(token uint64, kind history.Kind, sent time.Duration) history.Call {
		return under(token, call(kind, history.Remove, sent, 6))
	}
	refresh := func(token uint64, sent time.Duration) history.Call {
		return leasedFor(100*ms, under(token, call(ok, history.Update, sent, 6)))
	}
	of := func(token uint64) history.Call {
		c := call(ok, history.Insert, time.Duration(token)*ms, token)
		c.Ephemeral = time.Second
		return c
	}
	for _, test := range []struct {
		name  string
		calls []history.Call
		want  int
	}{
		{"one after the other", told(grant(0, 5), write(5, 20*ms, 6), grant(100*ms, 7), write(7, 120*ms, 8)), 0},
		{"the lease had not ended", told(grant(0, 5), grant(80*ms, 7)), 1},
		{"it was given back", told(grant(0, 5), release(5, ok, 20*ms), grant(40*ms, 7)), 0},
		{"it was perhaps given back", told(grant(0, 5), release(5, history.Info, 20*ms), grant(40*ms, 7)), 0},
		{"it was not given back", told(grant(0, 5), release(5, fail, 20*ms), grant(40*ms, 7)), 1},
		{"its second lease had not ended", told(grant(0, 5), refresh(5, 50*ms), grant(110*ms, 7)), 1},
		{"its second lease had ended", told(grant(0, 5), refresh(5, 50*ms), grant(150*ms, 7)), 0},
		{"the token falls", told(grant(0, 7), grant(200*ms, 5)), 2}, // it is also held twice
		{"the token is the same", told(grant(0, 5), grant(200*ms, 5)), 1},
		{"an old holder writes after a grant", told(grant(0, 5), grant(200*ms, 7), write(5, 220*ms, 8)), 1},
		{"a write of an old holder has an old revision", told(grant(0, 5), grant(200*ms, 7), write(5, 220*ms, 6)), 1},
		{"an old holder is refused", told(grant(0, 5), grant(200*ms, 7), refused(5, 220*ms, history.Conflict)), 0},
		{"nobody holds the lock", told(grant(0, 5), refused(5, 200*ms, history.NotFound)), 0},
		{"the holder is refused", told(grant(0, 5), refused(5, 20*ms, history.Conflict)), 1},
		{"the holder is told that nobody has it", told(grant(0, 5), refused(5, 20*ms, history.NotFound)), 1},
		{"it may have ended with its node", told(of(5), of(7)), 0},
		{"it has ended with its node, and an old holder writes", told(of(5), of(7), write(5, 220*ms, 8)), 1},
		{"there was no leader", told(grant(0, 5), refused(5, 20*ms, "no_leader")), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Locks(nil, test.calls), "locks", test.want)
		})
	}
}
