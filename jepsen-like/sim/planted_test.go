package sim

import (
	"context"
	"sync"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// plantedBug is a bug that a simulation can be told to have.
type plantedBug struct {
	// inside plants it for clients within the process, and service for those that
	// speak HTTP.
	inside  bug
	service func(*cluster.Node) web.Node
}

var plantedBugs = map[string]plantedBug{
	"":                  {none, func(n *cluster.Node) web.Node { return n }},
	"stale-reads":       {readStale, func(n *cluster.Node) web.Node { return staleNode{n} }},
	"ignored-conflicts": {forgetConditions, func(n *cluster.Node) web.Node { return boldNode{n} }},
	// Clients within the process have the clock of all.
	"remembered-reads": {none, func(n *cluster.Node) web.Node { return &rememberingNode{Node: n} }},
}

// staleNode is staleReader for the handler.
type staleNode struct{ *cluster.Node }

func (n staleNode) Read(context.Context) (*tree.Tree, error) { return n.Tree(), nil }

// boldNode makes writes without their conditions.
type boldNode struct{ *cluster.Node }

func (n boldNode) Decide(ctx context.Context, transaction cluster.Transaction) (cluster.Result, error) {
	transaction.If = nil
	return n.Node.Decide(ctx, transaction)
}

// rememberingNode has the last tree that it has read count for as long as, by its
// wall clock, no time has passed since.
type rememberingNode struct {
	*cluster.Node
	mu   sync.Mutex
	at   time.Time
	tree *tree.Tree
}

func (n *rememberingNode) Read(ctx context.Context) (*tree.Tree, error) {
	now := time.Now().Round(0)
	if t := n.remembered(now); t != nil {
		return t, nil
	}
	t, err := n.Node.Read(ctx)
	if err == nil {
		n.remember(now, t)
	}
	return t, err
}

func (n *rememberingNode) remembered(now time.Time) *tree.Tree {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.After(n.at) {
		return nil
	}
	return n.tree
}

func (n *rememberingNode) remember(at time.Time, t *tree.Tree) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if at.After(n.at) {
		n.at, n.tree = at, t
	}
}
