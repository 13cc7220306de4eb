package checker

import (
	"encoding/json"
	"fmt"
	"slices"

	"example.com/gstate/jepsen-like/cycles"
	"example.com/gstate/jepsen-like/history"
)

// Lists looks for a serial order of transactions that append to lists and read
// them, as package cycles does. Item is of each call the item above its lists.
func Lists(calls []history.Call, dumps []history.Dump) []Finding {
	var findings []Finding
	for _, anomaly := range cycles.Check(Transactions(calls, dumps)) {
		findings = append(findings, Finding{Rule: "lists", Text: anomaly.String(), Calls: entangled(anomaly, calls)})
	}
	return findings
}

// Transactions returns the calls of the workload of lists in the terms of package
// cycles, by their places, and then for each dump one that reads all lists.
func Transactions(calls []history.Call, dumps []history.Dump) []cycles.Transaction {
	names := listNames(calls)
	var all []cycles.Transaction
	for _, call := range calls {
		all = append(all, transaction(call, names))
	}
	for i, dump := range dumps {
		tx := cycles.Transaction{Process: -1 - i, Call: history.Never - 1, Return: history.Never}
		var whole map[string]json.RawMessage
		if json.Unmarshal(dump.Root, &whole) == nil {
			for _, item := range sortedKeys(names) {
				tx.Ops = append(tx.Ops, readsOf(item, whole[item], names[item])...)
			}
		}
		all = append(all, tx)
	}
	return all
}

// listNames returns the lists beneath each item.
func listNames(calls []history.Call) map[string][]string {
	names := map[string][]string{}
	for _, call := range calls {
		for _, clause := range call.Then {
			if !slices.Contains(names[call.Item], clause.Item) {
				names[call.Item] = append(names[call.Item], clause.Item)
			}
		}
	}
	return names
}

func transaction(call history.Call, names map[string][]string) cycles.Transaction {
	tx := cycles.Transaction{Process: call.Process, Call: int64(call.Invoked), Return: int64(call.Returned)}
	switch call.Kind {
	case history.Fail:
		tx.Outcome = cycles.Failed
	case history.Info:
		tx.Outcome = cycles.Unknown
	}
	if call.Function == history.Get {
		tx.Ops = readsOf(call.Item, call.Whole, names[call.Item])
	}
	for place, clause := range call.Then {
		if clause.Function == history.Append {
			tx.Ops = append(tx.Ops, cycles.Append(clause.Item, ElementOf(clause)))
		} else if call.Kind == history.OK {
			tx.Ops = append(tx.Ops, cycles.Read(clause.Item, listOf(call.Results[place])...))
		}
	}
	return tx
}

// readsOf returns the reads of all lists beneath an item. Those that are not there
// yet are empty.
func readsOf(item string, whole json.RawMessage, names []string) []cycles.Op {
	var ops []cycles.Op
	lists := ListsOf(item, whole)
	for _, name := range names {
		ops = append(ops, cycles.Read(name, lists[name]...))
	}
	return ops
}

// ListsOf returns the elements of all lists beneath an item, by their items. What
// is no object of lists has none.
func ListsOf(item string, whole json.RawMessage) map[string][]int {
	var byName map[string]json.RawMessage
	lists := map[string][]int{}
	if json.Unmarshal(whole, &byName) != nil {
		return lists
	}
	for name, list := range byName {
		lists[item+"/"+name] = listOf(list)
	}
	return lists
}

// listOf returns the elements of a list.
func listOf(text json.RawMessage) []int {
	var list []int
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	return list
}

// ListJSON is the inverse of reading a list. No list and an empty one are equal.
func ListJSON(list []int) json.RawMessage { return json.RawMessage(compact(slices.Clip(list))) }

// ElementOf returns what a clause appends.
func ElementOf(clause history.Clause) int {
	var element int
	if err := json.Unmarshal(clause.Value, &element); err != nil {
		panic(fmt.Sprintf("checker: an append of %s to a list of numbers", clause.Value))
	}
	return element
}

// entangled returns the calls of an anomaly's cycle.
func entangled(anomaly cycles.Anomaly, calls []history.Call) []history.Call {
	var list []history.Call
	for _, edge := range anomaly.Cycle {
		if edge.From < len(calls) {
			list = append(list, calls[edge.From])
		}
	}
	return list
}
