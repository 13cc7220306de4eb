package nodes

import "example.com/gstate/jepsen-like/history"

// Usage returns what the node's process takes of the machine. It is empty for a
// node without a process, and where the system does not tell.
func (c *Cluster) Usage(id string) history.Usage {
	pid, start := 0, 0
	// An unknown node takes nothing.
	_ = c.with(id, func(n *node) error {
		if n.process != nil {
			pid, start = n.process.command.Process.Pid, n.starts
		}
		return nil
	})
	if pid == 0 {
		return history.Usage{}
	}
	usage := usageOf(pid)
	usage.Start = start
	return usage
}
