package sim

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// node is what clients use of a cluster.Node. Bugs are planted by wrapping it.
type node interface {
	Transact(ctx context.Context, run func(view) error) (cluster.Result, error)
	Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error)
	Read(ctx context.Context) (*tree.Tree, error)
	Tree() *tree.Tree
	Status() cluster.Status
	Outcome(ctx context.Context, id cluster.WriteID) (cluster.Result, error)
	Watch(ctx context.Context, query tree.Query, options ...cluster.WatchOption) iter.Seq2[cluster.Event, error]
	// Since makes the option of the same name.
	Since(revision uint64) cluster.WatchOption
	// Expire makes the operation of the same name.
	Expire(path tree.Path, ttl time.Duration) cluster.Op
	// Guard puts an operation under a lock.
	Guard(op cluster.Op, held *recipe.Held) cluster.Op
	// Recipes returns what recipes are made with.
	Recipes() recipe.Node
}

// view is what transactions see and do.
type view interface {
	List(path tree.Path) []int
	Append(path tree.Path, element int) error
	Set(path tree.Path, list []int) error
	// Keys returns the keys of an item's children, perhaps as a query gives them.
	Keys(path tree.Path, byQuery bool) []string
	// Insert and Remove make the operations of the same names.
	Insert(path tree.Path) error
	Remove(path tree.Path) error
}

// sound is a node without a planted bug.
type sound struct{ *cluster.Node }

func (s sound) Transact(ctx context.Context, run func(view) error) (cluster.Result, error) {
	return s.Node.Transact(ctx, func(tx *cluster.Tx) error { return run(soundView{tx}) })
}

func (s sound) Expire(path tree.Path, ttl time.Duration) cluster.Op {
	return cluster.Expire(path, ttl)
}

func (s sound) Since(revision uint64) cluster.WatchOption { return cluster.Since(revision) }

func (s sound) Guard(op cluster.Op, held *recipe.Held) cluster.Op { return op.If(held.Condition()) }

func (s sound) Recipes() recipe.Node { return s.Node }

type soundView struct{ tx *cluster.Tx }

func (v soundView) List(path tree.Path) []int {
	value, _ := v.tx.Get(path)
	return elements(value)
}

func (v soundView) Append(path tree.Path, element int) error {
	return v.tx.Do(cluster.Append(path, element))
}

func (v soundView) Set(path tree.Path, list []int) error {
	return v.tx.Do(cluster.Set(path, list))
}

func (v soundView) Keys(path tree.Path, byQuery bool) []string {
	if !byQuery {
		return v.tx.Keys(path)
	}
	query, err := tree.Subtree(path).Select(tree.Keys())
	if err != nil {
		panic(err) // it is a constant
	}
	var keys []string
	found, _ := v.tx.Query(query)
	for _, key := range found.Elements() {
		keys = append(keys, key.Str())
	}
	return keys
}

func (v soundView) Insert(path tree.Path) error { return v.tx.Do(cluster.Insert(path, true)) }

func (v soundView) Remove(path tree.Path) error { return v.tx.Do(cluster.Remove(path)) }

func elements(value tree.Value) []int {
	list := make([]int, 0, value.Len())
	for _, element := range value.Elements() {
		list = append(list, int(element.Int()))
	}
	return list
}

// client makes one operation after the other.
type client struct {
	*world
	// process is the client's number in the history, another one after each
	// operation of unknown outcome.
	process int
	home    string
	random  *rand.Rand
}

// run makes operations of the workload until ctx ends.
func (c *client) run(ctx context.Context, load workload) {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(c.random.IntN(25)) * time.Millisecond)
		if n := c.anyNode(); n != nil {
			load.step(c, n)
		}
	}
}

// anyNode returns the client's own node or any other, or nil when that one is
// down.
func (c *client) anyNode() node {
	id := c.home
	if c.random.IntN(2) == 0 {
		id = c.peers[c.random.IntN(len(c.peers))].ID
	}
	if n := c.node(id); n != nil {
		return c.bug(sound{n})
	}
	return nil
}

// patience returns a context that ends soon, or late, or when it is too late
// for anybody to care.
func (c *client) patience() (context.Context, context.CancelFunc) {
	limit := []time.Duration{12 * time.Millisecond, 150 * time.Millisecond, 3 * time.Second, 3 * time.Second}[c.random.IntN(4)]
	return context.WithTimeout(context.Background(), time.Duration(c.random.Int64N(int64(limit))))
}

// now returns the next instant: no two are equal.
func (c *client) now() int64 { return c.instant.Add(1) }

// next gives the client another number.
func (c *client) next() { c.process += 1000 }

// expected reports whether a fault explains the error. It is none that the
// state of the tree gives.
func expected(err error) bool {
	for _, target := range []error{
		cluster.ErrOutcomeUnknown, cluster.ErrNoLeader, cluster.ErrBusy, cluster.ErrClosed,
		context.DeadlineExceeded, context.Canceled,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
