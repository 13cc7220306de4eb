package recipe

import (
	"context"
	"crypto/rand"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Mutex is a lock that one instance has at a time. Those that wait for it get
// it in the order in which they came. It belongs to a path, not to a Go value:
// all that are made with one path are the same lock. All methods may be called
// at any time from any goroutine.
type Mutex struct{ line line }

// NewMutex returns the lock at the path, at which nothing else may stand: each
// who holds it or waits for it has an item beneath. A holder that ends without
// Unlock keeps others out for about the ttl; zero means DefaultTTL. It writes
// nothing.
func NewMutex(node Node, path tree.Path, ttl time.Duration) (*Mutex, error) {
	l, err := newLine(node, path, ttl, "lock")
	if err != nil {
		return nil, err
	}
	return &Mutex{l}, nil
}

// Lock waits until it has the lock or ctx ends; the place in line is then given
// up in the background. An instance that is cut off for as long as a lease
// loses its place and stands in line anew. The lock does not end with ctx: see
// Held.Context.
func (m *Mutex) Lock(ctx context.Context) (*Held, error) {
	return m.line.enter(ctx, true, m.first)
}

// first is the turn of whoever has nobody before: until then it waits for the
// one right before, and nobody else wakes up when that one goes.
func (m *Mutex) first(before []place) (tree.Query, bool) {
	if len(before) == 0 {
		return tree.Query{}, false
	}
	return m.line.watch(before[len(before)-1]), true
}

// TryLock takes the lock if nobody has it or waits for it: else ErrLocked. It
// waits for that answer until ctx ends, but never for the lock.
func (m *Mutex) TryLock(ctx context.Context) (*Held, error) {
	l := m.line
	path := l.path.Child(rand.Text())
	run := func(tx *cluster.Tx) error {
		if len(tx.Keys(l.path)) > 0 {
			return ErrLocked
		}
		return tx.Do(leased(path, true, l.ttl)...)
	}
	taken, err := takeBy(ctx, l.node, path, l.ttl, transact(l.node, run))
	if err != nil {
		return nil, wrap("try lock", l.path, err)
	}
	taken.keep()
	return &Held{taken}, nil
}
