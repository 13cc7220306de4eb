package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/gstate/cluster"
)

// TestPromisesHoldUnderRandomFaults writes to and reads from all nodes while
// links are cut, held, delayed and reset and nodes are stopped, at random, and
// checks each promise. One seed takes no snapshots, the others all the time;
// the last has five nodes. The harness makes such runs of many seeds.
func TestPromisesHoldUnderRandomFaults(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			tune := func(cfg *cluster.Config) {
				if seed > 0 {
					cfg.SnapshotEntries, cfg.TrailingLogs = 5, 1
				}
			}
			nodes := 3
			if seed == 2 {
				nodes = 5
			}
			inVirtualTime(t, nodes, tune, func(t *testing.T, v *virtual) {
				c := &chaos{virtual: v, random: rand.New(rand.NewPCG(seed, 1)), acknowledged: map[string]uint64{}, refused: map[string]error{}}
				c.run()
			})
		})
	}
}

// chaos is one run: what clients were told, to be compared with what is.
type chaos struct {
	*virtual
	random *rand.Rand
	// open guards nodes, which the faults stop and start under the clients.
	open sync.RWMutex

	told         sync.Mutex
	acknowledged map[string]uint64 // revisions by key
	refused      map[string]error  // certainly not applied
	// newest is the newest acknowledged revision.
	newest atomic.Uint64
}

func (c *chaos) run() {
	ctx, stop := context.WithCancel(c.t.Context())
	var clients sync.WaitGroup
	for _, peer := range c.peers {
		for w := range 3 {
			random := rand.New(rand.NewPCG(c.random.Uint64(), 2))
			clients.Go(func() { c.write(ctx, peer.ID, w, random) })
		}
		clients.Go(func() { c.readLinearizably(ctx, peer.ID) })
		clients.Go(func() { c.readLocally(ctx, peer.ID) })
	}
	for range 25 {
		time.Sleep(time.Duration(100+c.random.IntN(2500)) * time.Millisecond)
		c.fault()
	}
	c.heal()
	time.Sleep(10 * time.Second)
	stop()
	clients.Wait()
	c.check()
}

// node returns the open node with this id, or nil.
func (c *chaos) node(id string) *cluster.Node {
	c.open.RLock()
	defer c.open.RUnlock()
	return c.nodes[id]
}

// write inserts keys of its own, with contexts that end at once or never.
func (c *chaos) write(ctx context.Context, id string, w int, random *rand.Rand) {
	for i := 0; ctx.Err() == nil; i++ {
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond)
		node := c.node(id)
		if node == nil {
			continue
		}
		limit := []time.Duration{8 * time.Millisecond, 3 * time.Second, time.Hour}[random.IntN(3)]
		attempt, cancel := context.WithTimeout(context.Background(), time.Duration(random.Int64N(int64(limit))))
		key := fmt.Sprintf("%s-%d-%d", id, w, i)
		revision, err := node.Insert(attempt, path("keys", key), i)
		cancel()
		c.tell(key, revision, err)
		if item, ok := node.Tree().Get(path("keys", key)); err == nil && (!ok || item.Modified() != revision) {
			c.t.Errorf("%s does not see its own write of %s", id, key)
		}
	}
}

func (c *chaos) tell(key string, revision uint64, err error) {
	c.told.Lock()
	defer c.told.Unlock()
	switch {
	case err == nil:
		c.acknowledged[key] = revision
		c.newest.Store(max(c.newest.Load(), revision))
	case errors.Is(err, cluster.ErrExists):
		c.t.Errorf("%s was inserted twice: %v", key, err)
	case !errors.Is(err, cluster.ErrOutcomeUnknown):
		c.refused[key] = err
	}
}

func (c *chaos) readLinearizably(ctx context.Context, id string) {
	for ; ctx.Err() == nil; time.Sleep(7 * time.Millisecond) {
		node, before := c.node(id), c.newest.Load()
		if node == nil {
			continue
		}
		attempt, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		read, err := node.Read(attempt)
		cancel()
		if err == nil && read.Revision() < before {
			c.t.Errorf("a read on %s was at revision %d, and %d was acknowledged before", id, read.Revision(), before)
		}
	}
}

func (c *chaos) readLocally(ctx context.Context, id string) {
	var last *cluster.Node
	var seen uint64
	for ; ctx.Err() == nil; time.Sleep(3 * time.Millisecond) {
		node := c.node(id)
		if node == nil {
			continue
		}
		revision := node.Tree().Revision()
		if node == last && revision < seen {
			c.t.Errorf("%s went back from revision %d to %d", id, seen, revision)
		}
		last, seen = node, revision
	}
}

// fault does something to a node or to a link, with a liking for the leader.
func (c *chaos) fault() {
	victim, other := c.anyone(), c.anyone()
	if leader, ok := c.nodes[victim].Leader(); ok && c.random.IntN(2) == 0 {
		victim = leader
	}
	switch c.random.IntN(9) {
	case 0, 1:
		c.net.Isolate(victim)
	case 2:
		c.net.Cut(victim, other)
	case 3:
		c.net.Hold(victim, other)
	case 4, 5:
		c.net.HealAll()
	case 6:
		c.net.Reset(victim, other)
	case 7:
		c.net.Delay(victim, other, time.Duration(c.random.IntN(400))*time.Millisecond)
	case 8:
		c.restart(victim, time.Duration(c.random.IntN(5000))*time.Millisecond)
	}
}

func (c *chaos) anyone() string { return c.peers[c.random.IntN(len(c.peers))].ID }

func (c *chaos) restart(id string, pause time.Duration) {
	c.open.Lock()
	node := c.nodes[id]
	delete(c.nodes, id)
	c.open.Unlock()
	if c.random.IntN(2) == 0 {
		c.net.Crash(id)
	}
	node.Close()
	if err := node.Err(); err != nil {
		c.t.Errorf("%s had stopped by itself: %v", id, err)
	}
	time.Sleep(pause)
	c.open.Lock()
	defer c.open.Unlock()
	c.start(id)
}

func (c *chaos) heal() {
	c.net.HealAll()
	for _, from := range c.peers {
		for _, to := range c.peers {
			c.net.Delay(from.ID, to.ID, 0)
		}
	}
}

func (c *chaos) check() {
	for id, node := range c.nodes {
		if _, err := node.Set(within(c.t, time.Minute), path("healed", id), 1); err != nil {
			c.t.Errorf("%s takes no write when all is healed: %v", id, err)
		}
	}
	c.converged()
	keys, _ := c.node(c.leader()).Tree().Get(path("keys"))
	for key, revision := range c.acknowledged {
		if item, ok := keys.Child(key); !ok || item.Modified() != revision {
			c.t.Errorf("%s, acknowledged at revision %d, is lost", key, revision)
		}
	}
	for key, err := range c.refused {
		if _, ok := keys.Child(key); ok {
			c.t.Errorf("%s was refused, and is there: %v", key, err)
		}
	}
	if len(c.acknowledged) < 500 {
		c.t.Errorf("only %d writes were acknowledged: the run says nothing", len(c.acknowledged))
	}
}
