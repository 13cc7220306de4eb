package checker

import (
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

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// under reports whether the item stands beneath parent.
func under(parent, item string) bool { return strings.HasPrefix(item, parent+"/") }
