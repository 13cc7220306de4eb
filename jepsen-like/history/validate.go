package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrInvalid is matched by the error of Validate.
var ErrInvalid = errors.New("not a whole history")

// Validate says why events that were read from a file cannot be judged, or
// returns nil: the first line is missing, or one in between, or the invocation
// of an operation that ends, or time goes back, or a transaction is not whole. A
// history may stop anywhere.
func Validate(events []Event) error {
	waiting := map[int64]Request{}
	var now time.Duration
	for i, event := range events {
		if event.Index != i {
			return fmt.Errorf("%w: event %d stands in the place of event %d", ErrInvalid, event.Index, i)
		}
		if event.Time < now {
			return fmt.Errorf("%w: event %d is of %v, that before it of %v", ErrInvalid, i, event.Time, now)
		}
		now = event.Time
		if event.Process < 0 {
			continue
		}
		asked, waits := waiting[event.Number]
		switch {
		case event.Kind == Invoke:
			waiting[event.Number] = event.Request
		case !waits:
			return fmt.Errorf("%w: event %d ends operation %d, which does not wait", ErrInvalid, i, event.Number)
		default:
			delete(waiting, event.Number)
		}
		if problem := unwhole(event, asked); problem != "" {
			return fmt.Errorf("%w: event %d %s", ErrInvalid, i, problem)
		}
	}
	return nil
}

// unwhole says what a transaction lacks, or its answer; nothing if neither does.
func unwhole(event Event, asked Request) string {
	if event.Kind == OK && asked.Function == Transact && len(event.Results) != len(asked.Then) {
		return fmt.Sprintf("has %d results of %d operations", len(event.Results), len(asked.Then))
	}
	for _, clause := range event.Then {
		if clause.Function == Append && !isNumber(clause.Value) {
			return fmt.Sprintf("appends %q, want a number", clause.Value)
		}
	}
	return ""
}

func isNumber(text json.RawMessage) bool {
	var number int
	return json.Unmarshal(text, &number) == nil
}
