package cluster

import "example.com/gstate/tree"

// ReadByVerifyLeader reads by the recipe that is commonly taken for a
// linearizable read on the engine's leader, and is none: readindex.go says why.
func (n *Node) ReadByVerifyLeader() (*tree.Tree, error) {
	index := n.raft.CommitIndex()
	if err := n.raft.VerifyLeader().Error(); err != nil {
		return nil, err
	}
	state, err := n.progress.awaitIndex(n.life.ctx, min(index, n.raft.AppliedIndex()))
	return state.Tree, err
}
