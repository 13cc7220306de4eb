package cluster

import (
	"slices"
	"sync"

	"example.com/gstate/tree"
)

// AddIndex lets Eval find children of the item at path by a field, instead of looking
// at all of them: a field of each child, as tree.ParsePath reads its path, or "" for
// the child itself. Conditions that compare it with a value, and an order by it with a
// limit, use the index; what a query gives is the same as without.
//
// The index is local to this instance, and nothing of it is in the log: a service adds
// it at each start. Making it takes time for all the children, keeping it up to date
// for those that change, and its memory is some hundred bytes a child. While there are
// links beneath the item it is of no use. The index goes with the call of remove,
// which may be called more than once.
//
// Errors match ErrInvalid or ErrTooLarge, when no item can stand at the path or the
// field.
func (n *Node) AddIndex(path tree.Path, field string) (remove func(), err error) {
	query, err := tree.IndexQuery(path, field)
	if err != nil {
		return nil, &Error{Operation: "add index", Path: path, Err: err}
	}
	r := n.hub.join(query, false)
	n.hub.addIndex(r)
	return sync.OnceFunc(func() { n.hub.removeIndex(r) }), nil
}

// Eval returns what the query reads from this node's state, as query.Eval(n.Tree())
// does, with the help of the indexes that were added. It never waits for other
// instances. Writes that returned on this node are in it.
func (n *Node) Eval(query tree.Query) (v tree.Value, exists bool) {
	t, indexes := n.hub.indexed()
	if t == nil {
		t = n.Tree()
	}
	return query.EvalIndexed(t, indexes...)
}

func (h *hub) addIndex(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.indexes = append(h.mu.indexes, r)
}

func (h *hub) removeIndex(r *reader) {
	h.mu.Lock()
	h.mu.indexes = slices.DeleteFunc(h.mu.indexes, func(other *reader) bool { return other == r })
	h.mu.Unlock()
	h.leave(r)
}

// indexed returns the present tree with its indexes, or nil when there are none.
func (h *hub) indexed() (*tree.Tree, []tree.Index) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.mu.indexes) == 0 {
		return nil, nil
	}
	h.advanceLocked()
	indexes := make([]tree.Index, len(h.mu.indexes))
	for i, r := range h.mu.indexes {
		indexes[i] = tree.IndexOf(r.topic.shown.Load(), h.mu.tree)
	}
	return h.mu.tree, indexes
}
