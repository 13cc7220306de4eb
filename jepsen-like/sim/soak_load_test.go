package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// loadTTL is the longest lease whose item is left to it.
const loadTTL = 20 * time.Second

// load is what clients do in a soak. All that they write has bounds: what grows
// is not theirs.
type load struct {
	writes, unknown, transactions, leases, locks, reads, events atomic.Int64
}

// loads are what there is to do.
var loads = []func(l *load, ctx context.Context, c *client, n *cluster.Node) error{
	(*load).write, (*load).lease, (*load).abandon, (*load).transact, (*load).lock, (*load).watch,
}

// run does one thing again and again, on any node, until ctx ends.
func (l *load) run(ctx context.Context, c *client, do func(l *load, ctx context.Context, c *client, n *cluster.Node) error) {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(c.random.IntN(2000)) * time.Millisecond)
		n := c.node(c.peers[c.random.IntN(len(c.peers))].ID)
		if n == nil {
			continue
		}
		limit := time.Duration(1+c.random.IntN(8000)) * time.Millisecond
		attempt, cancel := context.WithTimeout(context.Background(), limit)
		err := do(l, attempt, c, n)
		cancel()
		if err != nil && !expected(err) && !errors.Is(err, recipe.ErrLost) && !errors.Is(err, recipe.ErrLocked) {
			c.find("under load: %v", err)
		}
	}
}

const (
	// loadItems are written again and again, and loadLists have so many elements.
	loadItems, loadLists, loadElements = 300, 5, 50
)

// fill writes all that the load writes anew later, so that there is as much
// from the beginning.
func (l *load) fill(ctx context.Context, n *cluster.Node) error {
	var ops []cluster.Op
	for i := range loadItems {
		ops = append(ops, cluster.Set(itemPath(i), strings.Repeat("x", 100)))
	}
	for i := range loadLists {
		ops = append(ops, cluster.Set(loadList(i), make([]int, loadElements)))
	}
	for _, path := range left {
		ops = append(ops, cluster.Set(path, map[string]any{}))
	}
	_, err := n.Apply(ctx, append(ops, cluster.Set(tree.Path{"guarded"}, 0))...)
	return err
}

func itemPath(i int) tree.Path { return tree.Path{"load", fmt.Sprint(i)} }

func loadList(i int) tree.Path { return tree.Path{"list", fmt.Sprint(i)} }

// write writes one of some items, and counts itself.
func (l *load) write(ctx context.Context, c *client, n *cluster.Node) error {
	text := strings.Repeat(fmt.Sprint(c.random.IntN(10)), 100)
	_, err := n.Apply(ctx, cluster.Set(itemPath(c.random.IntN(loadItems)), text), cluster.Add(totalPath(), 1))
	switch {
	case err == nil:
		l.writes.Add(1)
	case errors.Is(err, cluster.ErrOutcomeUnknown):
		l.unknown.Add(1)
	}
	return err
}

// lease leaves an item to its lease, which it may refresh.
func (l *load) lease(ctx context.Context, c *client, n *cluster.Node) error {
	path := tree.Path{"leased", fmt.Sprint(c.process, "-", c.instant.Add(1))}
	ttl := time.Duration(1+c.random.IntN(int(loadTTL.Seconds()))) * time.Second
	_, err := n.Apply(ctx, cluster.Insert(path, true), cluster.Expire(path, ttl))
	if err == nil && c.random.IntN(2) == 0 {
		_, err = n.Apply(ctx, cluster.Expire(path, ttl).If(cluster.Exists(path)))
	}
	if err == nil {
		l.leases.Add(1)
	}
	return err
}

// abandonedPath is where items are removed before their leases have ended.
var abandonedPath = tree.Path{"abandoned"}

// abandon removes an item that had a lease for longer than anybody waits.
func (l *load) abandon(ctx context.Context, c *client, n *cluster.Node) error {
	path := abandonedPath.Child(fmt.Sprint(c.process, "-", c.instant.Add(1)))
	_, err := n.Apply(ctx, cluster.Insert(path, true), cluster.Expire(path, 1000*time.Hour))
	if err != nil {
		return err
	}
	_, err = n.Apply(ctx, cluster.Remove(path))
	return err
}

// transact appends to a list, and takes the same number off its beginning. A
// node that has just started may have no list yet: then there is a conflict, and
// the function runs again.
func (l *load) transact(ctx context.Context, c *client, n *cluster.Node) error {
	path := loadList(c.random.IntN(loadLists))
	_, err := n.Transact(ctx, func(tx *cluster.Tx) error {
		value, _ := tx.Get(path)
		list := append(elements(value), c.random.IntN(1000))
		return tx.Do(cluster.Set(path, list[max(0, len(list)-loadElements):]))
	})
	if err == nil {
		l.transactions.Add(1)
	}
	return err
}

// lock takes a lock, writes under it, and gives it back or, in one case of ten,
// waits until it is lost with its node, or for long.
func (l *load) lock(ctx context.Context, c *client, n *cluster.Node) error {
	mutex, err := recipe.NewMutex(n, tree.Path{"lock", fmt.Sprint(c.random.IntN(3))}, loadTTL/2)
	if err != nil {
		return err
	}
	held, err := mutex.Lock(ctx)
	if err != nil {
		return err
	}
	l.locks.Add(1)
	_, err = n.Apply(ctx, cluster.Set(tree.Path{"guarded"}, int64(held.Token())).If(held.Condition()))
	if c.random.IntN(10) == 0 {
		timer := time.NewTimer(loadTTL)
		defer timer.Stop()
		select {
		case <-held.Context().Done():
		case <-timer.C:
		}
	}
	return errors.Join(err, held.Unlock(ctx))
}

// watch follows what is written until ctx ends, and reads then.
func (l *load) watch(ctx context.Context, _ *client, n *cluster.Node) error {
	for _, err := range n.Watch(ctx, tree.Subtree(tree.Path{"load"})) {
		if err != nil {
			break
		}
		l.events.Add(1)
	}
	again, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := n.Read(again)
	if err == nil {
		l.reads.Add(1)
	}
	return err
}
