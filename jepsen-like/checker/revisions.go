package checker

import (
	"fmt"

	"example.com/gstate/jepsen-like/history"
)

// Revisions checks the order of all operations by their revisions alone. final
// is the revision on which all nodes agree at the end, and the tree had
// revision 0 before the first call; 0 says that they did not agree, and leaves
// the number of revisions unchecked.
func Revisions(calls []history.Call, final uint64) []Finding {
	var findings []Finding
	known := floors(calls)
	writes := map[uint64]history.Call{}
	for _, call := range calls {
		before := known[call.Number]
		if problem := early(call, before.revision); problem != "" {
			findings = append(findings, Finding{Rule: "revisions", Text: problem, Calls: []history.Call{before.by, call}})
		}
		if call.Kind != history.OK || !call.Function.Writes() {
			continue
		}
		if other, taken := writes[call.Revision]; taken {
			text := fmt.Sprintf("two acknowledged writes have revision %d", call.Revision)
			findings = append(findings, Finding{Rule: "revisions", Text: text, Calls: []history.Call{other, call}})
		}
		writes[call.Revision] = call
	}
	if final > 0 {
		findings = append(findings, count(calls, final)...)
	}
	return findings
}

// early says in what way the revision of an answer lies before the floor of
// its call, or nothing. A conflict names an old change of its item by right, as does
// a transaction of what must be missing, and an outcome that of a write made before.
func early(call history.Call, floor uint64) string {
	switch {
	case call.Kind == history.Info || call.Function == history.Outcome:
		return ""
	case call.Code == history.Conflict:
		if call.IfMatch > 0 && call.Revision <= call.IfMatch {
			return fmt.Sprintf("a write on the condition of revision %d is refused because of revision %d", call.IfMatch, call.Revision)
		}
	case call.Kind == history.Fail:
		namesChange := call.Function == history.Transact && call.Code == history.Exists
		if call.Decided() && !namesChange && call.Revision < floor {
			return fmt.Sprintf("a refusal judges by revision %d, but revision %d was known before it was sent", call.Revision, floor)
		}
	case call.Function.Writes():
		if call.Revision <= floor {
			return fmt.Sprintf("a write has revision %d, but revision %d was known before it was sent", call.Revision, floor)
		}
	case call.Revision < call.AtLeast:
		return fmt.Sprintf("a read of at least revision %d shows revision %d", call.AtLeast, call.Revision)
	case call.Linearizable && call.Revision < floor:
		return fmt.Sprintf("a linearizable read shows revision %d, but revision %d was known before it was sent", call.Revision, floor)
	}
	return ""
}

// count compares the number of revisions with that of the writes. Every write
// of a workload changes something, since its number is unique, and so takes
// exactly one revision if it is applied. The end of an item that ends by itself
// may take one more.
func count(calls []history.Call, final uint64) []Finding {
	var acknowledged, unknown uint64
	for _, call := range calls {
		switch {
		case !call.Function.Writes():
		case call.Kind == history.OK:
			acknowledged++
		case call.Kind == history.Info:
			unknown++
		}
	}
	ends := endings(calls)
	if acknowledged <= final && final <= acknowledged+unknown+ends {
		return nil
	}
	return []Finding{{Rule: "revisions", Text: fmt.Sprintf(
		"the final revision is %d, but %d writes were acknowledged, %d have an unknown outcome, and %d items may have ended by themselves",
		final, acknowledged, unknown, ends)}}
}

// endings returns how many items may have ended by themselves: one for each insert,
// but not those that were removed.
func endings(calls []history.Call) uint64 {
	inserted, removed, mortal := 0, 0, map[string]bool{}
	for _, call := range calls {
		switch {
		case call.Kind == history.Fail:
		case call.Function == history.Remove && call.Kind == history.OK && mortal[call.Item]:
			removed++
		case call.Ends():
			mortal[call.Item] = true
			if call.Function != history.Update {
				inserted++
			}
		}
	}
	return uint64(max(0, inserted-removed))
}
