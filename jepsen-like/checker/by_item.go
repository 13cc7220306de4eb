package checker

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"example.com/gstate/jepsen-like/history"
)

// itemCalls are the calls that concern one item, in order of invocation.
type itemCalls struct {
	item  string
	calls []history.Call
}

// byItem groups the calls by item, sorted by name, so that findings come in
// the same order each time.
func byItem(calls []history.Call) []itemCalls {
	groups := map[string][]history.Call{}
	for _, call := range calls {
		groups[call.Item] = append(groups[call.Item], call)
	}
	var items []itemCalls
	for _, item := range sortedKeys(groups) {
		items = append(items, itemCalls{item, groups[item]})
	}
	return items
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

// parent returns the item above another one, nothing for one at the top.
func parent(item string) string { return item[:max(0, strings.LastIndexByte(item, '/'))] }
