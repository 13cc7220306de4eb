package sim

import (
	"context"

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
