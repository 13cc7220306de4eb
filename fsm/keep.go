package fsm

import "example.com/gstate/tree"

// An item may live with others: it is removed when one of its keepers ends. A
// keeper is an item, which ends when it is removed by whatever operation, or the
// session of an instance, which ends when its lease is over or its instance
// says so. Keepers may be kept themselves.
//
// What an operation ends is found at once, by the paths that it has written
// (Draft.noteEnds); cascade.go does what follows.

// keepWhile lets the item of an operation live with another one.
func (d *Draft) keepWhile(o Operation) error {
	kept, err := d.itemAt(o.Kind, o.Path)
	if err != nil {
		return err
	}
	keeper, err := d.itemAt(o.Kind, o.Keeper)
	if err != nil {
		return err
	}
	if o.Path.Equal(o.Keeper) {
		return &tree.PathError{Op: o.Kind.String(), Path: o.Path, Err: tree.ErrInvalid}
	}
	// What gone items have left at these paths may be all that there was of the
	// life of the other: it goes before either is used.
	d.lives.endOther(o.Path, kept.Created())
	d.lives.endOther(o.Keeper, keeper.Created())
	d.lives.keep(d.lifeOf(o.Path, kept), d.lifeOf(o.Keeper, keeper))
	return nil
}

// keep makes the item with the life kept live with a keeper.
func (l lives) keep(kept, keeper life) {
	l.set(tree.Path{livesOf, kept.key, lifeKeepers, keeper.key}, tree.IntValue(int64(keeper.created)))
	l.set(tree.Path{livesOf, keeper.key, lifeKeeps, kept.key}, tree.IntValue(int64(kept.created)))
	if !keeper.follows {
		l.show(keeper)
	}
}

// release frees an item of its keepers.
func (l lives) release(kept life) {
	for _, keeper := range l.list(tree.Path{livesOf, kept.key, lifeKeepers}) {
		l.releaseFrom(kept, keeper)
	}
}

// releaseFrom frees an item of one keeper, which may have ended.
func (l lives) releaseFrom(kept life, keeper string) {
	l.removeFrom(tree.Path{livesOf, kept.key, lifeKeepers}, keeper)
	l.removeFrom(tree.Path{livesOf, keeper, lifeKeeps}, kept.key)
	l.settle(keeper)
}

// settle removes what there is of a life only because something follows from
// its end, if nothing does any more.
func (l lives) settle(key string) {
	left, ok := l.get(key)
	if !ok || left.follows {
		return
	}
	if l.hide(left); left.isSession() {
		l.endLease(left)
	}
	l.prune(key)
}

// show lists an item, from whose end something follows, beneath each path that
// leads to it. Sessions are at no path.
func (l lives) show(shown life) {
	for _, list := range shown.lists() {
		l.set(list.Child(shown.key), tree.NullValue())
	}
}

// hide is the opposite of show.
func (l lives) hide(shown life) {
	for _, list := range shown.lists() {
		l.removeFrom(list, shown.key)
	}
}

// lists returns where an item is listed.
func (l life) lists() []tree.Path {
	if l.isSession() {
		return nil
	}
	lists := make([]tree.Path, len(l.path)+1)
	for n := range lists {
		lists[n] = beneath(l.path[:n])
	}
	return lists
}

// beneath is the list of what stands at the path and beneath.
func beneath(path tree.Path) tree.Path { return tree.Path{livesBeneath, itemKey(path)} }

// noteEnds ends the lives of the items that the operation has removed, as far as
// something follows from it.
func (d *Draft) noteEnds(o Operation) {
	if shown, _ := d.lives.edit.Get(atBeneath); shown.Len() == 0 && len(d.young) == 0 {
		return
	}
	switch o.Kind {
	case OpSet, OpUpdate:
		d.noteMerge(o.Path, o.Value)
	case OpReplace, OpRemove, OpDelete, OpUnion, OpDifference:
		d.noteBeneath(o.Path)
	default:
		return
	}
	d.noteYoung(o.Path)
}

// noteYoung ends the lives of the items at the path and beneath that were made
// and removed by the present change, whatever follows from it.
func (d *Draft) noteYoung(path tree.Path) {
	for _, young := range d.young {
		if !young.path.HasPrefix(path) || d.alive(young) {
			continue
		}
		if left, ok := d.lives.get(young.key); ok {
			d.lives.end(left, ReasonKeeper)
		}
	}
}

// noteMerge is noteEnds for a value that was merged: of an object only what it
// mentions can have come to an end.
func (d *Draft) noteMerge(path tree.Path, value tree.Value) {
	if shown, _ := d.lives.edit.Get(beneath(path)); shown.Len() == 0 {
		return
	}
	if value.Kind() != tree.Object {
		d.noteBeneath(path)
		return
	}
	for key, member := range value.Members() {
		d.noteMerge(path.Child(key), member)
	}
}

// noteBeneath looks at all items at the path and beneath.
func (d *Draft) noteBeneath(path tree.Path) {
	for _, key := range d.lives.list(beneath(path)) {
		if shown, ok := d.lives.get(key); ok && !d.alive(shown) {
			d.lives.end(shown, ReasonKeeper)
		}
	}
}
