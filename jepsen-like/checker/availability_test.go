package checker_test

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

func TestAvailability(t *testing.T) {
	event := func(second int, kind history.Kind, function history.Function) history.Event {
		return history.Event{
			Time: time.Duration(second) * time.Second, Kind: kind, Request: history.Request{Function: function},
		}
	}
	invoked := func(second int) history.Event { return event(second, history.Invoke, history.Put) }
	acknowledged := func(second int) history.Event { return event(second, history.OK, history.Put) }
	// slow is a leader's clock that goes half as fast between two seconds.
	slow := func(from, to time.Duration) []history.Event {
		return []history.Event{fault("clock-drift", from*time.Second, "leader -0.500"), fault("clock-drift-end", to*time.Second, "")}
	}
	parted := func(from, to time.Duration) []history.Event {
		return []history.Event{fault("partition-one", from*time.Second, ""), fault("partition-one-end", to*time.Second, "1 packets touched")}
	}
	broken := event(15, history.OK, history.Put)
	broken.Process = history.Nemesis
	for _, test := range []struct {
		name   string
		events []history.Event
		want   int
	}{
		{"no event", nil, 0},
		{"a short gap", []history.Event{invoked(0), acknowledged(1), invoked(2), acknowledged(11)}, 0},
		{"a long gap", []history.Event{invoked(0), acknowledged(1), invoked(2), acknowledged(12)}, 1},
		{"two long gaps", []history.Event{acknowledged(1), invoked(2), acknowledged(12), invoked(13), acknowledged(23)}, 2},
		{"nobody tried", []history.Event{acknowledged(1), acknowledged(12)}, 0},
		{"a slow beginning", []history.Event{invoked(0), acknowledged(12)}, 0},
		{"reads do not count", []history.Event{acknowledged(1), invoked(2), event(8, history.OK, history.Get), acknowledged(12)}, 1},
		{"refusals do not count", []history.Event{acknowledged(1), invoked(2), event(8, history.Fail, history.Put), acknowledged(12)}, 1},
		{"faults do not count", []history.Event{acknowledged(1), invoked(2), broken, acknowledged(16)}, 1},
		{"a long gap with a parted network", append(parted(3, 8), acknowledged(1), invoked(2), acknowledged(15)), 0},
		{"a gap that is too long with a parted network", append(parted(3, 8), acknowledged(1), invoked(2), acknowledged(17)), 1},
		{"a long gap after the network was parted", append(parted(3, 8), acknowledged(9), invoked(10), acknowledged(20)), 1},
		{"a long gap by a slow clock", append(slow(3, 5), acknowledged(1), invoked(2), acknowledged(20)), 0},
		{"a gap that is too long even then", append(slow(3, 5), acknowledged(1), invoked(2), acknowledged(22)), 1},
		{"a long gap after a slow clock", append(slow(3, 5), acknowledged(7), invoked(8), acknowledged(18)), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Availability(test.events, 10*time.Second), "availability", test.want)
		})
	}
}
