package checker_test

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// fault is an event of the nemesis that concerns node a.
func fault(function history.Function, at time.Duration, detail string) history.Event {
	event := history.Event{Time: at, Kind: history.Info, Process: history.Nemesis}
	event.Function, event.Node, event.Detail = function, "a", detail
	return event
}

// looksAt are looks at node a, one each second, which has this role and term.
func looksAt(role string, term func(second int) uint64) (events []history.Event) {
	for second := range 30 {
		events = append(events, look("a", second, func(s *history.Sample) { s.Role, s.Term = role, term(second) }))
	}
	return events
}

func oneTerm(int) uint64 { return 1 }

// clockFaults are what happens to the clocks of node a between the seconds 10 and 15.
// gain is how much more than there was the cluster may have counted from the second 10
// until the second 14, and loss how much less until the second 17.
var clockFaults = []struct {
	name       string
	events     []history.Event
	gain, loss time.Duration
}{
	{"nothing", nil, 0, 0},
	{"the wall clock jumps", []history.Event{fault("clock-jump-forward", 11*time.Second, "leader 1h0m0s"), fault("clock-jump-forward-end", 15*time.Second, "seen 9 times")}, 0, 0},
	{"a leap", []history.Event{fault("clock-leap", 11*time.Second, "leader 500ms")}, 500 * ms, 0},
	{"a great leap", []history.Event{fault("clock-leap", 11*time.Second, "leader 1h0m0s")}, 2 * time.Second, 0},
	{"a leap that was noted late", []history.Event{fault("clock-leap", 14500*ms, "leader 500ms")}, 500 * ms, 0},
	{"a leap before", []history.Event{fault("clock-leap", 9*time.Second, "leader 500ms")}, 0, 0},
	{"a leap afterwards", []history.Event{fault("clock-leap", 16*time.Second, "leader 500ms")}, 0, 0},
	{"two leaps", []history.Event{fault("clock-leap", 11*time.Second, "500ms"), fault("clock-leap", 12*time.Second, "300ms")}, 800 * ms, 0},
	{"a leap of a follower", append(looksAt("follower", oneTerm), fault("clock-leap", 11500*ms, "500ms")), 0, 0},
	{"a leap of a leader", append(looksAt("leader", oneTerm), fault("clock-leap", 11500*ms, "500ms")), 500 * ms, 0},
	// An election lets a lease end late, too.
	{"a leap amid an election", append(looksAt("follower", func(second int) uint64 { return uint64(min(11, max(10, second))) }), fault("clock-leap", 11500*ms, "500ms")), 500 * ms, time.Second},
	{"a fast clock", []history.Event{fault("clock-drift", 11*time.Second, "leader +0.250"), fault("clock-drift-end", 15*time.Second, "")}, time.Second, 0},
	{"a clock that is fast for a while", []history.Event{fault("clock-drift", 11*time.Second, "+0.250"), fault("clock-drift-end", 11*time.Second, "")}, 500 * ms, 0},
	{"a clock that is fast until all is healed", []history.Event{fault("clock-drift", 11*time.Second, "+0.250"), fault("heal", 11*time.Second, "")}, 500 * ms, 0},
	{"a fast clock of a follower", append(append(looksAt("follower", oneTerm), fault("clock-drift", 11*time.Second, "+0.250")), fault("clock-drift-end", 15*time.Second, "")), 0, 0},
	{"a slow clock", []history.Event{fault("clock-drift", 11*time.Second, "leader -0.500"), fault("clock-drift-end", 15*time.Second, "")}, 0, 3 * time.Second},
	{"a clock that is slow without end", []history.Event{fault("clock-drift", 11*time.Second, "leader -0.500")}, 0, 3500 * ms},
}

// TestALeaseEndsAsEarlyAsTheLeadersClockMayTell, and not before.
func TestALeaseEndsAsEarlyAsTheLeadersClockMayTell(t *testing.T) {
	for _, test := range clockFaults {
		t.Run(test.name, func(t *testing.T) {
			for late, want := range map[time.Duration]int{-20 * ms: 1, 0: 0} {
				calls := told(leasedFor(4*time.Second+test.gain-10*ms, call(history.OK, history.Insert, 10*time.Second, 5)), gone(14*time.Second-10*ms+late, 6))
				expect(t, checker.Leases(test.events, calls, calls), "leases", want)
			}
		})
	}
}

// TestALeaseEndsAsLateAsTheLeadersClockMayTell, and not later. Beside, it may end 1.95
// seconds late: see TestLeases.
func TestALeaseEndsAsLateAsTheLeadersClockMayTell(t *testing.T) {
	for _, test := range clockFaults {
		t.Run(test.name, func(t *testing.T) {
			for late, want := range map[time.Duration]int{50 * ms: 1, -50 * ms: 0} {
				ttl := 5040*ms - test.loss - late
				calls := told(leasedFor(ttl, call(history.OK, history.Insert, 10*time.Second, 5)), there(17*time.Second, 6))
				expect(t, checker.Leases(test.events, append(signs(20*time.Second), calls...), calls), "leases", want)
			}
		})
	}
}

func TestALockIsLostAsEarlyAsTheLeadersClockMayTell(t *testing.T) {
	for _, test := range clockFaults {
		t.Run(test.name, func(t *testing.T) {
			for late, want := range map[time.Duration]int{-20 * ms: 1, 0: 0} {
				ttl := 4*time.Second + test.gain - 10*ms
				calls := told(
					leasedFor(ttl, call(history.OK, history.Insert, 10*time.Second, 5)),
					leasedFor(ttl, call(history.OK, history.Insert, 14*time.Second-10*ms+late, 6)))
				expect(t, checker.Locks(test.events, calls), "locks", want)
			}
		})
	}
}
