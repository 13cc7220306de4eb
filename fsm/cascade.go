package fsm

import (
	"strconv"

	"example.com/gstate/tree"
)

// What follows from the end of a life is the removal of what it keeps, and then
// its operations for leaving. It is done before the change that has ended it is
// committed, and so in one revision, up to cascadeAtOnce. The rest goes on with
// the next ticks, which come at once, and what ends meanwhile waits behind it: no
// command holds up a replica for however long a chain there is, nor makes changes
// that are another's.

// cascadeAtOnce bounds what follows from one command or tick: removals of items,
// and operations that are made because something has left.
const cascadeAtOnce = 1024

// queue puts aside what follows from the end of a life. why is the reason for
// which what it keeps is then removed.
func (l lives) queue(ended life, why Reason) {
	last, _ := l.edit.Get(tree.Path{livesLast})
	n := last.Value().Int() + 1
	l.set(tree.Path{livesLast}, tree.IntValue(n))
	members := map[string]tree.Value{
		endKey: tree.StringValue(ended.key), lifeCreated: tree.IntValue(int64(ended.created)), endReason: tree.IntValue(int64(why)),
	}
	for _, name := range []string{lifeKeeps, lifeLeave} {
		if follows, ok := l.edit.Get(tree.Path{livesOf, ended.key, name}); ok {
			members[name] = follows.Value()
		}
	}
	l.hide(ended)
	l.set(tree.Path{livesEnded, strconv.FormatInt(n, 10)}, tree.ObjectValue(members))
}

// backlog reports whether what follows from earlier ends is not all done.
func (d *Draft) backlog() bool {
	queue, _ := d.lives.edit.Get(atEnded)
	return queue.Len() > 0
}

// cascade does what follows from the ends of lives, the earliest first.
func (d *Draft) cascade() {
	for left := cascadeAtOnce; left > 0; {
		queue, _ := d.lives.edit.Get(atEnded)
		first, ok := firstChild(queue)
		if !ok {
			return
		}
		left -= d.follow(first)
	}
}

// follow does the next of what follows from one end, and returns how much it
// was.
func (d *Draft) follow(ended tree.Item) int {
	at := tree.Path{livesEnded, ended.Key()}
	keeps, _ := ended.Child(lifeKeeps)
	if kept, ok := firstChild(keeps); ok {
		key, created := kept.Key(), uint64(kept.Value().Int())
		d.lives.removeFrom(at.Child(lifeKeeps), key)
		if held, ok := d.lives.get(key); ok && held.created == created {
			d.removeKept(held, ended)
		}
		return 1
	}
	if reason, _ := ended.Child(endReason); d.reasons == 0 {
		d.reasons = d.reasons.With(Reason(reason.Value().Int()))
	}
	leave, _ := ended.Child(lifeLeave)
	encoded := leave.Value().Bytes()
	d.lives.remove(at)
	return 1 + d.leave(encoded)
}

// removeKept removes an item whose keeper has ended, if it is there. It may have
// been freed meanwhile, or be kept by what came in the place of that keeper.
func (d *Draft) removeKept(kept life, ended tree.Item) {
	key, _ := ended.Child(endKey)
	created, _ := ended.Child(lifeCreated)
	keeper, ok := d.lives.edit.Get(tree.Path{livesOf, kept.key, lifeKeepers, key.Value().Str()})
	if !ok || !keeper.Value().Equal(created.Value()) {
		return
	}
	d.lives.end(kept, ReasonKeeper)
	if d.alive(kept) {
		reason, _ := ended.Child(endReason)
		d.expel(kept.path, Reason(reason.Value().Int()))
	}
}

// firstChild returns the first child of an item, false when there is none.
func firstChild(item tree.Item) (tree.Item, bool) {
	for _, child := range item.Children() {
		return child, true
	}
	return tree.Item{}, false
}
