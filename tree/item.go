package tree

import "iter"

// Item is what stands at a path of one tree: a value and its metadata. It is a
// view, one pointer, that keeps its tree in memory; it stays as it is whatever
// happens to later trees. An Item of a draft (Edit.Get) holds only until the
// next operation on the draft.
//
// The zero Item means that nothing is there; its methods return zero values.
// Items of published trees can be compared with ==: true means that the item
// and everything beneath it are the same, false means nothing.
type Item struct {
	rec *record
}

// Exists reports whether there is an item.
func (i Item) Exists() bool { return i.rec != nil }

// Key returns the last key of the item's path, and "" for the root.
func (i Item) Key() string {
	if i.rec == nil {
		return ""
	}
	return i.rec.key
}

// Kind returns the kind of the item. An item that was set as an array is an
// Array while its keys are 0 to n-1 without a gap, and an Object otherwise.
func (i Item) Kind() Kind {
	if i.rec == nil {
		return Null
	}
	return i.rec.kind()
}

// IsLeaf reports whether the item has a value of its own: it exists and is
// neither an array nor an object.
func (i Item) IsLeaf() bool { return i.rec != nil && i.rec.isLeaf() }

// Value returns the value of the item with everything beneath it. For a leaf it
// allocates nothing; otherwise the array or object is built anew by each call.
func (i Item) Value() Value {
	if i.rec == nil {
		return Value{}
	}
	return i.rec.content()
}

// Created returns the revision that created the item: 0 for the root. An item
// that is removed and inserted again is a new one.
func (i Item) Created() uint64 {
	if i.rec == nil {
		return 0
	}
	return i.rec.created
}

// Modified returns the newest revision that changed the item itself: created
// it, changed its leaf value or its kind, or added or removed a child. A change
// further down does not count; see Newest.
func (i Item) Modified() uint64 {
	if i.rec == nil {
		return 0
	}
	return i.rec.modified
}

// Version returns the number of revisions that changed the item itself: 1 after
// its creation.
func (i Item) Version() uint64 {
	if i.rec == nil {
		return 0
	}
	return i.rec.version
}

// Newest returns the newest revision that changed the item or anything beneath
// it, removals included.
func (i Item) Newest() uint64 {
	if i.rec == nil {
		return 0
	}
	return i.rec.newest()
}

// Count returns the number of items beneath the item, at all levels.
func (i Item) Count() int { return max(i.rec.size()-1, 0) }

// Len returns the number of children of the item.
func (i Item) Len() int {
	if i.rec == nil || i.rec.kids == nil {
		return 0
	}
	return i.rec.kids.length
}

// Children returns an iterator over the children and their keys in the order of
// CompareKeys.
func (i Item) Children() iter.Seq2[string, Item] {
	return func(yield func(string, Item) bool) {
		if i.Len() == 0 {
			return
		}
		for kid := range i.rec.kids.all() {
			if !yield(kid.key, Item{kid}) {
				return
			}
		}
	}
}

// Child returns the child with that key; it is false when there is none.
func (i Item) Child(key string) (Item, bool) {
	kid := i.rec.child(key)
	return Item{kid}, kid != nil
}
