package fake

import (
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

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

// The reasons of changes, in the words of the contract.
const (
	byWrite       = "write"
	byTransaction = "transaction"
	byLease       = "lease"
	bySession     = "session"
	byKeeper      = "keeper"
)

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

// lend returns the life that a write through a node gives to its item.
func (c *Cluster) lend(request history.Request, node string) life {
	l := life{node: node, silence: request.Ephemeral, keeper: request.While}
	switch {
	case request.TTL > 0 && c.bug == EarlyLease:
		l.due = time.Now().Add(request.TTL / 2)
	case request.TTL > 0 && c.bug != EndlessLease:
		l.due = time.Now().Add(request.TTL)
	case request.Ephemeral > 0 && c.bug == LostSession:
		l.due = time.Now().Add(request.Ephemeral)
	}
	return l
}

// liveLocked takes note of the life of the item that was written through a node, if
// it ends by itself.
func (c *Cluster) liveLocked(request history.Request, node string) {
	_, mortal := c.mu.lives[request.Item]
	if mortal || request.Ends() || request.While != "" {
		c.mu.lives[request.Item] = c.mu.lives[request.Item].with(c.lend(request, node))
	}
}

// endWithKeepersLocked adds to an effect that what lives with a removed item ends, and
// reports whether anything does.
func (c *Cluster) endWithKeepersLocked(effect model.Effect) (any bool) {
	var ended []string
	for item, now := range effect {
		if !now.Is {
			ended = append(ended, item)
		}
	}
	for len(ended) > 0 {
		keeper := ended[0]
		ended = ended[1:]
		delete(c.mu.lives, keeper)
		for item, life := range c.mu.lives {
			if life.keeper == keeper && c.bug != LeftBehind {
				effect[item] = model.Value{}
				ended, any = append(ended, item), true
			}
		}
	}
	return any
}

// expireLocked ends what has lived to its end.
func (c *Cluster) expireLocked() {
	for item, life := range c.mu.lives {
		if life.due.IsZero() || time.Now().Before(life.due) {
			continue
		}
		reason := byLease
		if life.silence > 0 {
			reason = bySession
		}
		c.makeLocked(model.Effect{item: {}}, reason)
	}
}

// silenceLocked lets end what lives with a node that is not heard any more.
func (c *Cluster) silenceLocked(node string) {
	if c.bug == Orphans {
		return
	}
	for item, life := range c.mu.lives {
		if life.node == node && life.silence > 0 && life.due.IsZero() {
			life.due = time.Now().Add(life.silence)
			c.mu.lives[item] = life
		}
	}
}
