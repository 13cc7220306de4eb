package tree

import (
	"fmt"
	"slices"
)

// Edit is a draft of the trees that follow one tree. It makes a run of changes:
// each is one or more operations (Set, Insert, ...) ended by Commit, and has
// one revision if it changed anything. What the draft has made it changes in
// place, so many changes in one draft are much cheaper than as many drafts.
//
// Every operation is all or nothing: after an error the draft is as before.
// Errors are a *PathError that wraps ErrInvalid or ErrTooLarge when the path or
// the value can stand in no tree, and what the method says. A draft is used by
// one goroutine at a time. Paths passed in are not kept, unless there is a journal,
// but their keys are.
type Edit struct {
	owner     *owner
	root      *record
	revision  uint64 // of the last committed change
	changed   bool   // operations since then have changed something
	published *Tree  // the tree the draft came from or published last

	made       int // of the present operation: items on its path that were made, or had been leaves
	gone       int // of the present operation: items that it has replaced or removed
	journaling bool
	journal    []Write // of all operations since the draft began, if journaling
}

// Set merges v into what stands at p. Items missing on the way are created as
// objects, and a leaf that stands in the way becomes one. A leaf replaces
// whatever is there. An object is merged member by member: children it does not
// mention stay, and an empty object changes nothing where an array or object
// stands. An array replaces whatever is there, though elements that stay equal
// are not touched; at the root, which cannot be replaced, it is merged as an
// object with the keys 0, 1, .... Content that is equal is no change. A leaf at
// the root is ErrInvalid.
func (e *Edit) Set(p Path, v Value) error {
	if err := admit("set", p, v); err != nil {
		return err
	}
	if len(p) > 0 {
		e.write(p, v, false)
		return nil
	}
	if v.isLeaf() {
		return &PathError{Op: "set", Err: fmt.Errorf("a %v cannot stand at the root: %w", v.Kind(), ErrInvalid)}
	}
	e.mergeRoot(v)
	return nil
}

// Insert does what Set does where nothing stands at p, else it returns
// ErrExists. The root is ErrInvalid.
func (e *Edit) Insert(p Path, v Value) error {
	if err := admitBelowRoot("insert", p, v); err != nil {
		return err
	}
	if e.root.descend(p) != nil {
		return errAt("insert", p, ErrExists)
	}
	e.write(p, v, false)
	return nil
}

// Update does what Set does where an item stands at p, else it returns
// ErrNotFound. The root is ErrInvalid.
func (e *Edit) Update(p Path, v Value) error {
	if err := admitBelowRoot("update", p, v); err != nil {
		return err
	}
	if e.root.descend(p) == nil {
		return errAt("update", p, ErrNotFound)
	}
	e.write(p, v, false)
	return nil
}

// Replace makes the item at p and everything beneath it equal to v, or returns
// ErrNotFound when nothing stands there. Parts that are equal already are not
// touched and keep their metadata. The root is ErrInvalid.
func (e *Edit) Replace(p Path, v Value) error {
	if err := admitBelowRoot("replace", p, v); err != nil {
		return err
	}
	if e.root.descend(p) == nil {
		return errAt("replace", p, ErrNotFound)
	}
	e.write(p, v, true)
	return nil
}

// Remove removes the item at p with everything beneath it, or returns
// ErrNotFound when nothing stands there. Elements of an array do not move up:
// the gap makes it an object. The root is ErrInvalid.
func (e *Edit) Remove(p Path) error {
	if err := admitBelowRoot("remove", p, Value{}); err != nil {
		return err
	}
	if !e.remove(p) {
		return errAt("remove", p, ErrNotFound)
	}
	return nil
}

// Delete does what Remove does, but nothing when nothing stands at p.
func (e *Edit) Delete(p Path) error {
	if err := admitBelowRoot("delete", p, Value{}); err != nil {
		return err
	}
	e.remove(p)
	return nil
}

// Commit ends a change. If its operations changed anything it takes the next
// revision, also when they took back what they did, and changed is true. The
// revision returned is that of the last change that has one.
func (e *Edit) Commit() (revision uint64, changed bool) {
	changed = e.changed
	if changed {
		e.revision++
		e.changed = false
	}
	return e.revision, changed
}

// Revision returns the revision of the last committed change.
func (e *Edit) Revision() uint64 { return e.revision }

// Get returns the item at p as the draft has it now, uncommitted operations
// included; it is false when nothing stands there. The Item holds until the
// next operation.
func (e *Edit) Get(p Path) (Item, bool) {
	r := e.root.descend(p)
	return Item{r}, r != nil
}

// Eval returns what q reads from the draft as it is now, as Query.Eval does
// from a tree. The value stays as it is.
func (e *Edit) Eval(q Query) (Value, bool) { return q.eval(e.root) }

// EvalWithin is Eval with the limit of Query.EvalWithin.
func (e *Edit) EvalWithin(q Query, work int) (v Value, exists bool, err error) {
	return q.evalWithin(e.root, work)
}

// Mark is a state of a draft to which Rollback returns.
type Mark struct {
	root     *record
	revision uint64
	changed  bool
	journal  []Write
}

// Mark returns the present state of the draft. It takes no time, but what was
// made before it is copied when it is changed again.
func (e *Edit) Mark() Mark {
	e.owner = new(owner)
	return Mark{root: e.root, revision: e.revision, changed: e.changed, journal: e.journal}
}

// Rollback takes back everything since m, a Mark of this draft: operations,
// committed changes and their revisions. Any mark may be used any number of
// times, also one set before or after another that was used.
func (e *Edit) Rollback(m Mark) {
	e.root, e.revision, e.changed = m.root, m.revision, m.changed
	e.rollbackJournal(m.journal)
}

// Tree publishes the present state; operations that are not committed are
// committed first. The draft may go on. When nothing changed since the draft
// began or last published, the same tree is returned. The digest is computed
// here: one hash for each item that changed or lies above one that did.
func (e *Edit) Tree() *Tree {
	e.Commit()
	// Whatever changes anything copies the root first, so the same root is the
	// same content.
	if e.root != e.published.root || e.revision != e.published.revision {
		e.owner = new(owner)
		e.published = newTree(e.root, e.revision)
	}
	return e.published
}

// write carries out a write at p, which is not the root.
func (e *Edit) write(p Path, v Value, exact bool) {
	root, changed := e.writer(exact).write(e.root, "", p, v)
	e.root, e.changed = root, e.changed || changed
	if changed {
		form := formMerge
		if exact {
			form = formExact
		}
		e.note(p, v, form)
	}
}

// mergeRoot merges an array or object into the root.
func (e *Edit) mergeRoot(v Value) {
	root, changed := e.writer(false).merge(e.root, v)
	e.root, e.changed = root, e.changed || changed
	if changed {
		e.note(nil, v, formMerge)
	}
}

// remove removes the item at p, and reports whether there was one.
func (e *Edit) remove(p Path) bool {
	if e.root.descend(p) == nil {
		return false
	}
	e.root, e.changed = e.writer(false).remove(e.root, p), true
	e.note(p, Value{}, formRemoval)
	return true
}

// writer returns what carries out one operation of the present change.
func (e *Edit) writer(exact bool) writer {
	e.made, e.gone = 0, 0
	return writer{owner: e.owner, revision: e.revision + 1, exact: exact, made: &e.made, gone: &e.gone}
}

// errAt returns the error of an operation at p.
func errAt(op string, p Path, err error) error {
	return &PathError{Op: op, Path: slices.Clone(p), Err: err}
}

// admit refuses a path at which nothing can stand and a value that cannot stand
// there.
func admit(op string, p Path, v Value) error {
	if err := p.Validate(); err != nil {
		return errAt(op, p, err)
	}
	if err := strictRules.check(v, MaxDepth-len(p)); err != nil {
		return errAt(op, slices.Concat(p, err.Path), err.Err)
	}
	return nil
}

// admitBelowRoot is admit for operations that the root does not know.
func admitBelowRoot(op string, p Path, v Value) error {
	if len(p) == 0 {
		return &PathError{Op: op, Err: fmt.Errorf("the root always exists and can only be set: %w", ErrInvalid)}
	}
	return admit(op, p, v)
}
