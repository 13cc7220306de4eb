package recipe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// maxParties keeps the write that opens a barrier, of some operations for each
// party, well within what one command may have.
const maxParties = 1000

// metTTLs is for how many ttl the others keep word for a party that is cut off.
const metTTLs = 4

// Barrier lets parties go on only when n of them have arrived, and then serves
// the next n. A party that ends or gives up before does not count. All methods
// may be called at any time from any goroutine.
type Barrier struct {
	node Node
	path tree.Path
	// Who has arrived stands at waiting; the write of the nth moves all of them
	// to met, where each removes itself.
	waiting, met tree.Path
	n            int
	ttl          time.Duration
}

// NewBarrier returns the barrier at the path, at which nothing else may stand.
// All parties must give the same n, of 1000 at most.
func NewBarrier(node Node, path tree.Path, n int, ttl time.Duration) (*Barrier, error) {
	ttl, err := validateLeased(node, path, ttl)
	if n < 1 || n > maxParties {
		bad := fmt.Errorf("%w: %d parties, allowed are 1 to %d", cluster.ErrInvalid, n, maxParties)
		err = errors.Join(err, bad)
	}
	if err != nil {
		return nil, wrap("new barrier", path, err)
	}
	path = slices.Clone(path)
	return &Barrier{
		node: node, path: path, n: n, ttl: ttl,
		waiting: path.Child("waiting"), met: path.Child("met"),
	}, nil
}

// Wait waits until n parties wait together, or ctx ends. Without an error
// exactly n parties have met. With one the others may have met all the same:
// this party counts when it has been there. One that is cut off then is told
// when it comes back within four ttl; after that it waits for the next n.
func (b *Barrier) Wait(ctx context.Context) error {
	key := rand.Text()
	for {
		met, err := b.arrive(ctx, key)
		if again := errors.Is(err, ErrLost) || passing(ctx, b.ttl, err); met || !again {
			return wrap("barrier", b.path, err)
		}
	}
}

// arrive waits for the others, as long as the lease is not lost.
func (b *Barrier) arrive(ctx context.Context, key string) (met bool, err error) {
	run := func(tx *cluster.Tx) error {
		if _, met := tx.Get(b.met.Child(key)); met {
			return nil // while this instance took the place for lost
		}
		return b.enter(tx, key)
	}
	place, err := takeBy(ctx, b.node, b.waiting.Child(key), b.ttl, transact(b.node, run))
	if err != nil {
		return false, err
	}
	place.keep()
	return b.await(ctx, place, key)
}

// enter joins those that wait, and opens the barrier if all are there. A place
// that has stood under the key before is taken anew.
func (b *Barrier) enter(tx *cluster.Tx, key string) error {
	keys := slices.DeleteFunc(tx.Keys(b.waiting), func(other string) bool { return other == key })
	if len(keys)+1 < b.n {
		own := b.waiting.Child(key)
		return tx.Do(append([]cluster.Op{cluster.Delete(own)}, leased(own, true, b.ttl)...)...)
	}
	ops := leased(b.met.Child(key), true, metTTLs*b.ttl)
	for _, other := range keys[:b.n-1] {
		ops = append(ops, cluster.Remove(b.waiting.Child(other)))
		ops = append(ops, leased(b.met.Child(other), true, metTTLs*b.ttl)...)
	}
	return tx.Do(append(ops, cluster.Delete(b.waiting.Child(key)))...)
}

// await waits until the party has met the others.
func (b *Barrier) await(ctx context.Context, place *lease, key string) (met bool, err error) {
	wait, stop := both(ctx, place.ctx)
	defer stop()
	for event, failed := range b.node.Watch(wait, tree.Subtree(b.met.Child(key))) {
		if met, err = event.Exists, failed; met || err != nil {
			break
		}
	}
	_, late := b.node.Tree().Get(b.met.Child(key))
	place.quit()
	if met || late {
		go withdrawMet(b.node, b.met.Child(key), b.ttl)
		return true, nil
	}
	if ctx.Err() != nil {
		go withdraw(b.node, place.path, b.ttl, place.token)
		return false, context.Cause(ctx)
	}
	return false, err
}

// withdrawMet removes what has told a party that it has met the others. Its
// lease does it otherwise.
func withdrawMet(node Node, path tree.Path, ttl time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), ttl)
	defer cancel()
	_, _ = node.Apply(ctx, cluster.Delete(path))
}
