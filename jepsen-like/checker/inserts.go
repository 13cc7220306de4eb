package checker

import (
	"fmt"
	"strings"

	"example.com/gstate/jepsen-like/history"
)

// Inserts checks the calls of a workload that only inserts, against what the
// nodes hold at the end: nothing acknowledged is lost, nothing refused is
// there, nothing was acknowledged twice, nothing comes from nowhere. Items that
// the calls do not touch are no concern of it, unless they stand beside others
// that they do.
func Inserts(calls []history.Call, dumps []history.Dump) []Finding {
	items := byItem(calls)
	var findings []Finding
	for _, inserts := range items {
		findings = append(findings, twice(inserts.calls)...)
		for _, call := range inserts.calls {
			findings = append(findings, kept(call, dumps)...)
		}
	}
	for _, dump := range dumps {
		findings = append(findings, strangers(items, dump)...)
	}
	return findings
}

// twice reports an insert that was acknowledged though an earlier one was.
func twice(inserts []history.Call) []Finding {
	var first *history.Call
	for i, call := range inserts {
		switch {
		case call.Kind != history.OK:
		case first == nil:
			first = &inserts[i]
		default:
			return []Finding{{Rule: "inserts", Text: "an item was inserted twice", Calls: []history.Call{*first, call}}}
		}
	}
	return nil
}

// kept reports an acknowledged insert that some nodes do not show, or a refused
// one that some do.
func kept(insert history.Call, dumps []history.Dump) []Finding {
	var with, without []string
	for _, dump := range dumps {
		if value, found := dump.Items[insert.Item]; found && value == insert.Number {
			with = append(with, dump.Node)
		} else {
			without = append(without, dump.Node)
		}
	}
	text := ""
	switch {
	case insert.Kind == history.OK && len(without) > 0:
		text = fmt.Sprintf("an acknowledged insert is lost on %s", strings.Join(without, ", "))
	case insert.Kind == history.Fail && len(with) > 0:
		text = fmt.Sprintf("a refused insert is on %s", strings.Join(with, ", "))
	default:
		return nil
	}
	return []Finding{{Rule: "inserts", Text: text, Calls: []history.Call{insert}}}
}

// strangers reports items that nobody has inserted, beneath what somebody has
// inserted into.
func strangers(items []itemCalls, dump history.Dump) []Finding {
	known, parents := map[string]bool{}, map[string]bool{}
	for _, item := range items {
		known[item.item], parents[parent(item.item)] = true, true
	}
	var findings []Finding
	for _, item := range sortedKeys(dump.Items) {
		if parents[parent(item)] && !known[item] {
			findings = append(findings, Finding{Rule: "inserts", Text: fmt.Sprintf("item %s on node %s was never inserted", item, dump.Node)})
		}
	}
	return findings
}
