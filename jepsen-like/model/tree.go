package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"example.com/gstate/jepsen-like/history"
)

// Tree is a state of the tree. Make one with New or Parse.
type Tree struct {
	// Revision is that of the newest change.
	Revision uint64
	root     *node
	// base is the revision with which it began: who has changed what until then
	// is not known.
	base uint64
}

// node is an item.
type node struct {
	// leaf is the value of one that is neither an object nor an array.
	leaf any
	// children are those of an object or an array, by key; nil for a leaf.
	children map[string]*node
	array    bool
	// created is the revision that made it, and modified the newest one at or
	// beneath it; 0 if that is not known.
	created, modified uint64
}

// Value is what stands at an item, if anything does.
type Value struct {
	// JSON is a plain value with json.Number for numbers.
	JSON any
	Is   bool
}

// New returns an empty tree of revision 0.
func New() *Tree { return &Tree{root: nodeOf(map[string]any{}, 0)} }

// Parse returns the tree of a revision whose root has this JSON. It does not know
// which revision has made or modified what, but that none is greater.
func Parse(revision uint64, text json.RawMessage) (*Tree, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	return &Tree{Revision: revision, root: nodeOf(root, 0), base: revision}, nil
}

// parse reads a value as trees hold it.
func parse(text json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("value %.100s: %w", text, err)
	}
	return v, nil
}

// nodeOf returns the node of a value that a revision has made.
func nodeOf(v any, revision uint64) *node {
	n := &node{leaf: v, created: revision, modified: revision}
	switch v := v.(type) {
	case map[string]any:
		n.leaf, n.children = nil, map[string]*node{}
		for key, child := range v {
			n.children[key] = nodeOf(child, revision)
		}
	case []any:
		n.leaf, n.children, n.array = nil, map[string]*node{}, true
		for i, child := range v {
			n.children[strconv.Itoa(i)] = nodeOf(child, revision)
		}
	}
	return n
}

// value is the inverse of nodeOf.
func (n *node) value() any {
	switch {
	case n.array:
		list := make([]any, len(n.children))
		for i := range list {
			if child := n.children[strconv.Itoa(i)]; child != nil {
				list[i] = child.value()
			}
		}
		return list
	case n.children != nil:
		members := map[string]any{}
		for key, child := range n.children {
			members[key] = child.value()
		}
		return members
	}
	return n.leaf
}

// find returns the node at a path, or nil.
func (t *Tree) find(path []string) *node {
	n := t.root
	for _, key := range path {
		if n = n.children[key]; n == nil {
			return nil
		}
	}
	return n
}

// Get returns what stands at an item, and the newest revision at or beneath it, 0 if
// that is not known.
func (t *Tree) Get(item string) (Value, uint64) {
	n := t.find(keysOf(item))
	if n == nil {
		return Value{}, 0
	}
	return Value{n.value(), true}, n.modified
}

// Has reports whether anything stands at an item.
func (t *Tree) Has(item string) bool { return t.find(keysOf(item)) != nil }

// Clone returns a tree that does not change with t.
func (t *Tree) Clone() *Tree { return &Tree{t.Revision, t.root.clone(), t.base} }

func (n *node) clone() *node {
	twin := *n
	twin.children = maps.Clone(n.children)
	for key, child := range twin.children {
		twin.children[key] = child.clone()
	}
	return &twin
}

// set lets a value stand at a path, or nothing, from a revision on.
func (t *Tree) set(path []string, v Value, revision uint64) {
	if len(path) == 0 {
		t.root = nodeOf(v.JSON, revision)
		return
	}
	n := t.root
	n.modified = revision
	for _, key := range path[:len(path)-1] {
		n.open()
		if n.children[key] == nil {
			n.children[key] = nodeOf(map[string]any{}, revision)
		}
		n = n.children[key]
		n.modified = revision
	}
	last := path[len(path)-1]
	if !v.Is {
		delete(n.children, last)
		return
	}
	n.open()
	before := n.children[last]
	n.children[last] = nodeOf(v.JSON, revision)
	n.children[last].continues(before)
}

// open makes an object of a leaf that something is to stand beneath.
func (n *node) open() {
	if n.children == nil {
		n.leaf, n.children = nil, map[string]*node{}
	}
}

// continues lets a node, and what stands beneath it, be as old as what stood in its
// place.
func (n *node) continues(before *node) {
	if before == nil {
		return
	}
	n.created = before.created
	for key, child := range n.children {
		child.continues(before.children[key])
	}
}

// Make makes an effect, which gives the tree this revision.
func (t *Tree) Make(effect Effect, revision uint64) {
	for item, v := range effect {
		t.set(keysOf(item), v, revision)
	}
	t.Revision = revision
}

// Follow makes the changes that a feed tells of a revision.
func (t *Tree) Follow(changes []history.Change, revision uint64) error {
	for _, change := range changes {
		path, err := ParsePath(change.Path)
		if err != nil {
			return err
		}
		v := Value{Is: change.New != nil}
		if v.Is {
			if v.JSON, err = parse(change.New); err != nil {
				return err
			}
		}
		t.set(path, v, revision)
	}
	t.Revision = revision
	return nil
}
