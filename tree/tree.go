package tree

// Tree is one immutable state of all items, with the revision that made it. It
// may be kept and read for as long as wanted, by any number of goroutines;
// trees that follow each other share what did not change. Take the first one
// from New or Decode and later ones from Edit: the zero Tree is not usable.
type Tree struct {
	root     *record
	revision uint64
	digest   Digest
}

// New returns the empty tree: revision 0, and a root without children.
func New() *Tree { return newTree(newRoot(), 0) }

// newTree publishes root, which nobody may change any more.
func newTree(root *record, revision uint64) *Tree {
	var d digester
	return &Tree{root: root, revision: revision, digest: d.tree(root, revision)}
}

// Revision returns the number of the change that made t. Revisions are dense:
// every change that changed anything has the next one.
func (t *Tree) Revision() uint64 { return t.revision }

// Len returns the number of items, not counting the root.
func (t *Tree) Len() int { return t.root.kids.count }

// Digest returns the digest of t. It is computed when t is published, so this
// takes no time.
func (t *Tree) Digest() Digest { return t.digest }

// Root returns the item at the empty path, which always exists and is an
// object.
func (t *Tree) Root() Item { return Item{t.root} }

// Get returns the item at p; it is false when nothing stands there. It
// allocates no memory.
func (t *Tree) Get(p Path) (Item, bool) {
	r := t.root.descend(p)
	return Item{r}, r != nil
}

// Edit returns a draft that starts as t. It costs nothing until it is changed,
// and t never changes.
func (t *Tree) Edit() *Edit {
	return &Edit{owner: new(owner), root: t.root, revision: t.revision, published: t}
}
