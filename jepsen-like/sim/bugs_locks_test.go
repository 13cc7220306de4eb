package sim

import (
	"context"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

func unguard(n node) node { return unguarded{n} }

func seeNobody(n node) node {
	return recipesOn{n, func(by recipe.Node) recipe.Node { return lonely{by} }}
}

func neverRefresh(n node) node {
	return recipesOn{n, func(by recipe.Node) recipe.Node { return tired{by} }}
}

// unguarded makes writes without the condition that their lock is held.
type unguarded struct{ node }

func (n unguarded) Guard(op cluster.Op, _ *recipe.Held) cluster.Op { return op }

// recipesOn gives recipes another node.
type recipesOn struct {
	node
	wrap func(recipe.Node) recipe.Node
}

func (n recipesOn) Recipes() recipe.Node { return n.wrap(n.node.Recipes()) }

// lonely shows an empty tree: whoever stands in line sees nobody before.
type lonely struct{ recipe.Node }

func (n lonely) Tree() *tree.Tree { return tree.New() }

// tired is dropper for recipes.
type tired struct{ recipe.Node }

func (n tired) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	if len(ops) == 1 {
		return cluster.Result{}, nil
	}
	return n.Node.Apply(ctx, ops...)
}
