package history

import (
	"errors"
	"fmt"
	"time"
)

// ErrInvalid is matched by the error of Validate.
var ErrInvalid = errors.New("not a whole history")

// Validate says why events that were read from a file cannot be judged, or
// returns nil: the first line is missing, or one in between, or the invocation
// of an operation that ends, or time goes back. A history may stop anywhere.
func Validate(events []Event) error {
	waiting := map[int64]bool{}
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
		if event.Kind != Invoke && !waiting[event.Number] {
			return fmt.Errorf("%w: event %d ends operation %d, which does not wait", ErrInvalid, i, event.Number)
		}
		waiting[event.Number] = event.Kind == Invoke
	}
	return nil
}
