package nodes

import (
	"fmt"
	"strings"
)

// maxNodes is how many nodes have a name of one letter.
const maxNodes = 26

// Config says which nodes a cluster has.
type Config struct {
	// Binary is the path of the node's program.
	Binary string
	// Dir is the folder in which each node gets its folder and its log. It
	// must exist.
	Dir string
	// Count is the number of nodes, from 1 to 26.
	Count int
}

// The settings of the nodes. They make a small cluster on one machine show in
// a minute what else takes hours.
const (
	// A follower misses the leader after 300 to 600 ms, and the election that
	// follows is over in a few more. Shorter times make a busy machine with
	// two cores depose leaders that are alive.
	heartbeat = "300ms"
	election  = "300ms"
	// A snapshot every few seconds under load, with little log kept behind it:
	// a node that was down for a second often has to be sent a snapshot.
	snapshotEntries = "200"
	trailingLogs    = "50"
)

// arguments returns the command line of a node.
func (c *Cluster) arguments(n *node) []string {
	return []string{
		"run",
		"--id", n.id,
		"--data", n.dir,
		"--listen", n.listen,
		"--http", n.http,
		"--peers", strings.Join(c.peers, ","),
		"--heartbeat", heartbeat,
		"--election", election,
		"--snapshot-entries", snapshotEntries,
		"--trailing-logs", trailingLogs,
	}
}

// validate reports why there can be no such cluster, or nil.
func (c Config) validate() error {
	if c.Count < 1 || c.Count > maxNodes {
		return fmt.Errorf("%d nodes: want 1 to %d", c.Count, maxNodes)
	}
	return nil
}
