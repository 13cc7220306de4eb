package tree

// owner is the token of a draft. A record or page whose owner is the draft's
// present token was made by that draft and is reachable from nowhere else, so
// it is changed in place; every other one is copied first. The draft takes a
// new token, and so freezes all it has made, when it publishes a tree or sets a
// mark. Tokens are compared by address.
type owner struct {
	_ byte // distinct pointers to a struct without size may be equal
}

// record is what a tree holds of one item. It is immutable once the draft that
// made it has taken a new token; only digest is filled in later, by that draft,
// before the tree is published.
//
// Memory counts here: a leaf takes one record of 96 bytes, its share of a page,
// and its key and content.
type record struct {
	owner    *owner
	key      string
	value    Value     // the content of a leaf; null when kids is set
	kids     *children // nil for a leaf
	created  uint64    // revision that made the item
	modified uint64    // newest revision that changed the item itself; created <= modified
	version  uint64    // changes of the item itself, its creation being 1; version <= modified-created+1
	digest   Digest    // contribution to the parent's digest; zero until it is computed
}

// newRoot returns the root of the empty tree.
func newRoot() *record { return &record{kids: new(children), version: 1} }

// own returns r when o owns it, else a copy that o owns. The copy's digest has
// to be computed anew.
func (r *record) own(o *owner) *record {
	if r.owner == o {
		return r
	}
	c := *r
	c.owner, c.digest = o, Digest{}
	if r.kids != nil {
		kids := *r.kids
		c.kids = &kids
	}
	return &c
}

// touch records that revision changes the item itself. Any number of changes in
// one revision are one version.
func (r *record) touch(revision uint64) {
	if r.modified != revision {
		r.modified = revision
		r.version++
	}
}

// isLeaf reports whether r has a value of its own.
func (r *record) isLeaf() bool { return r.kids == nil }

// isLink reports whether r is a link. A nil record is none.
func (r *record) isLink() bool {
	if r == nil || r.kids != nil {
		return false
	}
	_, link := r.value.ref.(linkData)
	return link
}

// child returns the child with that key, or nil when there is none or r is nil.
func (r *record) child(key string) *record {
	if r == nil || r.kids == nil {
		return nil
	}
	return r.kids.get(key)
}

// descend returns the record at p beneath r, or nil.
func (r *record) descend(p Path) *record {
	for _, key := range p {
		if r = r.child(key); r == nil {
			return nil
		}
	}
	return r
}

// newest is the newest revision that changed r or anything beneath it.
func (r *record) newest() uint64 {
	if r.kids == nil {
		return r.modified
	}
	return r.kids.newest
}

// size is the number of items that r stands for: itself and all beneath it. A
// nil record has none.
func (r *record) size() int { return r.totals().count }

// totals is size, and how many of these items are links.
func (r *record) totals() totals {
	switch {
	case r == nil:
		return totals{}
	case r.kids != nil:
		return totals{1 + r.kids.count, r.kids.links}
	case r.isLink():
		return totals{1, 1}
	default:
		return totals{count: 1}
	}
}

// kind is the kind of the item.
func (r *record) kind() Kind {
	switch {
	case r.kids == nil:
		return r.value.Kind()
	case r.kids.isArray():
		return Array
	default:
		return Object
	}
}

// content is the value of the item with everything beneath it.
func (r *record) content() Value {
	switch r.kind() {
	case Array:
		elements := make([]Value, 0, r.kids.length)
		for kid := range r.kids.all() {
			elements = append(elements, kid.content())
		}
		return arrayOf(elements)
	case Object:
		members := make([]member, 0, r.kids.length)
		for kid := range r.kids.all() {
			members = append(members, member{kid.key, kid.content()})
		}
		return objectOf(members)
	default:
		return r.value
	}
}
