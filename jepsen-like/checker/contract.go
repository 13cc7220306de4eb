package checker

import (
	"fmt"
	"slices"

	"example.com/gstate/jepsen-like/history"
)

// answered are the codes with which a sound node may answer what the workloads ask
// for. They ask for nothing invalid or too large, and for no operation on a value of
// the wrong kind.
var answered = []string{
	"", history.NotFound, history.Exists, history.Conflict, history.OutcomeUnknown, history.GivenUp,
	"no_leader", "busy", "closed", "timeout",
}

// Contract reports answers that the HTTP contract does not have, and those that it
// has for faults of a node or of its user. Who takes them for an unknown outcome, or
// for a read that was not served, does not see that the node is broken.
func Contract(calls []history.Call) []Finding {
	var findings []Finding
	for _, call := range calls {
		if !slices.Contains(answered, call.Code) {
			findings = append(findings, Finding{Rule: "contract", Calls: []history.Call{call},
				Text: fmt.Sprintf("node %s has given an answer that a sound one does not give: %s", call.Node, call.Detail)})
		}
	}
	return findings
}
