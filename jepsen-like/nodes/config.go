package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxNodes is how many nodes have a name of one letter.
const maxNodes = 26

// Config says which nodes a cluster has.
type Config struct {
	// Program is what the nodes run. Make it with Build.
	Program Program
	// Dir is the folder in which each node gets its folder and its log. It
	// must exist.
	Dir string
	// Count is the number of nodes, from 1 to 26.
	Count int
	// Network is the way to connect them, one of those of package network.
	// Empty: network.Plain.
	Network string
	// Seed decides what the network draws.
	Seed uint64
	// Disks gives each node a disk of its own, if this machine can: see
	// NoDisks.
	Disks bool
}

// ids returns the names of so many nodes: a, b, c and so on.
func ids(count int) []string {
	var ids []string
	for i := range count {
		ids = append(ids, string(rune('a'+i)))
	}
	return ids
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
	place := c.network.Place(n.id)
	return []string{
		"run",
		"--id", n.id,
		"--data", n.dir,
		"--listen", place.Listen,
		"--http", place.HTTP,
		"--peers", list(place.Peers),
		"--heartbeat", heartbeat,
		"--election", election,
		"--snapshot-entries", snapshotEntries,
		"--trailing-logs", trailingLogs,
	}
}

// list is the form in which a node is given its peers, as in
// a=127.0.0.1:7001,b=127.0.0.1:7002.
func list(peers map[string]string) string {
	var pairs []string
	for _, id := range slices.Sorted(maps.Keys(peers)) {
		pairs = append(pairs, id+"="+peers[id])
	}
	return strings.Join(pairs, ",")
}

// validate reports why there can be no such cluster, or nil.
func (c Config) validate() error {
	if c.Count < 1 || c.Count > maxNodes {
		return fmt.Errorf("%d nodes: want 1 to %d", c.Count, maxNodes)
	}
	return nil
}
