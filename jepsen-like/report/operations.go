package report

import (
	"time"

	"example.com/gstate/jepsen-like/history"
)

// operation is a call with its times.
type operation struct {
	history.Call
	// start is when it was invoked, and end when its end was recorded: also that
	// of an unknown outcome, when the client gave up. It is the end of the history
	// for one that has no end there.
	start, end time.Duration
}

// took is how long the client waited.
func (o operation) took() time.Duration { return o.end - o.start }

// operationsOf returns the operations of a history, in the order of their
// invocation.
func operationsOf(events []history.Event) []operation {
	ends := map[int64]time.Duration{}
	for _, event := range events {
		if event.Process >= 0 && event.Kind != history.Invoke {
			ends[event.Number] = event.Time
		}
	}
	var operations []operation
	for _, call := range history.Calls(events) {
		end, ended := ends[call.Number]
		if !ended {
			end = duration(events)
		}
		operations = append(operations, operation{call, events[call.Invoked].Time, end})
	}
	return operations
}

// duration is the time of the last event.
func duration(events []history.Event) time.Duration {
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].Time
}
