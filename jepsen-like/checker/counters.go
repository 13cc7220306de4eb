package checker

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"example.com/gstate/jepsen-like/history"
)

// Counters checks additions of one: that each was made exactly once, and that
// what was told of unknown outcomes is true. It does not look at revisions.
func Counters(calls []history.Call, dumps []history.Dump) []Finding {
	var findings []Finding
	for _, counter := range byItem(calls) {
		findings = append(findings, sums(counter)...)
		findings = append(findings, bounds(counter, dumps)...)
	}
	return append(findings, outcomes(calls)...)
}

// sums reports two additions that gave the same sum: one of them was lost.
func sums(counter itemCalls) []Finding {
	var findings []Finding
	first := map[int64]history.Call{}
	for _, call := range settled(counter.calls) {
		sum, known := sumOf(call)
		if other, taken := first[sum]; known && taken {
			findings = append(findings, Finding{Rule: "counters", Text: fmt.Sprintf("two additions gave the sum %d", sum),
				Calls: []history.Call{other, call}})
		}
		if known {
			first[sum] = call
		}
	}
	return findings
}

// sumOf returns what an addition gave.
func sumOf(call history.Call) (int64, bool) {
	if call.Kind != history.OK || call.Function != history.Transact || len(call.Results) != 1 {
		return 0, false
	}
	sum, err := strconv.ParseInt(string(call.Results[0]), 10, 64)
	return sum, err == nil
}

// bounds checks each count that was read, and those at the end: it lies between
// the additions that had been acknowledged before the read was sent, and those
// that were sent before it returned and were not refused.
func bounds(counter itemCalls, dumps []history.Dump) []Finding {
	var findings []Finding
	additions, reads := split(counter, dumps)
	acknowledged, sent := places(additions)
	for _, read := range reads {
		least, most := below(acknowledged, read.Invoked), below(sent, read.Returned)
		if read.Value < least || read.Value > most {
			findings = append(findings, Finding{Rule: "counters", Text: fmt.Sprintf(
				"counter %s shows %d, want %d to %d", counter.item, read.Value, least, most), Calls: []history.Call{read}})
		}
	}
	return findings
}

// places returns where in the history the additions were acknowledged, and where those
// were sent that were not refused, both in order.
func places(additions []history.Call) (acknowledged, sent []int) {
	for _, call := range additions {
		if call.Kind == history.OK {
			acknowledged = append(acknowledged, call.Returned)
		}
		if call.Kind != history.Fail {
			sent = append(sent, call.Invoked)
		}
	}
	slices.Sort(acknowledged)
	slices.Sort(sent)
	return acknowledged, sent
}

// below returns how many of the places come before another one. No two events have the
// same.
func below(places []int, place int) int64 {
	n, _ := slices.BinarySearch(places, place)
	return int64(n)
}

// split returns the additions as all answers together tell of them, and the
// reads.
func split(counter itemCalls, dumps []history.Dump) (additions, reads []history.Call) {
	for _, call := range settled(counter.calls) {
		switch {
		case call.Function == history.Transact:
			additions = append(additions, call)
		case call.Function == history.Get && call.Kind == history.OK:
			reads = append(reads, call)
		}
	}
	for _, dump := range dumps {
		reads = append(reads, seen(counter.item, dump))
	}
	return additions, reads
}

// outcomes reports answers to questions about one write that contradict each
// other.
func outcomes(calls []history.Call) []Finding {
	var findings []Finding
	told := map[int64]history.Call{}
	for _, call := range calls {
		if call.Function != history.Outcome || call.Kind != history.OK && call.Code != history.GivenUp {
			continue
		}
		other, asked := told[call.Of]
		if asked && (other.Kind != call.Kind || other.Revision != call.Revision || !sameResults(other.Results, call.Results)) {
			findings = append(findings, Finding{Rule: "counters", Text: "two answers about one outcome contradict each other",
				Calls: []history.Call{other, call}})
		}
		told[call.Of] = call
	}
	return findings
}

func sameResults(a, b []json.RawMessage) bool { return compact(a) == compact(b) }
