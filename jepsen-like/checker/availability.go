package checker

import (
	"fmt"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

// Availability checks that no time longer than bound has passed, while writes were
// tried, from one acknowledged write to the next: by the clock of a leader, which may
// go slower for a while than the others, and without the time in which the network
// was parted, since a majority may be gone then together with who had failed before.
// It is the one rule that is about the time of events.
func Availability(events []history.Event, bound time.Duration) []Finding {
	var findings []Finding
	paces, parted := pacesOf(events), partingsOf(events)
	served := time.Duration(-1)
	tried := 0
	for _, event := range events {
		switch {
		case event.Process == history.Nemesis || !event.Function.Writes():
		case event.Kind == history.Invoke:
			tried++
		case event.Kind == history.OK:
			if gap := event.Time - served; served >= 0 && tried > 0 && gap > bound {
				if allowed := paces.longest(bound, served, event.Time) + parted.within(served, event.Time); gap > allowed {
					findings = append(findings, Finding{Rule: "availability", Text: fmt.Sprintf(
						"no write was acknowledged for %v from %v on, and %d were tried: at most %v is allowed",
						gap.Round(time.Millisecond), served.Round(time.Millisecond), tried, allowed.Round(time.Millisecond))})
				}
			}
			served, tried = event.Time, 0
		}
	}
	return findings
}

// partings are the times in which the network was parted. They follow each other.
type partings []pace

func partingsOf(events []history.Event) (all partings) {
	for i, event := range events {
		if nemesis.Parts(event) {
			all = append(all, pace{from: event.Time, to: faultEnd(events[i:])})
		}
	}
	return all
}

// within returns how much of the time between two times that is.
func (p partings) within(from, to time.Duration) (sum time.Duration) {
	for _, x := range p {
		sum += max(0, x.overlap(from, to))
	}
	return sum
}
