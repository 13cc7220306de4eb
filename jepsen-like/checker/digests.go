package checker

import (
	"fmt"

	"example.com/gstate/jepsen-like/history"
)

// Digests checks what the nodes have shown of their trees all the while: two
// trees of one revision have one digest, whichever nodes have them and when.
func Digests(events []history.Event) []Finding {
	var findings []Finding
	first := map[uint64]history.Event{}
	for _, event := range events {
		if event.Function != history.Looked {
			continue
		}
		other, seen := first[event.TreeRevision]
		if !seen {
			first[event.TreeRevision] = event
			continue
		}
		if other.Digest != event.Digest {
			findings = append(findings, Finding{Rule: "digests", At: event.Time, Event: event.Index, Text: fmt.Sprintf(
				"at revision %d node %s had digest %s at %v, and node %s had %s at %v",
				event.TreeRevision, other.Node, other.Digest, other.Time, event.Node, event.Digest, event.Time)})
		}
	}
	return findings
}
