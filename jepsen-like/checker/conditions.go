package checker

import "example.com/gstate/jepsen-like/history"

// StaleUpdates reports updates that were accepted though the item's removal
// had been acknowledged before they were sent, and nothing can have brought it
// back meanwhile. That is the heart of what the cluster promises: an
// instance that still sees the item cannot write to it.
func StaleUpdates(calls []history.Call) []Finding {
	var findings []Finding
	for _, item := range byItem(calls) {
		for _, update := range accepted(item.calls, history.Update) {
			for _, removal := range accepted(item.calls, history.Remove) {
				if removal.Before(update) && !revived(item.calls, removal, update) {
					findings = append(findings, Finding{
						Rule: "stale-updates", Text: "an update was accepted after the removal of its item",
						Calls: []history.Call{removal, update},
					})
				}
			}
		}
	}
	return findings
}

func accepted(calls []history.Call, function history.Function) []history.Call {
	var found []history.Call
	for _, call := range calls {
		if call.Kind == history.OK && call.Function == function {
			found = append(found, call)
		}
	}
	return found
}

// revived reports whether a write may have made the item anew after the removal
// and before the update: it was not refused, had not returned before the
// removal was sent, and was sent before the update returned.
func revived(calls []history.Call, removal, update history.Call) bool {
	for _, call := range calls {
		makes := call.Function == history.Insert || call.Function == history.Put && call.IfMatch == 0
		if makes && call.Kind != history.Fail &&
			!call.Before(removal) && !update.Before(call) {
			return true
		}
	}
	return false
}

// LostUpdates reports writes that were both accepted on the condition that the
// item be unmodified since the same revision: the second has overwritten the
// first without having seen it.
func LostUpdates(calls []history.Call) []Finding {
	type condition struct {
		item  string
		since uint64
	}
	var findings []Finding
	first := map[condition]history.Call{}
	for _, call := range calls {
		if call.Kind != history.OK || call.IfMatch == 0 || !call.Function.Writes() {
			continue
		}
		at := condition{call.Item, call.IfMatch}
		if other, taken := first[at]; taken {
			findings = append(findings, Finding{
				Rule: "lost-updates", Text: "two writes were accepted on the same condition",
				Calls: []history.Call{other, call},
			})
		}
		first[at] = call
	}
	return findings
}
