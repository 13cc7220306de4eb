package fsm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"

	"example.com/gstate/tree"
)

// A life is what bounds the time of one item, and what follows from its end:
// its lease (lease.go), what keeps it and what it keeps (keep.go), and the
// operations that are made when it leaves (leave.go). It is that of one item,
// and not of its path: it ends with the item, and does not hold for another
// that is inserted there. Whatever else is written to the item leaves it alone.
// A session that keeps items has a life, too.

// lives are kept in a tree of their own, so that they are part of a snapshot in
// no time and are taken back with a transaction:
//
//	of.KEY            a life:
//	                    path     the item's, by tree.AppendPath; none for a
//	                             session
//	                    created  the revision that made the item; of a session,
//	                             a number that no other life of it has had
//	                    ttl, due milliseconds: the lease, and its end on the
//	                             clock once it has begun
//	                    keepers  {KEY: created, ...} what keeps it
//	                    keeps    {KEY: created, ...} what it keeps
//	                    leave    operations, as in a command
//	new.KEY           null, of leases that were granted since the last tick
//	next.KEY          null, of those that begin with the next tick
//	due.MS.KEY        null, of all others, which have a "due": by number, so
//	                  that the earliest is first
//	beneath.KEY.KEY   null: the lives from whose end something follows, beneath
//	                  each path that leads to them
//	ended.N           {"key", "created", "keeps", "leave", "reason"}: what is
//	                  still to follow from the end of others, in this order
//	last              the last N
//	sweep             how many lives there may be before those of gone items are
//	                  looked for
//
// KEY is the hash of a path, whose text may be longer than a key, or "s" and
// the number of a session.
type lives struct{ edit *tree.Edit }

// The branches of the tree of lives, and the members of a life.
const (
	livesOf, livesNew, livesNext, livesDue  = "of", "new", "next", "due"
	livesBeneath, livesEnded                = "beneath", "ended"
	livesLast, livesSweep                   = "last", "sweep"
	lifePath, lifeCreated, lifeTTL, lifeDue = "path", "created", "ttl", "due"
	lifeKeepers, lifeKeeps, lifeLeave       = "keepers", "keeps", "leave"
	endKey, endReason                       = "key", "reason"
)

// What every command asks for is asked for by these, which are not made anew.
var atLives, atBeneath, atEnded = tree.Path{livesOf}, tree.Path{livesBeneath}, tree.Path{livesEnded}

// sweepLeast is how many lives there may be in any case. Beyond twice what was
// left by the last sweep there is another one: on the average a life costs no
// more for it, and what gone items have left never outweighs the rest.
const sweepLeast = 1024

// life is one of them, as it is read.
type life struct {
	key     string
	path    tree.Path
	created uint64
	// ttl is 0 without a lease. due holds if begun.
	ttl, due uint64
	begun    bool
	// kept says that something keeps it, follows that something follows from
	// its end.
	kept, follows bool
}

// itemKey is the key of the life of an item at the path.
func itemKey(path tree.Path) string {
	sum := sha256.Sum256(tree.AppendPath(nil, path))
	return hex.EncodeToString(sum[:])
}

// sessionKey is the key of the life of a session.
func sessionKey(session uint64) string { return sessionPrefix + strconv.FormatUint(session, 10) }

func (l life) isSession() bool { return l.path == nil }

// get returns the life with the key.
func (l lives) get(key string) (life, bool) {
	item, ok := l.edit.Get(tree.Path{livesOf, key})
	if !ok {
		return life{}, false
	}
	return lifeOf(item), true
}

// lifeOf reads a life.
func lifeOf(item tree.Item) life {
	number := func(name string) uint64 {
		member, _ := item.Child(name)
		return uint64(member.Value().Int())
	}
	has := func(name string) bool {
		_, ok := item.Child(name)
		return ok
	}
	read := life{
		key: item.Key(), created: number(lifeCreated),
		ttl: number(lifeTTL), due: number(lifeDue), begun: has(lifeDue),
		kept: has(lifeKeepers), follows: has(lifeKeeps) || has(lifeLeave),
	}
	if encoded, ok := item.Child(lifePath); ok {
		read.path, _, _ = tree.ConsumePath(encoded.Value().Bytes()) // as it was written
	}
	return read
}

// of returns the life of the item at a path, made by the revision created. There
// is one from then on. What another item has left there is ended.
func (l lives) of(path tree.Path, created uint64) life {
	l.endOther(path, created)
	key := itemKey(path)
	if there, ok := l.get(key); ok {
		return there
	}
	l.set(tree.Path{livesOf, key}, tree.ObjectValue(map[string]tree.Value{
		lifePath:    tree.BytesValue(tree.AppendPath(nil, path)),
		lifeCreated: tree.IntValue(int64(created)),
	}))
	made, _ := l.get(key)
	return made
}

// endOther ends what another item than the one made by the revision created has
// left at its path.
func (l lives) endOther(path tree.Path, created uint64) {
	if old, ok := l.get(itemKey(path)); ok && old.created != created {
		l.end(old, ReasonKeeper)
	}
}

// end ends a life. What follows from that waits in its place for Draft.cascade.
func (l lives) end(ended life, why Reason) {
	l.endLease(ended)
	l.release(ended)
	if ended.follows {
		l.queue(ended, why)
	}
	l.remove(tree.Path{livesOf, ended.key})
}

// prune removes a life that says nothing any more.
func (l lives) prune(key string) {
	if left, ok := l.get(key); ok && left.ttl == 0 && !left.kept && !left.follows {
		l.remove(tree.Path{livesOf, key})
	}
}

// sweepDue reports whether there are so many lives that those of gone items are
// to be looked for.
func (l lives) sweepDue() bool {
	all, _ := l.edit.Get(atLives)
	if all.Len() < sweepLeast {
		return false
	}
	least, _ := l.edit.Get(tree.Path{livesSweep})
	return all.Len() >= int(least.Value().Int())
}

// sweep ends the lives that are over.
func (l lives) sweep(alive func(life) bool) {
	all, _ := l.edit.Get(atLives)
	var gone []string
	for key, item := range all.Children() {
		if !alive(lifeOf(item)) {
			gone = append(gone, key)
		}
	}
	left := all.Len() - len(gone)
	for _, key := range gone {
		over, _ := l.get(key)
		l.end(over, ReasonKeeper)
	}
	l.set(tree.Path{livesSweep}, tree.IntValue(int64(2*left)))
}

// set writes to the tree of lives.
func (l lives) set(path tree.Path, value tree.Value) { l.must(l.edit.Set(path, value)) }

// remove removes from the tree of lives what may not be there.
func (l lives) remove(path tree.Path) { l.must(l.edit.Delete(path)) }

// removeFrom is remove from a list, which goes when it is empty.
func (l lives) removeFrom(list tree.Path, key string) {
	l.remove(list.Child(key))
	if item, ok := l.edit.Get(list); ok && item.Len() == 0 {
		l.remove(list)
	}
}

// list returns the keys of a list, so that it may change meanwhile.
func (l lives) list(path tree.Path) []string { return l.first(path, math.MaxInt) }

// first returns the first n keys of a list.
func (l lives) first(path tree.Path, n int) []string {
	item, _ := l.edit.Get(path)
	keys := make([]string, 0, min(n, item.Len()))
	for key := range item.Children() {
		if len(keys) == n {
			break
		}
		keys = append(keys, key)
	}
	return keys
}

// must ends the batch on an error that no input can cause: the paths and values
// written to the tree of lives are always good.
func (l lives) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("tree of lives: %v", err))
	}
}

// alive reports whether that which has the life is still there.
func (d *Draft) alive(l life) bool {
	if l.isSession() {
		return true // until it is ended
	}
	item, ok := d.edit.Get(l.path)
	return ok && item.Created() == l.created
}

// itemAt returns the item at the path of an operation.
func (d *Draft) itemAt(kind OperationKind, path tree.Path) (tree.Item, error) {
	item, ok := d.edit.Get(path)
	if !ok {
		return tree.Item{}, &tree.PathError{Op: kind.String(), Path: path, Err: tree.ErrNotFound}
	}
	return item, nil
}

// lifeOf returns the life of the item, which is at the path.
func (d *Draft) lifeOf(path tree.Path, item tree.Item) life {
	of := d.lives.of(path, item.Created())
	if item.Created() > d.edit.Revision() {
		d.young = append(d.young, of)
	}
	return of
}

// lifeAt returns the life of the item at the path of an operation.
func (d *Draft) lifeAt(kind OperationKind, path tree.Path) (life, error) {
	item, err := d.itemAt(kind, path)
	if err != nil {
		return life{}, err
	}
	return d.lifeOf(path, item), nil
}
