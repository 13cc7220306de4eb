package recipe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Semaphore has n places, which are given out in the order in which instances
// came for them. Otherwise it is as Mutex. While one waits it looks at the line
// whenever somebody comes or goes, in its own memory.
type Semaphore struct {
	line  line
	limit tree.Path
	n     int
}

// NewSemaphore returns the semaphore at the path, at which nothing else may
// stand. The first Acquire of all writes n there; whoever has another one is
// refused.
func NewSemaphore(node Node, path tree.Path, n int, ttl time.Duration) (*Semaphore, error) {
	if n < 1 {
		return nil, fmt.Errorf("new semaphore %v: %w: %d places", path, cluster.ErrInvalid, n)
	}
	l, err := newLine(node, path, ttl, "acquire")
	if err != nil {
		return nil, err
	}
	l.path = path.Child("line")
	return &Semaphore{line: l, limit: path.Child("limit"), n: n}, nil
}

// Acquire waits until it has a place or ctx ends, as Mutex.Lock does; Unlock
// gives it back. ErrConflict says that the semaphore has another number of
// places than this one was made with.
func (s *Semaphore) Acquire(ctx context.Context) (*Held, error) {
	err := s.setLimit(ctx)
	for passing(ctx, s.line.ttl, err) {
		err = s.setLimit(ctx)
	}
	if err != nil {
		return nil, wrap("acquire", s.line.path, err)
	}
	same := cluster.Equals(s.limit, s.n)
	return s.line.enter(ctx, true, s.free, cluster.Update(s.limit, s.n).If(same))
}

// setLimit writes the number of places, unless there is one.
func (s *Semaphore) setLimit(ctx context.Context) error {
	if _, ok := s.line.node.Tree().Get(s.limit); ok {
		return nil
	}
	_, err := s.line.node.Apply(ctx, cluster.Insert(s.limit, s.n))
	if errors.Is(err, cluster.ErrExists) {
		return nil
	}
	return err
}

func (s *Semaphore) free(before []place) (tree.Query, bool) {
	return s.line.watchAll(), len(before) >= s.n
}
