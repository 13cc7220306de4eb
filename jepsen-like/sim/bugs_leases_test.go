package sim

import (
	"context"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func shorten(n node) node {
	return lender{n, func(ttl time.Duration) time.Duration { return ttl - ttl/8 }}
}
func lengthen(n node) node {
	return lender{n, func(ttl time.Duration) time.Duration { return ttl + lateMax }}
}
func persist(n node) node   { return eternal{n} }
func dropAlone(n node) node { return dropper{n} }

// lender grants other leases than those that were asked for.
type lender struct {
	node
	granted func(ttl time.Duration) time.Duration
}

func (n lender) Expire(path tree.Path, ttl time.Duration) cluster.Op {
	return n.node.Expire(path, n.granted(ttl))
}

// eternal grants no lease at all.
type eternal struct{ node }

func (n eternal) Expire(path tree.Path, _ time.Duration) cluster.Op { return cluster.Persist(path) }

// dropper takes a write of a single operation for made, and drops it: each
// refresh is one.
type dropper struct{ node }

func (n dropper) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	if len(ops) == 1 {
		return cluster.Result{}, nil
	}
	return n.node.Apply(ctx, ops...)
}
