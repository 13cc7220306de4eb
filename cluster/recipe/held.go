package recipe

import (
	"context"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Held is a lock, or a place of a semaphore, that this instance has. It is
// refreshed in the background until Unlock; whoever forgets that keeps it as
// long as the node lives. All methods may be called at any time from any
// goroutine.
type Held struct{ lease *lease }

// Token returns the fencing token: a number that is greater than that of every
// holder before. What lies outside of the tree is protected by refusing a token
// that is less than the greatest one seen.
func (h *Held) Token() uint64 { return h.lease.token }

// Path returns where the item stands whose life is that of the lock.
func (h *Held) Path() tree.Path { return h.lease.path }

// Condition returns the demand that the lock is still held, for writes to the
// tree: once it is not, they are refused with ErrNotFound or ErrConflict,
// however late they come.
func (h *Held) Condition() cluster.Condition { return h.lease.held() }

// Context returns a context that ends before another can have the lock: with
// ErrLost in its cause (context.Cause), or when Unlock is called. It has the
// values of the context given to Lock, and does not end with it.
//
// Its Err looks at the clock. So a program that was paused learns of the end
// when it asks, even if it asks before timers run again.
func (h *Held) Context() context.Context { return heldContext{h.lease.ctx, h.lease} }

// Unlock gives the lock back, after it has ended Context. It waits until ctx
// ends; the lock then ends with its lease at the latest. ErrLost says that it
// was not held any more. It may be called again after any other error, also
// after ErrOutcomeUnknown.
func (h *Held) Unlock(ctx context.Context) error {
	return wrap("unlock", h.lease.path, h.lease.end(ctx, "unlock"))
}

// heldContext is the context of a lease.
type heldContext struct {
	context.Context
	lease *lease
}

func (c heldContext) Err() error {
	c.lease.Check()
	return c.Context.Err()
}
