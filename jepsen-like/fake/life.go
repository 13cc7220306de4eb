package fake

import "time"

// life says when an item ends by itself.
type life struct {
	// due is when it ends. Zero: that is not known, or never.
	due time.Time
	// node is the one that it lives with, and silence for how long that may be
	// silent.
	node    string
	silence time.Duration
	// keeper is the item that it lives with. Empty: none.
	keeper string
}

// with returns the life after a write that may say more of it.
func (l life) with(more life) life {
	if !more.due.IsZero() {
		l.due = more.due
	}
	if more.silence > 0 {
		l.node, l.silence = more.node, more.silence
	}
	if more.keeper != "" {
		l.keeper = more.keeper
	}
	return l
}

// lend returns the life of an item that gets a lease, lives with a node and
// with a keeper, each if it is set.
func lend(ttl, silence time.Duration, node, keeper string, bug Bug) life {
	l := life{node: node, silence: silence, keeper: keeper}
	switch {
	case ttl > 0 && bug == EarlyLease:
		l.due = time.Now().Add(ttl / 2)
	case ttl > 0 && bug != EndlessLease:
		l.due = time.Now().Add(ttl)
	case silence > 0 && bug == LostSession:
		l.due = time.Now().Add(silence)
	}
	return l
}

// remove removes an item and what lives with it, in the present revision.
func (t *tree) remove(path string, bug Bug) {
	t.log = append(t.log, change{revision: t.revision, path: path, old: t.items[path], gone: true})
	delete(t.items, path)
	delete(t.mortal, path)
	if bug == LeftBehind {
		return
	}
	for other := range t.mortal {
		if t.items[other].life.keeper == path {
			t.remove(other, bug)
		}
	}
}

// expireLocked ends what has lived to its end.
func (c *Cluster) expireLocked() {
	for path := range c.mu.tree.mortal {
		if due := c.mu.tree.items[path].life.due; !due.IsZero() && !time.Now().Before(due) {
			c.mu.tree.revision++
			c.mu.tree.remove(path, c.bug)
		}
	}
}

// silenceLocked lets end what lives with a node that is not heard any more.
func (c *Cluster) silenceLocked(node string) {
	if c.bug == Orphans {
		return
	}
	for path := range c.mu.tree.mortal {
		item := c.mu.tree.items[path]
		if item.life.node == node && item.life.silence > 0 && item.life.due.IsZero() {
			item.life.due = time.Now().Add(item.life.silence)
			c.mu.tree.items[path] = item
		}
	}
}
