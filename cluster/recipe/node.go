package recipe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Node is what the recipes need of a *cluster.Node.
type Node interface {
	Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error)
	Transact(ctx context.Context, run func(tx *cluster.Tx) error) (cluster.Result, error)
	Outcome(ctx context.Context, id cluster.WriteID) (cluster.Result, error)
	Watch(ctx context.Context, query tree.Query, options ...cluster.WatchOption) iter.Seq2[cluster.Event, error]
	Tree() *tree.Tree
	Read(ctx context.Context) (*tree.Tree, error)
	Done() <-chan struct{}
}

var _ Node = (*cluster.Node)(nil)

const (
	// DefaultTTL is the lease of a recipe that was given none: long enough to
	// be refreshed across some elections, short enough to wait for after a
	// crash.
	DefaultTTL = 15 * time.Second
	// MinTTL is the shortest lease. A shorter one would end with each change
	// of leader, which takes about as long.
	MinTTL = time.Second
)

var (
	// ErrLost: what was held is not held any more. The lease has ended, or is
	// so close to its end that this instance cannot rely on it.
	ErrLost = errors.New("the lease was lost")
	// ErrLocked: TryLock found the lock held, or others waiting for it.
	ErrLocked = errors.New("locked")
	// ErrReplaced: another instance has joined under the same name.
	ErrReplaced = errors.New("replaced by another of the same name")
)

// validate refuses what no recipe can work with.
func validate(node Node, path tree.Path) error {
	switch {
	case node == nil:
		return fmt.Errorf("%w: no node", cluster.ErrInvalid)
	case len(path) == 0:
		return fmt.Errorf("%w: an empty path", cluster.ErrInvalid)
	}
	return path.Validate()
}

// validateLeased is validate for a recipe with leases. It returns ttl, or the
// default for zero.
func validateLeased(node Node, path tree.Path, ttl time.Duration) (time.Duration, error) {
	if ttl == 0 {
		ttl = DefaultTTL
	}
	if ttl < MinTTL {
		return 0, fmt.Errorf("%w: a ttl of %v, the least is %v", cluster.ErrInvalid, ttl, MinTTL)
	}
	return ttl, validate(node, path)
}

// refused reports whether the state itself refused a write that rested on the
// presence or absence of an item.
func refused(err error) bool {
	return errors.Is(err, cluster.ErrExists) || errors.Is(err, cluster.ErrNotFound) ||
		errors.Is(err, cluster.ErrConflict)
}

// passing reports, after a moment, whether a call that waits until ctx ends
// should go on: the write was not made, since there was no leader for as long
// as the node is set to wait for one, or too many writes waited.
func passing(ctx context.Context, ttl time.Duration, err error) bool {
	if !errors.Is(err, cluster.ErrNoLeader) && !errors.Is(err, cluster.ErrBusy) {
		return false
	}
	wait(ctx, ttl/RetriesPerTTL)
	return ctx.Err() == nil
}

// wait waits so long, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// both returns a context that ends with either, with the cause of the one that
// ended first, and has the values of ctx.
func both(ctx, other context.Context) (context.Context, context.CancelFunc) {
	merged, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(context.Cause(other)) })
	return merged, func() {
		stop()
		cancel(nil)
	}
}
