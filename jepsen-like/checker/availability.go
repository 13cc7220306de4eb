package checker

import (
	"fmt"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// Availability checks that no time longer than bound has passed, while writes were
// tried, from one acknowledged write to the next: by the clock of a leader, which may
// go slower for a while than the others. It is the one rule that is about the time of
// events.
func Availability(events []history.Event, bound time.Duration) []Finding {
	var findings []Finding
	paces := pacesOf(events)
	served := time.Duration(-1)
	tried := 0
	for _, event := range events {
		switch {
		case event.Process == history.Nemesis || !event.Function.Writes():
		case event.Kind == history.Invoke:
			tried++
		case event.Kind == history.OK:
			gap, allowed := event.Time-served, paces.longest(bound, served, event.Time)
			if served >= 0 && gap > allowed && tried > 0 {
				findings = append(findings, Finding{Rule: "availability", Text: fmt.Sprintf(
					"no write was acknowledged for %v from %v on, and %d were tried: at most %v is allowed",
					gap.Round(time.Millisecond), served.Round(time.Millisecond), tried, allowed.Round(time.Millisecond))})
			}
			served, tried = event.Time, 0
		}
	}
	return findings
}
