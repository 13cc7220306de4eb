package fsm

import (
	"strings"

	"example.com/gstate/tree"
)

// An ephemeral item is kept by the session of the instance that wrote it. A
// session that keeps items has a lease, which its instance refreshes
// (KindRefresh), and which ends at once when the instance says that it leaves
// (KindLeave). It is no more than the life of these items: the numbers of the
// session and the answers to them (session.go) stay, and its next ephemeral item
// gives it another lease. So an instance that was silent for longer loses its
// items, but never what it wants to know of its writes.

// sessionPrefix begins the key of a session's life. Hashes are hexadecimal.
const sessionPrefix = "s"

// keepBySession lets the item of an operation live with the session of the
// command, in the place of any other session.
func (d *Draft) keepBySession(o Operation) error {
	kept, err := d.lifeAt(o.Kind, o.Path)
	if err != nil {
		return err
	}
	for _, keeper := range d.lives.list(tree.Path{livesOf, kept.key, lifeKeepers}) {
		if strings.HasPrefix(keeper, sessionPrefix) && keeper != sessionKey(d.session) {
			d.lives.releaseFrom(kept, keeper)
		}
	}
	session := d.lives.ofSession(d.session)
	if ttl := uint64(o.Value.Int()); session.ttl != ttl {
		d.lives.grant(session, ttl)
	}
	d.lives.keep(kept, session)
	return nil
}

// ofSession returns the life of a session. There is one from then on.
func (l lives) ofSession(session uint64) life {
	key := sessionKey(session)
	if there, ok := l.get(key); ok {
		return there
	}
	// It ends in a change of its own, so that no other life of this session has
	// begun in the same one.
	l.set(tree.Path{livesOf, key, lifeCreated}, tree.IntValue(int64(l.edit.Revision()+1)))
	made, _ := l.get(key)
	return made
}

// refreshSession grants the lease of a session again, and reports whether it has
// one. It has none any more when all that it kept is gone.
func (d *Draft) refreshSession(session uint64) bool {
	key := sessionKey(session)
	for _, kept := range d.lives.first(tree.Path{livesOf, key, lifeKeeps}, goneAtOnce) {
		if item, ok := d.lives.get(kept); ok && !d.alive(item) {
			d.lives.end(item, ReasonKeeper)
		}
	}
	held, ok := d.lives.get(key)
	if ok {
		d.lives.grant(held, held.ttl)
	}
	d.commit()
	return ok
}

// endSession ends the lease of a session, and with it what it keeps.
func (d *Draft) endSession(session uint64) {
	d.created, d.reasons = 0, 0
	backlog := d.backlog()
	if held, ok := d.lives.get(sessionKey(session)); ok {
		d.lives.end(held, ReasonSession)
	}
	if !backlog {
		d.cascade()
	}
	d.commit()
}
