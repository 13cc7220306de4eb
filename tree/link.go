package tree

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// The special form of a link in JSON: {"_": "$ref", "path": "users.anna"}.
const (
	linkForm    = "$ref"
	linkContent = "path"
)

// LinkValue returns a link to the item at a copy of p, which need not be there.
// The root is the nil Path. A path at which no item can stand is refused by
// Validate, and so by the tree.
//
// Queries read through a link what stands at its path, as ParseQuery says.
// Nothing else does: to Get, to writes and to differences it is a leaf.
func LinkValue(p Path) Value { return linkOf(slices.Clone(p)) }

// linkOf returns the link that keeps p, which nobody may change any more.
func linkOf(p Path) Value {
	return Value{num: uint64(len(p)), ref: linkData(unsafe.SliceData(p))}
}

// Link returns a copy of the path of a Link. It is nil for a link to the root,
// and for other kinds.
func (v Value) Link() Path { return slices.Clone(v.target()) }

// target is the path of a Link; the caller must not change it.
func (v Value) target() Path {
	data, _ := v.ref.(linkData)
	if data == nil {
		return nil
	}
	return unsafe.Slice(data, v.num)
}

// checkLink refuses a path at which no item can stand.
func checkLink(p Path) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("link: %w", err)
	}
	return nil
}

// parseLink reads the path of a link as ParsePath does. The original marks
// paths from the root by the anchor in front; ours all are, so it may stand
// there and says nothing.
func parseLink(text string) (Value, error) {
	rest, marked := strings.CutPrefix(text, anchorKey+".")
	switch {
	case text == anchorKey:
		text = ""
	case marked && rest != "":
		text = rest
	}
	p, err := ParsePath(text)
	if err != nil {
		return Value{}, fmt.Errorf("link: %w", err)
	}
	return linkOf(p), nil
}

// comparePaths is the order of links, and of items in a tree: key by key, a
// parent before what is beneath it.
func comparePaths(a, b Path) int { return slices.CompareFunc(a, b, CompareKeys) }
