package checker

import (
	"cmp"
	"fmt"
	"slices"

	"example.com/gstate/jepsen-like/history"
)

// MaxUnknown is how many writes with unknown outcome one item may have. The
// search tries subsets of them between any two known writes; a workload gives
// an item up after two or three.
const MaxUnknown = 12

// Items looks for a story for each item that the calls touch: see the package
// comment. The dumps are reads of all items at the end.
func Items(calls []history.Call, dumps []history.Dump) []Finding {
	known := floors(calls)
	var findings []Finding
	for _, item := range byItem(calls) {
		s := story{steps: steps(item, dumps), known: map[chapter]bool{}}
		for _, call := range item.calls {
			if call.Kind == history.Info && call.Function.Writes() {
				s.unknown = append(s.unknown, unknownWrite{call, known[call.Number].revision})
			}
		}
		if finding, wrong := s.judge(item); wrong {
			findings = append(findings, finding)
		}
	}
	return findings
}

// step is one fact about an item whose place in the order is known: a write at
// its revision, or what a read or a refusal shows of the state after it.
type step struct {
	call     history.Call
	revision uint64
	write    bool
}

// steps returns the facts about an item in the order of their revisions, a
// write before what shows its effect. What has no revision shows nothing.
func steps(item itemCalls, dumps []history.Dump) []step {
	var facts []step
	for _, call := range item.calls {
		refusal := call.Kind == history.Fail && call.Decided()
		if call.Revision > 0 && (call.Kind == history.OK || refusal) {
			write := call.Kind == history.OK && call.Function.Writes()
			facts = append(facts, step{call, call.Revision, write})
		}
	}
	for _, dump := range dumps {
		facts = append(facts, step{call: seen(item.item, dump), revision: dump.Revision})
	}
	slices.SortStableFunc(facts, func(a, b step) int {
		if a.revision == b.revision && a.write != b.write {
			if a.write {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.revision, b.revision)
	})
	return facts
}

// seen returns the read of one item that a dump stands for.
func seen(item string, dump history.Dump) history.Call {
	value, found := dump.Items[item]
	return history.Call{
		Kind:     history.OK,
		Request:  history.Request{Function: history.Get, Node: dump.Node, Item: item},
		Answer:   history.Answer{Revision: dump.Revision, Found: found, Value: value, Detail: "at the end"},
		Invoked:  history.Never,
		Returned: history.Never,
	}
}

// judge looks for the story and says what is wrong when there is none.
func (s *story) judge(item itemCalls) (Finding, bool) {
	if len(s.unknown) > MaxUnknown {
		return Finding{Rule: "items", Undecided: true, Text: fmt.Sprintf(
			"item %s has %d writes with unknown outcome, the limit is %d", item.item, len(s.unknown), MaxUnknown)}, true
	}
	if s.holds(chapter{}) {
		return Finding{}, false
	}
	finding := Finding{Rule: "items", Text: fmt.Sprintf("no order of the writes to %s explains what was seen of it", item.item)}
	for _, unknown := range s.unknown {
		finding.Calls = append(finding.Calls, unknown.call)
	}
	for _, fact := range s.steps[:s.furthest+1] {
		finding.Calls = append(finding.Calls, fact.call)
	}
	return finding, true
}
