package checker

import (
	"encoding/json"
	"fmt"
	"path"

	"example.com/gstate/jepsen-like/history"
)

// SetClasses counts what has become of the elements of sets.
type SetClasses struct {
	// OK were in every read after they were known: acknowledged, or seen.
	OK int
	// Lost were known, and not in the last read.
	Lost int
	// Stale were known, and not in a later read, but in one after that.
	Stale int
	// NeverRead had an unknown outcome, and were in no read.
	NeverRead int
	// Recovered had an unknown outcome, and were in reads.
	Recovered int
	// Duplicated were acknowledged more than once.
	Duplicated int
}

// Set checks linearizable reads of whole sets: an element that is known is in each
// of them. It does not look at revisions. The calls are inserts of elements and
// reads of what they stand beneath.
func Set(calls []history.Call, dumps []history.Dump) (SetClasses, []Finding) {
	var classes SetClasses
	var findings []Finding
	reads, unreadable := setReads(calls, dumps)
	for _, read := range unreadable {
		findings = append(findings, Finding{Rule: "set", Text: fmt.Sprintf("a read of %s shows no set", read.Item), Calls: []history.Call{read}})
	}
	for _, group := range byItem(calls) {
		if parent(group.item) == "" {
			continue // the reads
		}
		one := element{item: group.item, inserts: group.calls}
		one.look(reads[parent(group.item)])
		one.count(&classes)
		if finding, wrong := one.judge(); wrong {
			findings = append(findings, finding)
		}
	}
	return classes, findings
}

// setRead is a read of a whole set.
type setRead struct {
	call history.Call
	// numbers are those of the inserts that it shows, by the element's key.
	numbers map[string]int64
}

// setReads returns the reads of each set, in order, and those that show something
// else.
func setReads(calls []history.Call, dumps []history.Dump) (all map[string][]setRead, unreadable []history.Call) {
	sets, all := map[string]bool{}, map[string][]setRead{}
	add := func(call history.Call) {
		read := setRead{call: call}
		if call.Found && json.Unmarshal(call.Whole, &read.numbers) != nil {
			unreadable = append(unreadable, call)
			return
		}
		all[call.Item] = append(all[call.Item], read)
	}
	for _, call := range calls {
		if call.Function == history.Get && call.Kind == history.OK && call.Linearizable {
			add(call)
		}
		sets[parent(call.Item)] = true
	}
	for _, dump := range dumps {
		var members map[string]json.RawMessage
		if json.Unmarshal(dump.Root, &members) != nil {
			continue
		}
		for _, set := range sortedKeys(sets) {
			read := seen(set, dump)
			read.Whole, read.Found = members[set], members[set] != nil
			add(read)
		}
	}
	return all, unreadable
}

// element is an item of a set, and what reads have shown of it.
type element struct {
	item    string
	inserts []history.Call
	// acknowledged counts the inserts that were.
	acknowledged int
	// missing is the last read without it after it was known, returned the first
	// one with it after that.
	missing, returned *history.Call
	known             bool
}

// look goes through the reads of the element's set.
func (e *element) look(reads []setRead) {
	since := history.Never
	for _, insert := range e.inserts {
		if insert.Kind == history.OK {
			e.acknowledged++
			since = min(since, insert.Returned)
		}
	}
	for _, read := range reads {
		if e.in(read) {
			since = min(since, read.call.Returned)
			e.known = true
		}
	}
	for i, read := range reads {
		switch {
		case read.call.Invoked <= since:
		case !e.in(read):
			e.missing, e.returned = &reads[i].call, nil
		case e.missing != nil && e.missing.Before(read.call):
			e.returned = &reads[i].call
		}
	}
	e.known = e.known || e.acknowledged > 0
}

// in reports whether a read shows one of the inserts that were not refused.
func (e *element) in(read setRead) bool {
	number, found := read.numbers[path.Base(e.item)]
	for _, insert := range e.inserts {
		if found && insert.Number == number && insert.Kind != history.Fail {
			return true
		}
	}
	return false
}

func (e *element) count(classes *SetClasses) {
	switch {
	case e.acknowledged > 1:
		classes.Duplicated++
	case e.missing != nil && e.returned == nil:
		classes.Lost++
	case e.missing != nil:
		classes.Stale++
	case !e.known:
		classes.NeverRead++
	case e.acknowledged == 0:
		classes.Recovered++
	default:
		classes.OK++
	}
}

// judge says what is wrong with the element.
func (e *element) judge() (Finding, bool) {
	switch {
	case e.missing != nil && e.returned != nil:
		return Finding{Rule: "set", Text: fmt.Sprintf("element %s was known, then missing, and then there again", e.item),
			Calls: append(e.inserts, *e.returned, *e.missing)}, true
	case e.missing != nil:
		return Finding{Rule: "set", Text: fmt.Sprintf("element %s was known, and is lost", e.item),
			Calls: append(e.inserts, *e.missing)}, true
	}
	return Finding{}, false
}
