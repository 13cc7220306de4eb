package tree

import (
	"iter"
	"slices"
)

// Change is one item that differs between two trees.
type Change struct {
	// Path is where the item stands. It belongs to the receiver.
	Path Path

	// Old is the item in the old tree; it does not exist when the item was
	// added.
	Old Item

	// New is the item in the new tree; it does not exist when the item was
	// removed. When both exist the item itself changed, or was removed and made
	// anew, which Created tells.
	New Item
}

// Diff returns an iterator over the items that differ between two trees: added,
// removed, and modified themselves, that is in content or metadata. An item
// above a change is not one of them unless it gained or lost a child. Every
// item of a subtree that was added or removed is listed. The order is that of
// paths, a parent before its children.
//
// For trees of which one was edited from the other, only what changed is
// visited; other trees are compared as a whole.
func Diff(old, new *Tree) iter.Seq[Change] { return DiffAt(old, new, nil) }

// DiffAt is Diff for the item at p and what is beneath it. The paths in the
// changes start at the root.
func DiffAt(old, new *Tree, p Path) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		d := differ{path: slices.Clone(p), yield: yield}
		d.visit = d.child
		if a, b := old.root.descend(p), new.root.descend(p); a != b {
			d.item(a, b)
		}
	}
}

// differ is one walk over two trees.
type differ struct {
	pairing
	path  Path // of the item that is being visited
	yield func(Change) bool
}

// child visits a child of the item that is being visited.
func (d *differ) child(a, b *record) bool {
	present := a
	if a == nil {
		present = b
	}
	d.path = append(d.path, present.key)
	more := d.item(a, b)
	d.path = d.path[:len(d.path)-1]
	return more
}

// item visits the item at path, of which a and b, never both nil and never the
// same, are what the trees hold.
func (d *differ) item(a, b *record) bool {
	if !sameItself(a, b) && !d.yield(Change{Path: slices.Clone(d.path), Old: Item{a}, New: Item{b}}) {
		return false
	}
	return d.children(a, b)
}

// sameItself reports whether an item is the same in two trees but for what is
// beneath it.
func sameItself(a, b *record) bool {
	if a == nil || b == nil {
		return false
	}
	return a.created == b.created && a.modified == b.modified && a.version == b.version &&
		a.kind() == b.kind() && a.value.Equal(b.value)
}
