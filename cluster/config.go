package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/transport"
)

// Defaults of Config. The timeouts are the engine's own: long enough for a
// loaded machine, so that no election happens that no fault caused.
const (
	DefaultCluster          = "gstate"
	DefaultHeartbeatTimeout = time.Second
	DefaultElectionTimeout  = time.Second
	// DefaultLeaderWait is some elections long: a write that finds no leader
	// for that time has met a lost majority and not a change of leader.
	DefaultLeaderWait = 5 * time.Second
	// DefaultSnapshotEntries bounds the entries a restart replays. An entry
	// is a batch, so these are up to some million writes.
	DefaultSnapshotEntries = 16384
	// DefaultSnapshotBytes bounds the same by size: a log of fat entries.
	DefaultSnapshotBytes = 64 << 20
	// DefaultSnapshotAge lets a log with few writes shrink at last.
	DefaultSnapshotAge = time.Hour
	// DefaultTrailingLogs is how far a member may fall behind and still catch
	// up from the log alone, without a whole snapshot.
	DefaultTrailingLogs = 10240
)

// Config says who a node is and where it finds the others. A zero field means
// its default; ID, Peers and Dir have none.
type Config struct {
	// ID is the stable name of this member, of 1 to 255 bytes; Peers has it
	// too.
	ID string
	// Cluster is the name of the cluster, of at most 223 bytes, the same on
	// every member; zero means DefaultCluster. Members of different clusters
	// refuse each other.
	Cluster string
	// Peers are the members that form the cluster, this one included: the same
	// list on every one, and at every start. Only the addresses may change.
	Peers []Peer
	// Dir is the data folder. It is made if it is missing, for its owner alone
	// (mode 0700), and used by one node at a time. It may be empty only if Tune
	// gives all three stores.
	Dir string
	// Listen is the address of the one port; zero means this member's address
	// in Peers.
	Listen string
	// Logger receives one line for each change of state; nil means no log.
	Logger hclog.Logger

	// HeartbeatTimeout is how long a follower hears nothing before it calls an
	// election, 10 ms at least; zero means DefaultHeartbeatTimeout. A cluster
	// of one member has nobody to hear from, and does not wait so long.
	HeartbeatTimeout time.Duration
	// ElectionTimeout is how long a candidate waits for votes; zero means
	// DefaultElectionTimeout. It is not less than HeartbeatTimeout.
	ElectionTimeout time.Duration
	// LeaderWait is how long a write that has not been sent yet waits for a
	// leader before ErrNoLeader; zero means DefaultLeaderWait. The caller's
	// context may end the wait earlier.
	LeaderWait time.Duration

	// SnapshotEntries, SnapshotBytes and SnapshotAge each trigger a snapshot:
	// so many entries, bytes of entries, or time with any entry since the last
	// one. Zero means DefaultSnapshotEntries, ...Bytes and ...Age.
	SnapshotEntries uint64
	SnapshotBytes   uint64
	SnapshotAge     time.Duration
	// TrailingLogs is how many entries stay in the log after a snapshot, for
	// members that are behind; zero means DefaultTrailingLogs.
	TrailingLogs uint64

	// Network is where connections come from; nil means TCP in plain text.
	// transport.TLS wraps it in TLS.
	Network transport.Network
	// Tune, if not nil, may change the engine before it starts. It is the one
	// place where types of the engine show. Timeouts that it sets hold for the
	// engine alone; LocalID, NotifyCh and BatchApplyCh stay the node's own.
	Tune func(*Engine)
}

// Peer is a member and where it can be reached.
type Peer struct {
	ID string
	// Address is a host and a port. The host may be a name: it is resolved at
	// each dial.
	Address string
}

// Engine is what Config.Tune may change: the configuration of
// github.com/hashicorp/raft, and the stores under it. A store that is nil
// after Tune is opened in Config.Dir; one that Tune sets is not closed by the
// node.
type Engine struct {
	Config    *raft.Config
	Logs      raft.LogStore
	Stable    raft.StableStore
	Snapshots raft.SnapshotStore
}

// ownStores reports whether Tune has given all the stores.
func (e *Engine) ownStores() bool {
	return e.Logs != nil && e.Stable != nil && e.Snapshots != nil
}

// withDefaults returns the configuration with its zero fields filled in.
func (c Config) withDefaults() Config {
	c.Cluster = cmp.Or(c.Cluster, DefaultCluster)
	c.HeartbeatTimeout = cmp.Or(c.HeartbeatTimeout, DefaultHeartbeatTimeout)
	c.ElectionTimeout = cmp.Or(c.ElectionTimeout, max(DefaultElectionTimeout, c.HeartbeatTimeout))
	c.LeaderWait = cmp.Or(c.LeaderWait, DefaultLeaderWait)
	c.SnapshotEntries = cmp.Or(c.SnapshotEntries, DefaultSnapshotEntries)
	c.SnapshotBytes = cmp.Or(c.SnapshotBytes, DefaultSnapshotBytes)
	c.SnapshotAge = cmp.Or(c.SnapshotAge, DefaultSnapshotAge)
	c.TrailingLogs = cmp.Or(c.TrailingLogs, DefaultTrailingLogs)
	if own, ok := c.peer(c.ID); ok {
		c.Listen = cmp.Or(c.Listen, own.Address)
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	return c
}

// peer returns the member with this id.
func (c Config) peer(id string) (Peer, bool) {
	for _, peer := range c.Peers {
		if peer.ID == id {
			return peer, true
		}
	}
	return Peer{}, false
}

// Validate reports everything that is wrong with the configuration at once.
// The error wraps ErrInvalid.
func (c Config) Validate() error {
	c = c.withDefaults()
	problems := c.peerProblems()
	if c.Dir == "" && c.Tune == nil {
		problems = append(problems, errors.New("field Dir is empty"))
	}
	if c.HeartbeatTimeout < raftTimeoutMin {
		problems = append(problems, fmt.Errorf("HeartbeatTimeout is %v, the least is %v", c.HeartbeatTimeout, raftTimeoutMin))
	}
	if c.ElectionTimeout < c.HeartbeatTimeout {
		problems = append(problems, fmt.Errorf("ElectionTimeout %v is less than HeartbeatTimeout %v", c.ElectionTimeout, c.HeartbeatTimeout))
	}
	if c.LeaderWait < 0 || c.SnapshotAge < 0 {
		problems = append(problems, errors.New("field LeaderWait or SnapshotAge is negative"))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w configuration: %w", ErrInvalid, errors.Join(problems...))
}

// raftTimeoutMin is twice the engine's own lower bound, because the leader's
// lease is half of the heartbeat timeout.
const raftTimeoutMin = 10 * time.Millisecond

// clusterNameMax leaves room for what tells clusters of one name apart.
const clusterNameMax = transport.MaxNameBytes - 32

func (c Config) peerProblems() []error {
	var problems []error
	if !utf8.ValidString(c.Cluster) {
		problems = append(problems, fmt.Errorf("field Cluster %q is not UTF-8", c.Cluster))
	}
	if len(c.Cluster) > clusterNameMax {
		problems = append(problems, fmt.Errorf("field Cluster has %d bytes, the limit is %d", len(c.Cluster), clusterNameMax))
	}
	if _, ok := c.peer(c.ID); !ok {
		problems = append(problems, fmt.Errorf("ID %q is not in Peers %v", c.ID, peerIDs(c.Peers)))
	}
	seen, at := make(map[string]bool), make(map[string]string)
	for _, peer := range c.Peers {
		if !utf8.ValidString(peer.ID) {
			problems = append(problems, fmt.Errorf("peer id %q is not UTF-8", peer.ID))
		}
		if peer.ID == "" || len(peer.ID) > transport.MaxNameBytes {
			problems = append(problems, fmt.Errorf("peer id %q has %d bytes, allowed are 1 to %d", peer.ID, len(peer.ID), transport.MaxNameBytes))
		}
		if seen[peer.ID] {
			problems = append(problems, fmt.Errorf("peer %q is there twice", peer.ID))
		}
		seen[peer.ID] = true
		if former, taken := at[peer.Address]; taken && peer.ID != former {
			problems = append(problems, fmt.Errorf("peers %q and %q have one address, %s", former, peer.ID, peer.Address))
		}
		at[peer.Address] = peer.ID
		if err := checkAddress(peer.Address); err != nil {
			problems = append(problems, fmt.Errorf("peer %q: %w", peer.ID, err))
		}
	}
	return problems
}

// checkAddress refuses an address that others cannot dial.
func checkAddress(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q is not host:port", address)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return fmt.Errorf("address %q names no host that others can dial; give the address that they reach it at, and Listen for where it listens", address)
	}
	return nil
}

// peerIDs returns the members' ids in the order of their names, which is the
// same on every member, however its list is ordered.
func peerIDs(peers []Peer) []string {
	ids := make([]string, len(peers))
	for i, peer := range peers {
		ids[i] = peer.ID
	}
	slices.Sort(ids)
	return ids
}
