package fake

import (
	"slices"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
	"example.com/gstate/jepsen-like/nodes"
)

const (
	// latency is how long a request, and how long an answer is under way: so
	// long that a kill usually finds some of them there.
	latency = 4 * time.Millisecond
	// electionTime is how long the nodes are without a leader when it is gone.
	electionTime = 300 * time.Millisecond
	// memory is how far behind the state is that a stale answer comes from.
	memory = time.Second
	// stuckAt is a revision that a run comes to after a second.
	stuckAt = 500
	// divergedUntil is a revision that a run of six seconds leaves behind.
	divergedUntil = 1500
)

// Cluster is the nodes and their tree. Make one with New.
type Cluster struct {
	ids []string
	bug Bug
	mu  struct {
		sync.Mutex
		nodes map[string]*node
		tree  *model.Tree
		// old is a state from the past, taken at oldTime, for stale answers.
		old     *model.Tree
		oldTime time.Time
		// stuck is the state before revision stuckAt.
		stuck *model.Tree
		// lives are those of the items that end by themselves.
		lives map[string]life
		// log has all changes, in order.
		log []change
		// leader is the id of the leader, from the time elected on; before,
		// the nodes have none. It may be down.
		leader  string
		elected time.Time
		// news is closed, and replaced, when the tree has changed.
		news chan struct{}
		// made counts writes, for the bugs that come now and then.
		made    int
		crashes []nodes.Crash
		// outcomes are those of writes that were unknown to their clients, by id.
		outcomes map[string]outcome
	}
}

// node is one member.
type node struct {
	up bool
	// kills counts how often the node was killed: an answer of an earlier life
	// is lost.
	kills int
	// starts counts how often it was started, served its requests.
	starts, served int
	// resumed is closed when a pause ends; it is nil when the node is not
	// paused.
	resumed chan struct{}
	// ended is closed when the node is killed.
	ended chan struct{}
}

// New returns a cluster of nodes that are down, with the given bug.
func New(ids []string, bug Bug) *Cluster {
	c := &Cluster{ids: ids, bug: bug}
	c.mu.nodes = map[string]*node{}
	for _, id := range ids {
		c.mu.nodes[id] = &node{}
	}
	c.mu.tree = model.New()
	c.mu.old = c.mu.tree.Clone()
	c.mu.lives, c.mu.outcomes = map[string]life{}, map[string]outcome{}
	c.mu.leader, c.mu.news = ids[0], make(chan struct{})
	return c
}

// IDs returns the ids of all nodes.
func (c *Cluster) IDs() []string { return c.ids }

// Addresses returns the base URL of each node, by id.
func (c *Cluster) Addresses() map[string]string {
	addresses := map[string]string{}
	for _, id := range c.ids {
		addresses[id] = "http://" + id
	}
	return addresses
}

// Running reports whether a node runs and is not paused.
func (c *Cluster) Running(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.mu.nodes[id]
	return n.up && n.resumed == nil
}

// Start starts a node that is down.
func (c *Cluster) Start(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.mu.nodes[id]; !n.up {
		n.up, n.ended = true, make(chan struct{})
		n.starts++
	}
	return nil
}

// Starts returns how often a node was started so far.
func (c *Cluster) Starts(id string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.nodes[id].starts
}

// Kill ends a node, paused or not. Its callers lose their connections.
func (c *Cluster) Kill(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.mu.nodes[id]
	if !n.up {
		return nil
	}
	n.up = false
	n.kills++
	close(n.ended)
	n.endPause()
	c.deposeLocked(id)
	c.silenceLocked(id)
	if c.bug == Crashing {
		c.mu.crashes = append(c.mu.crashes, nodes.Crash{Node: id, At: time.Now(), Status: "exit status 2", Log: "none"})
	}
	return nil
}

// CanPause returns nil.
func (c *Cluster) CanPause() error { return nil }

// Pause lets the callers of a node wait.
func (c *Cluster) Pause(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.mu.nodes[id]; n.up && n.resumed == nil {
		n.resumed = make(chan struct{})
		c.deposeLocked(id)
	}
	return nil
}

// Resume ends a pause.
func (c *Cluster) Resume(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.nodes[id].endPause()
	return nil
}

func (n *node) endPause() {
	if n.resumed != nil {
		close(n.resumed)
		n.resumed = nil
	}
}

// deposeLocked makes the next node the leader, after an election, if this one
// is it.
func (c *Cluster) deposeLocked(id string) {
	if c.mu.leader != id {
		return
	}
	next := (slices.Index(c.ids, id) + 1) % len(c.ids)
	c.mu.leader = c.ids[next]
	c.mu.elected = time.Now().Add(electionTime)
}

// ledLocked reports whether the nodes have a leader.
func (c *Cluster) ledLocked() bool { return !time.Now().Before(c.mu.elected) }

// Crashes returns the nodes that have ended by themselves.
func (c *Cluster) Crashes() []nodes.Crash {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.mu.crashes)
}

// Usage returns what a process of a node might take.
func (c *Cluster) Usage(id string) history.Usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	usage := history.Usage{Start: c.mu.nodes[id].starts, Memory: 20 << 20, Files: 20, Threads: 9}
	if c.bug == Leaking {
		usage.Files += c.mu.nodes[id].served
	}
	return usage
}
