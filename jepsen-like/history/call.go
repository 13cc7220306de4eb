package history

import (
	"math"
	"time"
)

// Never is the Returned of a call that did not return: its outcome is unknown.
const Never = math.MaxInt

// Call is one operation with its end.
type Call struct {
	Request
	Answer
	// Kind is OK, Fail or Info.
	Kind    Kind
	Process int
	// Invoked and Returned are the indices of the call's two events. Returned
	// is Never for an Info: the write may still be applied.
	Invoked, Returned int
	// Sent and Answered are the times of the two events. Answered is Never for an
	// Info. They are for rules about time: others compare indices.
	Sent, Answered time.Duration
}

// Before reports whether the call had returned when other was invoked.
func (c Call) Before(other Call) bool { return c.Returned < other.Invoked }

// Calls returns the operations of a history in the order of their invocation.
// One whose completion is missing, since the history ends before it, is an
// Info. Faults and what onlookers saw are left out.
func Calls(events []Event) []Call {
	var calls []Call
	place := map[int64]int{}
	for _, event := range events {
		switch {
		case event.Process < 0:
		case event.Kind == Invoke:
			place[event.Number] = len(calls)
			calls = append(calls, Call{
				Request: event.Request, Kind: Info, Process: event.Process,
				Invoked: event.Index, Returned: Never,
				Sent: event.Time, Answered: Never,
			})
		default:
			calls[place[event.Number]].complete(event)
		}
	}
	return calls
}

func (c *Call) complete(event Event) {
	c.Kind, c.Answer = event.Kind, event.Answer
	if event.Kind != Info {
		c.Returned, c.Answered = event.Index, event.Time
	}
}
