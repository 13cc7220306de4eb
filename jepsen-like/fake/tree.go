package fake

import (
	"maps"
	"net/http"
)

// tree is the state that all nodes share, at one revision.
type tree struct {
	revision uint64
	// items holds what stands two keys deep, by path.
	items map[string]item
}

// item is one number, with the field that it stands under, if any.
type item struct {
	number   int64
	field    string
	modified uint64
}

// write is one request to change the tree.
type write struct {
	method string
	path   string
	value  item
	// ifMatch is the revision of the condition. 0: there is none.
	ifMatch uint64
}

// decide returns the code and the revision with which the tree refuses the
// write, or no code.
func (t tree) decide(w write, bug Bug) (code string, revision uint64) {
	old, found := t.items[w.path]
	switch {
	case found && w.method == http.MethodPost && bug != DoubleInsert:
		return "exists", t.revision
	case !found && w.method == http.MethodPatch && bug == StaleUpdate:
		return "", 0
	case !found && (w.ifMatch > 0 || w.method == http.MethodPatch || w.method == http.MethodDelete):
		return "not_found", t.revision
	case w.ifMatch > 0 && old.modified > w.ifMatch && bug != IgnoredCondition:
		return "conflict", old.modified
	}
	return "", 0
}

// make applies a write that was decided, and gives it a revision.
func (t *tree) make(w write) {
	t.revision++
	if w.method == http.MethodDelete {
		delete(t.items, w.path)
		return
	}
	w.value.modified = t.revision
	t.items[w.path] = w.value
}

// clone returns a tree that does not change with t.
func (t tree) clone() tree {
	return tree{revision: t.revision, items: maps.Clone(t.items)}
}
