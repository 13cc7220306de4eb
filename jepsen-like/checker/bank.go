package checker

import (
	"encoding/json"
	"fmt"

	"example.com/gstate/jepsen-like/history"
)

// Bank checks the reads of all accounts beneath an item: together they hold the
// sum, and none is overdrawn. It does not look at revisions.
func Bank(item string, sum int, calls []history.Call, dumps []history.Dump) []Finding {
	type account struct{ Balance int }
	return eachRead("bank", item, calls, dumps, func(accounts map[string]account) string {
		total := 0
		for _, name := range sortedKeys(accounts) {
			balance := accounts[name].Balance
			if balance < 0 {
				return fmt.Sprintf("account %s holds %d", name, balance)
			}
			total += balance
		}
		if total != sum {
			return fmt.Sprintf("the accounts hold %d together, want %d", total, sum)
		}
		return ""
	})
}

// OnCall checks the reads of all doctors beneath an item: one of them is on call
// at least. It does not look at revisions.
func OnCall(item string, calls []history.Call, dumps []history.Dump) []Finding {
	type doctor struct{ On bool }
	return eachRead("on-call", item, calls, dumps, func(doctors map[string]doctor) string {
		for _, doctor := range doctors {
			if doctor.On {
				return ""
			}
		}
		return "nobody is on call"
	})
}

// eachRead judges each read of an item, and the reads that the dumps stand for.
// The judge says what is wrong with the children, or nothing.
func eachRead[C any](rule, item string, calls []history.Call, dumps []history.Dump, judge func(map[string]C) string) []Finding {
	var findings []Finding
	for _, call := range readsAt(item, calls, dumps) {
		var children map[string]C
		text := ""
		if err := json.Unmarshal(call.Whole, &children); err != nil {
			text = fmt.Sprintf("a read of %s shows no objects: %v", item, err)
		} else {
			text = judge(children)
		}
		if text != "" {
			findings = append(findings, Finding{Rule: rule, Text: text, Calls: []history.Call{call}})
		}
	}
	return findings
}

// readsAt returns the reads that have found an item, and those of the dumps.
func readsAt(item string, calls []history.Call, dumps []history.Dump) []history.Call {
	var reads []history.Call
	for _, call := range calls {
		if call.Function == history.Get && call.Found {
			reads = append(reads, call)
		}
	}
	for _, dump := range dumps {
		var members map[string]json.RawMessage
		if json.Unmarshal(dump.Root, &members) == nil && members[item] != nil {
			read := seen(item, dump)
			read.Found, read.Whole = true, members[item]
			reads = append(reads, read)
		}
	}
	return reads
}
