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

// Watched returns how many queries are watched, how many of them a write can
// concern, and whether a tree is kept for them.
func (n *Node) Watched() (queries, matched int, kept bool) {
	n.hub.mu.Lock()
	defer n.hub.mu.Unlock()
	n.hub.mu.matcher.Concerned(tree.Write{}, func(*topic) { matched++ }) // one that can concern all
	return len(n.hub.mu.topics), matched, n.hub.mu.tree != nil
}

// Result returns what Value was made from.
func (e Event) Result() *tree.Result { return e.result }
