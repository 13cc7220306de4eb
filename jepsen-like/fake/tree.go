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
	// mortal are the paths of those that end by themselves.
	mortal map[string]bool
	// log has all changes, in order.
	log []change
}

// item is one number, with the field that it stands under, if any.
type item struct {
	number   int64
	field    string
	created  uint64
	modified uint64
	life     life
}

// write is one request to change the tree.
type write struct {
	method string
	path   string
	value  item
	// ifMatch is the revision of the condition. 0: there is none.
	ifMatch uint64
	// held is the lock under which the write is made, with its token. Empty: there
	// is none.
	held  string
	token uint64
	// life is what the write says of how long the item lives.
	life life
}

// decide returns the code and the revision with which the tree refuses the
// write, or no code.
func (t tree) decide(w write, bug Bug) (code string, revision uint64) {
	old, found := t.items[w.path]
	if code, revision := t.decideHeld(w); code != "" && bug != IgnoredLock {
		return code, revision
	}
	switch {
	case w.life.keeper != "" && !t.has(w.life.keeper):
		return "not_found", t.revision
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

// decideHeld returns the code and the revision with which the lock of a write
// refuses it, or no code.
func (t tree) decideHeld(w write) (code string, revision uint64) {
	if w.held == "" {
		return "", 0
	}
	lock, found := t.items[w.held]
	switch {
	case !found:
		return "not_found", t.revision
	case lock.created != w.token:
		return "conflict", lock.created
	}
	return "", 0
}

func (t tree) has(path string) bool {
	_, found := t.items[path]
	return found
}

// make applies a write that was decided, and gives it a revision.
func (t *tree) make(w write, bug Bug) {
	t.revision++
	if w.method == http.MethodDelete {
		t.remove(w.path, bug)
		return
	}
	w.value.created, w.value.modified = t.revision, t.revision
	if old, found := t.items[w.path]; found {
		w.value.created, w.value.life = old.created, old.life
	}
	w.value.life = w.value.life.with(w.life)
	t.log = append(t.log, change{revision: t.revision, path: w.path, old: t.items[w.path], now: w.value})
	t.items[w.path] = w.value
	if w.value.life != (life{}) {
		t.mortal[w.path] = true
	}
}

// clone returns a tree that does not change with t.
func (t tree) clone() tree {
	return tree{revision: t.revision, items: maps.Clone(t.items), mortal: maps.Clone(t.mortal)}
}
