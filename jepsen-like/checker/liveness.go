package checker

import (
	"fmt"

	"example.com/gstate/jepsen-like/history"
)

// Liveness checks the calls that were made after the faults were healed: each
// node must have served the given number of writes and of linearizable reads.
func Liveness(calls []history.Call, nodes []string, each int) []Finding {
	type count struct{ writes, reads int }
	served := map[string]count{}
	for _, call := range calls {
		at := served[call.Node]
		switch {
		case call.Kind != history.OK:
		case call.Function.Writes():
			at.writes++
		case call.Linearizable && call.Found:
			at.reads++
		}
		served[call.Node] = at
	}
	var findings []Finding
	for _, node := range nodes {
		if got := served[node]; got.writes < each || got.reads < each {
			findings = append(findings, Finding{Rule: "liveness", Text: fmt.Sprintf(
				"after the faults node %s served %d of %d writes and %d of %d linearizable reads", node, got.writes, each, got.reads, each)})
		}
	}
	return findings
}
