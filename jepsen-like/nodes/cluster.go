package nodes

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/disk"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/network"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// Errors of a Cluster's methods.
var (
	// ErrUnknownNode: no node has this id.
	ErrUnknownNode = errors.New("unknown node")
	// ErrClosed: the cluster was closed, and starts nothing any more.
	ErrClosed = errors.New("cluster is closed")
	// ErrUnsupported: this system has no such signal.
	ErrUnsupported = errors.New("not supported on this system")
)

// Cluster is a set of nodes and their processes. Make one with New.
type Cluster struct {
	config Config
	// nodes does not change after New; what is guarded says so.
	nodes     []*node
	network   network.Network
	connected string
	launcher  *launcher
	// room is where the nodes' disks are mounted; nil if there are none. noDisks
	// says then why not.
	room    *disk.Room
	noDisks error
	// noClocks says why the nodes have no clocks that can be shifted.
	noClocks error
	// waiting counts the goroutines that wait for a process.
	waiting sync.WaitGroup
	mu      struct {
		sync.Mutex
		crashes []Crash
		closed  bool
		// hindered is what Hindered returns.
		hindered uint64
	}
}

// node is one member: what stays when its process ends.
type node struct {
	id, log string
	// dir is its folder while it runs. With a disk of its own that is there, and
	// saved is where the folder is copied to in the end.
	dir, saved string
	storage    storage
	// clock is nil if there is none, or none any more. Guarded by Cluster.mu.
	clock *skew.Clock
	// process is nil while the node is stopped, and starts counts those that the
	// node has had. predecessor is one that was asked to end when process was
	// started, nil if there is none any more. All are guarded by Cluster.mu.
	process, predecessor *process
	starts               int
}

// New connects the nodes and makes their folders. It starts no node. The caller
// ends the cluster with Close.
func New(config Config) (*Cluster, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	c := &Cluster{config: config}
	dir, err := filepath.Abs(config.Dir)
	if err != nil {
		return nil, err
	}
	for _, id := range ids(config.Count) {
		n := &node{id: id, dir: filepath.Join(dir, id), log: filepath.Join(dir, id+".log")}
		if err := os.Mkdir(n.dir, 0o755); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, n)
	}
	if err := c.equip(); err != nil {
		return nil, errors.Join(err, c.dismantle())
	}
	return c, nil
}

// Network is what connects the nodes. The cluster closes it.
func (c *Cluster) Network() network.Network { return c.network }

// Connected says in a line how the nodes are connected, and why so.
func (c *Cluster) Connected() string { return c.connected }

// equip gives the nodes what they are started with.
func (c *Cluster) equip() (err error) {
	way := cmp.Or(c.config.Network, network.Plain)
	if c.network, c.connected, err = network.Open(way, c.IDs(), c.config.Seed); err != nil {
		return err
	}
	if err := errors.Join(c.makeDisks(), c.makeClocks()); err != nil {
		return err
	}
	c.launcher, err = newLauncher(c.enter)
	return err
}

// IDs returns the ids of all nodes, in order.
func (c *Cluster) IDs() []string {
	var ids []string
	for _, n := range c.nodes {
		ids = append(ids, n.id)
	}
	return ids
}

// Addresses returns the base URL of each node, by id. The map is the caller's.
func (c *Cluster) Addresses() map[string]string {
	addresses := map[string]string{}
	for _, n := range c.nodes {
		addresses[n.id] = "http://" + c.network.Place(n.id).HTTP
	}
	return addresses
}

// Running reports whether the node has a process that is not paused.
func (c *Cluster) Running(id string) bool {
	running := false
	err := c.with(id, func(n *node) error {
		running = n.process != nil && !n.process.paused
		return nil
	})
	return running && err == nil
}

// Starts returns how often the node was started so far.
func (c *Cluster) Starts(id string) int {
	starts := 0
	// An unknown node was never started.
	_ = c.with(id, func(n *node) error {
		starts = n.starts
		return nil
	})
	return starts
}

// Start gives the node a process, unless it has one. It does not wait until the
// node is ready.
func (c *Cluster) Start(id string) error {
	return c.with(id, func(n *node) error {
		if n.process != nil {
			return nil
		}
		return c.spawnLocked(n, n.storage.damaged.Load())
	})
}

// spawnLocked gives the node a new process. unsound says that it may find a folder
// that it cannot use.
func (c *Cluster) spawnLocked(n *node, unsound bool) error {
	if c.mu.closed {
		return ErrClosed
	}
	process, err := c.spawn(n)
	if err != nil {
		return err
	}
	process.excuse = NewExcuse(unsound, n.storage.failing.Load())
	n.process = process
	n.starts++
	c.waiting.Go(func() { c.watch(n, process) })
	return nil
}

// watch waits for the end of the process and notes a crash if it is one.
func (c *Cluster) watch(n *node, p *process) {
	defer close(p.ended)
	// The error says no more than the state below.
	_ = p.command.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch p {
	case n.process:
		n.process = nil
	case n.predecessor:
		n.predecessor = nil
	}
	if p.hasRefused() {
		c.mu.hindered++
	}
	if !p.expected() {
		c.mu.crashes = append(c.mu.crashes, Crash{n.id, time.Now(), p.command.ProcessState.String(), n.log})
	}
}

// Kill ends the node's process at once, if it has one, and waits for its end.
// A paused process is killed too, and so is one that still ends.
func (c *Cluster) Kill(id string) error {
	var killed []*process
	err := c.with(id, func(n *node) error {
		var problems []error
		for _, p := range []*process{n.process, n.predecessor} {
			if p != nil {
				p.killed = true
				killed = append(killed, p)
				problems = append(problems, ignoreEnded(p.command.Process.Kill()))
			}
		}
		return errors.Join(problems...)
	})
	for _, p := range killed {
		<-p.ended
	}
	return err
}

// ignoreEnded returns nil for an error that says that the process has ended.
func ignoreEnded(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Pause stops the node's process where it is, until Resume. A node without a
// process is left alone.
func (c *Cluster) Pause(id string) error { return c.signal(id, pause, true) }

// Resume lets a paused process go on. A node that is not paused is left alone.
func (c *Cluster) Resume(id string) error { return c.signal(id, resume, false) }

func (c *Cluster) signal(id string, send func(*os.Process) error, paused bool) error {
	return c.with(id, func(n *node) error {
		if n.process == nil {
			return nil
		}
		if err := ignoreEnded(send(n.process.command.Process)); err != nil {
			return err
		}
		n.process.paused = paused
		return nil
	})
}

// with calls action with the node while the lock is held, and names the node
// in its error.
func (c *Cluster) with(id string, action func(*node) error) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := action(n); err != nil {
		return fmt.Errorf("node %s: %w", id, err)
	}
	return nil
}

// node returns the node with this id.
func (c *Cluster) node(id string) (*node, error) {
	at := slices.IndexFunc(c.nodes, func(n *node) bool { return n.id == id })
	if at < 0 {
		return nil, fmt.Errorf("%w: %q", ErrUnknownNode, id)
	}
	return c.nodes[at], nil
}

// Crashes returns the ends of processes that were not asked for, in the order
// of their happening.
func (c *Cluster) Crashes() []Crash {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.mu.crashes)
}

// Close kills all processes and waits for their end. It is idempotent; a Start
// that comes later returns ErrClosed. The folders and logs stay.
func (c *Cluster) Close() error {
	c.mu.Lock()
	closed := c.mu.closed
	c.mu.closed = true
	c.mu.Unlock()
	if closed {
		c.waiting.Wait()
		return nil
	}
	var problems []error
	for _, id := range c.IDs() {
		// A process that waits for a disk cannot be killed.
		problems = append(problems, c.SetDisk(id, nemesis.Disk{}), c.Kill(id))
	}
	c.waiting.Wait()
	return errors.Join(append(problems, c.dismantle())...)
}

// dismantle takes away what equip has made, when no process runs any more.
func (c *Cluster) dismantle() error {
	if c.launcher != nil {
		c.launcher.close()
	}
	problem := errors.Join(c.closeDisks(), c.closeClocks())
	if c.network != nil {
		problem = errors.Join(problem, c.network.Close())
	}
	return problem
}
