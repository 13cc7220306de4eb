package report

import (
	"encoding/json"
	"fmt"
	"strings"
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
	"witness":       "What the nodes tell of every change is one history, and each answer is true of it.",
	"set":           "What is known to be in a set is in every later read of it.",
	"counters":      "Each addition is made exactly once.",
	"lists":         "One order of all transactions explains what each has read, and keeps to real time.",
	"bank":          "Transfers make no money and lose none, and overdraw no account.",
	"on-call":       "Of those on call the last one cannot leave.",
	"linearizable":  "An order of the calls of each register explains what they gave, whatever the revisions say.",
	"liveness":      "After the faults the nodes come together again, and each serves writes and reads.",
	"sessions":      "What a node shows never goes back while it runs, and has all that was written through it.",
	"staleness":     "Without faults, what a node shows is up to date within seconds.",
	"leases":        "What has a lease, or lives with a node or with another item, ends in its time: not before, and not long after.",
	"locks":         "Tokens rise, and only the last holder of a lock writes under it.",
	"watches":       "A watch tells each change once, in order and rightly, from node to node, or says that it has left some out.",
	"digests":       "Nodes of one revision have one digest, all the while.",
	"resources":     "A node does not take more and more memory, descriptors or threads.",
	"contract":      "Each answer is one of the HTTP contract, and none tells of a fault of the node.",
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
	switch call.Function {
	case history.Transact:
		return transaction(call)
	case history.Outcome:
		return fmt.Sprintf("outcome of write #%d of %s", call.Of, call.Item)
	}
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

// transaction says what a transaction wants, as in "append 12 to lists1/k2 and get
// lists1/k0, if lists1/k0 is unmodified since revision 12".
func transaction(call history.Call) string {
	var then, conditions []string
	for _, clause := range call.Then {
		switch {
		case clause.Value == nil:
			then = append(then, fmt.Sprintf("%s %s", clause.Function, clause.Item))
		case clause.Function == history.Set:
			then = append(then, fmt.Sprintf("set %s to %s", clause.Item, clause.Value))
		default:
			then = append(then, fmt.Sprintf("%s %s to %s", clause.Function, clause.Value, clause.Item))
		}
	}
	for _, clause := range call.If {
		condition := fmt.Sprintf("%s is %s", clause.Item, clause.Function)
		switch clause.Function {
		case history.Unmodified:
			condition += fmt.Sprintf(" since revision %d", clause.Since)
		case history.Matches:
			condition = fmt.Sprintf("%s at %s gives %s", clause.Query, clause.Item, clause.Result)
		}
		conditions = append(conditions, condition)
	}
	text := strings.Join(then, " and ")
	if len(conditions) > 0 {
		text += ", if " + strings.Join(conditions, " and ")
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
	case call.Function == history.Get && call.Whole != nil:
		return "saw " + short(call.Whole) + atRevision(call)
	case call.Function == history.Get && call.Found:
		return fmt.Sprintf("saw write #%d", call.Value) + atRevision(call)
	case call.Function == history.Get:
		return "saw nothing" + atRevision(call)
	case call.Results != nil:
		return "accepted" + atRevision(call) + ", with " + short(call.Results)
	case call.Function.Writes():
		return "accepted" + atRevision(call)
	}
	return "done" + atRevision(call)
}

// longest is how much of a value is shown.
const longest = 200

// short returns the JSON of a value, which has one, or the beginning of it.
func short(v any) string {
	text, _ := json.Marshal(v)
	if len(text) > longest {
		return string(text[:longest]) + "..."
	}
	return string(text)
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
