package cluster

import (
	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// Role is what a node is to its cluster at the moment.
type Role string

// The roles. RoleStopped is that of a closed node, and of one that has
// stopped by itself: Status.Err and Node.Err say why.
const (
	RoleLeader    Role = "leader"
	RoleFollower  Role = "follower"
	RoleCandidate Role = "candidate"
	RoleStopped   Role = "stopped"
)

// Status is what a node knows of itself at one moment.
type Status struct {
	// ID is the node's id, Cluster the name of its cluster.
	ID, Cluster string
	Role        Role
	// Leader is the id of the member that this node takes for the leader,
	// empty when it knows none.
	Leader string
	// Term is Raft's present term.
	Term uint64
	// Ready says that this node knows a leader, and has once been up to date
	// since Open: it may take traffic. How far it is behind now, a linearizable
	// read tells.
	Ready bool
	// Revision and Digest are those of this node's tree. Two nodes with equal
	// revisions have equal digests.
	Revision uint64
	Digest   tree.Digest
	// Items is the number of items in the tree.
	Items int
	// CommitIndex and AppliedIndex count entries of the log, not revisions.
	CommitIndex, AppliedIndex uint64
	// SnapshotIndex is the last entry that a snapshot on this node covers.
	SnapshotIndex uint64
	// Err is the reason of RoleStopped, nil after Close.
	Err error
}

// Member is one instance of the cluster.
type Member struct {
	// ID is its stable name.
	ID string
	// Address is where this node last knew it, empty if it knows no address.
	Address string
	// Voter says that it takes part in elections and majorities.
	Voter bool
	// Leader says that this node takes it for the leader.
	Leader bool
	// Self says that it is the node that was asked.
	Self bool
}

// Leader returns the id of the member that this node takes for the leader, and
// whether it knows one. It never waits.
func (n *Node) Leader() (id string, ok bool) {
	leader, _, _ := n.leadership.current()
	return leader, leader != ""
}

// Status returns what this node knows of itself. It never waits.
func (n *Node) Status() Status {
	state := n.progress.now()
	leader, _, _ := n.leadership.current()
	role := n.role()
	return Status{
		ID:            n.cfg.ID,
		Cluster:       n.cfg.Cluster,
		Role:          role,
		Leader:        leader,
		Term:          n.raft.CurrentTerm(),
		Ready:         role != RoleStopped && leader != "" && n.caughtUp.Load(),
		Revision:      state.Tree.Revision(),
		Digest:        state.Tree.Digest(),
		Items:         state.Tree.Len(),
		CommitIndex:   n.raft.CommitIndex(),
		AppliedIndex:  state.Index,
		SnapshotIndex: n.stores.covered.newest(),
		Err:           n.Err(),
	}
}

func (n *Node) role() Role {
	select {
	case <-n.done:
		return RoleStopped
	default:
	}
	switch n.raft.State() {
	case raft.Leader:
		return RoleLeader
	case raft.Follower:
		return RoleFollower
	case raft.Candidate:
		return RoleCandidate
	}
	return RoleStopped
}

// Members returns the instances of the cluster, as far as this node has heard,
// in the order in which they joined. It never waits for another node.
func (n *Node) Members() []Member {
	configuration := n.raft.GetConfiguration()
	if configuration.Error() != nil {
		return nil
	}
	leader, _, _ := n.leadership.current()
	var members []Member
	for _, server := range configuration.Configuration().Servers {
		id := string(server.ID)
		address, _ := n.resolve(id)
		members = append(members, Member{
			ID:      id,
			Address: address,
			Voter:   server.Suffrage == raft.Voter,
			Leader:  id == leader,
			Self:    id == n.cfg.ID,
		})
	}
	return members
}
