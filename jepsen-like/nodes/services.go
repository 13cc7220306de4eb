package nodes

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	// endTimeout is how long a node may take to end in order. It hands its office
	// over, and gives up all else after eight seconds.
	endTimeout = 20 * time.Second
	// openTimeout is how long a node may take to read its folder.
	openTimeout = 30 * time.Second
	// askAgain is the pause before a node that does not listen yet is asked
	// again.
	askAgain = 10 * time.Millisecond
)

// Errors of nodes that do not do what they are asked to.
var (
	errEndless = fmt.Errorf("the node has not ended within %v", endTimeout)
	errSilent  = fmt.Errorf("the node has neither opened its folder nor ended within %v", openTimeout)
)

// End asks a node to end, and waits until it has. If it does so with another
// exit status than 0, that is a crash.
func (c *Cluster) End(id string) error {
	ending, err := c.askToEnd(id)
	if ending == nil || err != nil {
		return err
	}
	select {
	case <-ending.ended:
		return nil
	case <-time.After(endTimeout):
		return fmt.Errorf("node %s: %w", id, errEndless)
	}
}

// askToEnd asks the node's process to end, and returns it: nil if there is none.
func (c *Cluster) askToEnd(id string) (ending *process, err error) {
	err = c.with(id, func(n *node) error {
		if ending = n.process; ending == nil {
			return nil
		}
		return askLocked(ending)
	})
	return ending, err
}

func askLocked(p *process) error {
	p.asked = true
	return ignoreEnded(askEnd(p.command.Process))
}

// Succeed asks a node to end, and starts its successor at once. That one may end
// by itself, with the exit status 1, until Open has seen it open the folder. A node without a process is started.
func (c *Cluster) Succeed(id string) error {
	return c.with(id, func(n *node) error {
		former := n.process
		if former == nil {
			return c.spawnLocked(n, n.storage.damaged.Load())
		}
		if err := askLocked(former); err != nil {
			return err
		}
		n.predecessor, n.process = former, nil
		return c.spawnLocked(n, true)
	})
}

// Open starts a node, if it has no process, and waits until that has opened its
// folder and answers, or has ended.
func (c *Cluster) Open(id string) (opened bool, err error) {
	n, err := c.node(id)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	if err := c.awaitPredecessor(ctx, n); err != nil {
		return false, err
	}
	if err := c.Start(id); err != nil {
		return false, err
	}
	if opened, err = c.awaitAnswer(ctx, n); opened {
		c.accept(n)
	}
	return opened, err
}

// accept takes note that the node has opened its folder. Damaged files are not to be
// put back then, and the process may still meet what is wrong with them. One that
// has opened a sound folder has nothing that would excuse its end, also if it was
// started while its predecessor still had the folder.
func (c *Cluster) accept(n *node) {
	n.storage.mu.Lock()
	defer n.storage.mu.Unlock()
	damaged := n.storage.originals != nil
	n.storage.acceptLocked()
	c.mu.Lock()
	defer c.mu.Unlock()
	if n.process != nil && !damaged {
		n.process.excuse.Opened()
	}
}

// awaitPredecessor waits until no other process has the node's folder and
// addresses.
func (c *Cluster) awaitPredecessor(ctx context.Context, n *node) error {
	_, former := c.processes(n)
	if former == nil {
		return nil
	}
	select {
	case <-former.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("predecessor of node %s: %w", n.id, errEndless)
	}
}

// awaitAnswer asks the node for anything: who connects before it has opened its
// folder is made to wait. It returns false when the process has ended.
func (c *Cluster) awaitAnswer(ctx context.Context, n *node) (bool, error) {
	present, _ := c.processes(n)
	if present == nil {
		return false, nil
	}
	transport := &http.Transport{
		DialContext:       c.network.Dial(new(net.Dialer).DialContext),
		DisableKeepAlives: true,
	}
	client := &http.Client{Transport: transport, Timeout: time.Second}
	for {
		response, err := client.Get("http://" + c.network.Place(n.id).HTTP + "/v1/status")
		if err == nil {
			return true, response.Body.Close()
		}
		select {
		case <-present.ended:
			return false, nil
		case <-ctx.Done():
			return false, fmt.Errorf("node %s: %w: %w", n.id, errSilent, err)
		case <-time.After(askAgain):
		}
	}
}

// processes returns the node's process and the one that was asked to end when it
// was started; nil for one that has ended.
func (c *Cluster) processes(n *node) (present, former *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return n.process, n.predecessor
}
