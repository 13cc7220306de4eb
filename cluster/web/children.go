package web

import "example.com/gstate/tree"

// child is the metadata of one child of an item.
type child struct {
	Key string `json:"key"`
	// Created is the revision that created the child: its token.
	Created uint64 `json:"created"`
	// Modified and Version are what they are in found.
	Modified uint64 `json:"modified"`
	Version  uint64 `json:"version"`
}

// childrenOf returns the metadata of all children in the order of their keys. It
// is never nil.
func childrenOf(item tree.Item) []child {
	children := make([]child, 0, item.Len())
	for key, c := range item.Children() {
		children = append(children, child{Key: key, Created: c.Created(), Modified: c.Newest(), Version: c.Version()})
	}
	return children
}
