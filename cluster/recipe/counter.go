package recipe

import (
	"context"
	"fmt"
	"slices"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Counter is a number that all instances add to. No addition is lost, and none
// is made twice. All methods may be called at any time from any goroutine.
type Counter struct {
	node Node
	path tree.Path
}

// NewCounter returns the counter at the path, which is zero while nothing
// stands there. It writes nothing.
func NewCounter(node Node, path tree.Path) (*Counter, error) {
	if err := validate(node, path); err != nil {
		return nil, wrap("new counter", path, err)
	}
	return &Counter{node: node, path: slices.Clone(path)}, nil
}

// Add adds, waits until ctx ends, and returns the sum. With ErrOutcomeUnknown
// cluster.Node.Outcome tells whether it was added, and the sum: to call Add
// again would add again.
func (c *Counter) Add(ctx context.Context, delta int64) (int64, error) {
	result, err := c.node.Apply(ctx, cluster.Add(c.path, delta))
	return result.Value(0).Int(), wrap("count", c.path, err)
}

// Get returns the number, as a linearizable read does.
func (c *Counter) Get(ctx context.Context) (int64, error) {
	now, err := c.node.Read(ctx)
	if err != nil {
		return 0, wrap("count", c.path, err)
	}
	item, ok := now.Get(c.path)
	value := item.Value()
	if ok && value.Kind() != tree.Int {
		return 0, wrap("count", c.path, fmt.Errorf("%w: it is %v", cluster.ErrWrongKind, value.Kind()))
	}
	return value.Int(), nil
}
