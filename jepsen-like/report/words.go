package report

import (
	"fmt"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// promises says in a sentence what each rule of package checker holds the cluster
// to. A rule that is not here is explained by its findings alone.
var promises = map[string]string{
	"revisions":     "Each write gets a revision of its own, in the order of real time, and a linearizable read is never older than what was known before it was sent.",
	"items":         "For each item there is one order of its writes that explains every answer.",
	"inserts":       "What was acknowledged as inserted is there, what was refused is not, and nothing is inserted twice.",
	"stale-updates": "Whoever updates what another one has removed is refused.",
	"lost-updates":  "Of two writes on the same condition at most one is accepted.",
	"agreement":     "In the end all nodes hold the same.",
	"liveness":      "After the faults the nodes come together again, and each serves writes and reads.",
	"sessions":      "What a node shows never goes back while it runs, and has all that was written through it.",
	"staleness":     "Without faults, what a node shows is up to date within seconds.",
	"leases":        "What has a lease, or lives with a node or with another item, ends in its time: not before, and not long after.",
	"locks":         "Tokens rise, and only the last holder of a lock writes under it.",
	"watches":       "A watch tells each change once, in order and rightly, from node to node, or says that it has left some out.",
	"digests":       "Nodes of one revision have one digest, all the while.",
	"resources":     "A node does not take more and more memory, descriptors or threads.",
	"crash":         "A node ends only when it is killed.",
}

// seconds returns a time of the run for people.
func seconds(t time.Duration) string { return fmt.Sprintf("%.3f s", t.Seconds()) }

// length returns how long something took, for people.
func length(t time.Duration) string {
	switch {
	case t >= time.Second:
		return fmt.Sprintf("%.2f s", t.Seconds())
	case t >= 10*time.Millisecond:
		return fmt.Sprintf("%d ms", t.Milliseconds())
	}
	return fmt.Sprintf("%.1f ms", float64(t)/float64(time.Millisecond))
}

// asked says what a call wants, as in "update users/u7 if unmodified since
// revision 12".
func asked(call history.Call) string {
	text := fmt.Sprintf("%s %s", call.Function, call.Item)
	if call.Linearizable {
		text = "linearizable " + text
	}
	if call.Function.Writes() && call.Function != history.Remove {
		text += fmt.Sprintf(" as write #%d", call.Number)
	}
	if call.IfMatch > 0 {
		text += fmt.Sprintf(", if unmodified since revision %d", call.IfMatch)
	}
	if call.TTL > 0 {
		text += fmt.Sprintf(", with a lease of %v", call.TTL)
	}
	if call.Ephemeral > 0 {
		text += ", to live with node " + call.Node
	}
	if call.While != "" {
		text += ", to live with " + call.While
	}
	if call.Held != "" {
		text += fmt.Sprintf(", under %s with token %d", call.Held, call.Token)
	}
	if call.AtLeast > 0 {
		text += fmt.Sprintf(", at revision %d at least", call.AtLeast)
	}
	return text
}

// answered says what came of a call.
func answered(call history.Call) string {
	switch {
	case call.Kind == history.Info:
		return "no answer: it may have been made, or may be made later"
	case call.Kind == history.Fail:
		return "refused" + reason(call)
	case call.Function == history.Get && call.Found:
		return fmt.Sprintf("saw write #%d", call.Value) + atRevision(call)
	case call.Function == history.Get:
		return "saw nothing" + atRevision(call)
	case call.Function.Writes():
		return "accepted" + atRevision(call)
	}
	return "done" + atRevision(call)
}

func reason(call history.Call) string {
	if call.Code == "" {
		return ": " + call.Detail
	}
	return " with " + call.Code + atRevision(call)
}

func atRevision(call history.Call) string {
	if call.Revision == 0 {
		return ""
	}
	return fmt.Sprintf(" at revision %d", call.Revision)
}
