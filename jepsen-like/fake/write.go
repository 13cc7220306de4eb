package fake

import (
	"net/http"
	"slices"
)

// writeLocked decides and makes a write, with the cluster's bug.
func (c *Cluster) writeLocked(w write, id string) (int, any, error) {
	deaf := c.bug == Deaf && c.mu.nodes[id].kills > 0
	if deaf || !c.ledLocked() {
		return refuse("no_leader", 0)
	}
	if code, revision := c.mu.tree.decide(w, c.bug); code != "" {
		if c.bug == StaleRefusal {
			revision = min(revision, c.mu.old.revision)
		}
		return refuse(code, revision)
	}
	c.mu.made++
	if c.mu.made%nowAndThen == 0 {
		return c.misbehaveLocked(w)
	}
	c.mu.tree.make(w, c.bug)
	return c.acknowledgeLocked(w)
}

func (c *Cluster) acknowledgeLocked(w write) (int, any, error) {
	status := http.StatusOK
	if w.method == http.MethodPost {
		status = http.StatusCreated
	}
	return status, map[string]any{"revision": c.mu.tree.revision}, nil
}

// misbehaveLocked makes a write in the way of the bug, or as it should be if
// the bug is of another kind.
func (c *Cluster) misbehaveLocked(w write) (int, any, error) {
	switch c.bug {
	case LostWrite:
		c.mu.tree.revision++
		return c.acknowledgeLocked(w)
	case RefusedButMade:
		c.mu.tree.make(w, c.bug)
		return refuse("busy", 0)
	}
	c.mu.tree.make(w, c.bug)
	switch c.bug {
	case LateLoss:
		delete(c.mu.tree.items, c.mu.tree.oldest())
	case AppliedTwice:
		c.mu.tree.revision++
	case SharedRevision:
		c.mu.tree.revision--
	}
	return c.acknowledgeLocked(w)
}

// oldest returns the path of the item that was written first.
func (t tree) oldest() string {
	var paths []string
	for path := range t.items {
		paths = append(paths, path)
	}
	return slices.MinFunc(paths, func(a, b string) int {
		return int(t.items[a].modified) - int(t.items[b].modified)
	})
}
