package nodes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
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
	nodes []*node
	// peers lists the nodes' addresses for each other, as in a=127.0.0.1:7001.
	peers    []string
	launcher *launcher
	// waiting counts the goroutines that wait for a process.
	waiting sync.WaitGroup
	mu      struct {
		sync.Mutex
		crashes []Crash
		closed  bool
	}
}

// node is one member: what stays when its process ends.
type node struct {
	id, dir, log string
	// listen is for the other nodes, http for clients.
	listen, http string
	// process is nil while the node is stopped. Guarded by Cluster.mu.
	process *process
}

// New chooses ports and makes the folders. It starts no node. The caller ends
// the cluster with Close.
func New(config Config) (*Cluster, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	addresses, err := freeAddresses(2 * config.Count)
	if err != nil {
		return nil, err
	}
	c := &Cluster{config: config}
	for i := range config.Count {
		id := string(rune('a' + i))
		n := &node{
			id:     id,
			dir:    filepath.Join(config.Dir, id),
			log:    filepath.Join(config.Dir, id+".log"),
			listen: addresses[2*i],
			http:   addresses[2*i+1],
		}
		if err := os.Mkdir(n.dir, 0o755); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, n)
		c.peers = append(c.peers, id+"="+n.listen)
	}
	c.launcher = newLauncher()
	return c, nil
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
		addresses[n.id] = "http://" + n.http
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

// Start gives the node a process, unless it has one. It does not wait until the
// node is ready.
func (c *Cluster) Start(id string) error {
	return c.with(id, func(n *node) error {
		if n.process != nil {
			return nil
		}
		if c.mu.closed {
			return ErrClosed
		}
		process, err := c.launcher.spawn(c.config.Binary, c.arguments(n), n.log)
		if err != nil {
			return err
		}
		n.process = process
		c.waiting.Go(func() { c.watch(n, process) })
		return nil
	})
}

// watch waits for the end of the process and notes a crash if it is one.
func (c *Cluster) watch(n *node, p *process) {
	defer close(p.ended)
	// The error says no more than the state below.
	_ = p.command.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	n.process = nil
	if !p.killed || !endedByKill(p.command.ProcessState) {
		c.mu.crashes = append(c.mu.crashes, Crash{n.id, p.command.ProcessState.String(), n.log})
	}
}

// Kill ends the node's process at once, if it has one, and waits for its end.
// A paused process is killed too.
func (c *Cluster) Kill(id string) error {
	var killed *process
	err := c.with(id, func(n *node) error {
		if killed = n.process; killed == nil {
			return nil
		}
		killed.killed = true
		return killed.command.Process.Kill()
	})
	if killed != nil {
		<-killed.ended
	}
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
		if err := send(n.process.command.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		n.process.paused = paused
		return nil
	})
}

// with calls action with the node while the lock is held, and names the node
// in its error.
func (c *Cluster) with(id string, action func(*node) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.nodes, func(n *node) bool { return n.id == id })
	if at < 0 {
		return fmt.Errorf("%w: %q", ErrUnknownNode, id)
	}
	if err := action(c.nodes[at]); err != nil {
		return fmt.Errorf("node %s: %w", id, err)
	}
	return nil
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
		problems = append(problems, c.Kill(id))
	}
	c.waiting.Wait()
	c.launcher.close()
	return errors.Join(problems...)
}
