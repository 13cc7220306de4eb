package recipe

import (
	"context"
	"fmt"
	"math"
	"slices"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// IDs hands out numbers, from 1 on, that no instance has handed out before, nor
// will. It reserves them in blocks with one write each: a block that is
// reserved later has greater numbers. So the numbers of one IDs rise, and those
// of several are mixed. What is left of a block when its instance ends is never
// handed out. All methods may be called at any time from any goroutine.
type IDs struct {
	node Node
	path tree.Path
	size int64
	// left is the block: it is in the channel while nobody takes from it.
	left chan block
}

// block is the ids from next to last.
type block struct{ next, last int64 }

// NewIDs returns the source of ids at the path, where the greatest number that
// is reserved will stand. size is how many are reserved at once: the more, the
// fewer writes, and the more are left out when an instance ends.
func NewIDs(node Node, path tree.Path, size int) (*IDs, error) {
	err := validate(node, path)
	if err == nil && (size < 1 || size > math.MaxInt32) {
		err = fmt.Errorf("%w: a block of %d, allowed are 1 to %d", cluster.ErrInvalid, size, math.MaxInt32)
	}
	if err != nil {
		return nil, wrap("new ids", path, err)
	}
	s := &IDs{node: node, path: slices.Clone(path), size: int64(size), left: make(chan block, 1)}
	s.left <- block{next: 1, last: 0}
	return s, nil
}

// Next returns the next id. It waits, until ctx ends, only for a new block. A
// block whose write has an unknown outcome is left out.
func (s *IDs) Next(ctx context.Context) (int64, error) {
	var b block
	select {
	case b = <-s.left:
	case <-ctx.Done():
		return 0, wrap("next id", s.path, context.Cause(ctx))
	}
	defer func() { s.left <- b }()
	if b.next > b.last {
		result, err := s.node.Apply(ctx, cluster.Add(s.path, s.size))
		if err != nil {
			return 0, wrap("next id", s.path, err)
		}
		last := result.Value(0).Int()
		b = block{next: last - s.size + 1, last: last}
	}
	id := b.next
	b.next++
	return id, nil
}
