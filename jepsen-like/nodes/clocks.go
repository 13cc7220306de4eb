package nodes

import (
	"errors"
	"os"
	"path/filepath"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// clockEnd is what the file of a node's clock has behind the node's id.
const clockEnd = ".clock"

// makeClocks gives each node a clock that can be shifted, if its program goes by
// one and this machine has them.
func (c *Cluster) makeClocks() error {
	if c.noClocks = c.config.Program.NoClocks; c.noClocks != nil {
		return nil
	}
	for _, n := range c.nodes {
		var err error
		if n.clock, err = skew.Create(n.clockFile()); err != nil {
			c.noClocks = err
			break
		}
	}
	if errors.Is(c.noClocks, skew.ErrUnsupported) {
		return nil
	}
	return c.noClocks
}

// clockFile stays where the node's disk is not.
func (n *node) clockFile() string {
	return filepath.Join(filepath.Dir(n.log), n.id+clockEnd)
}

// clockVariables is what tells a node where its clock is.
func (n *node) clockVariables() []string {
	if n.clock == nil {
		return nil
	}
	return []string{skew.Variable + "=" + n.clockFile()}
}

// CanShift returns nil, or why the nodes go by the clocks of the system.
func (c *Cluster) CanShift() error { return c.noClocks }

// SetClock gives the clocks of a node this skew, until the next call. All processes
// that the node has go by it.
func (c *Cluster) SetClock(id string, to skew.Skew) error {
	return c.with(id, func(n *node) error {
		switch {
		case c.noClocks != nil:
			return c.noClocks
		case n.clock == nil:
			return ErrClosed
		}
		return n.clock.Set(to)
	})
}

// Looks returns how often processes of the node have looked so far at clocks that
// were ahead or behind. After a leap or a drift all are: nothing takes that back.
func (c *Cluster) Looks(id string) uint64 {
	var looks uint64
	// An unknown node has no clock.
	_ = c.with(id, func(n *node) error {
		if n.clock != nil {
			looks = n.clock.Looks()
		}
		return nil
	})
	return looks
}

// closeClocks takes the clocks away. No process may run any more.
func (c *Cluster) closeClocks() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var problems []error
	for _, n := range c.nodes {
		if n.clock != nil {
			problems = append(problems, n.clock.Close(), os.Remove(n.clockFile()))
			n.clock = nil
		}
	}
	return errors.Join(problems...)
}
