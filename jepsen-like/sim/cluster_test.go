package sim

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
	"example.com/gstate/jepsen-like/swarm"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// heartbeat is short, so that a run of some virtual seconds has many elections:
// the real time that a run takes goes with the virtual one.
const heartbeat = 200 * time.Millisecond

// world is a cluster in virtual time, on an in-memory network. Its disks
// outlive its nodes, so that a node can be started again.
type world struct {
	t      *testing.T
	run    swarm.Run
	random *rand.Rand
	// folders are where nodes store their files. Nodes that have none store in
	// memory.
	folders map[string]string
	// log takes the log of the nodes; nil: nobody reads it.
	log io.Writer
	bug bug
	// tune, if not nil, has the last word on how nodes are opened.
	tune  func(*cluster.Config)
	net   *memnet.Network
	peers []cluster.Peer
	disks map[string]disk
	began time.Time
	// instant counts the calls and returns of all clients. They share it, so
	// it is real time as no clock could tell it.
	instant atomic.Int64

	mu struct {
		sync.Mutex
		nodes    map[string]*cluster.Node
		findings []string
	}
}

// disk is what a node leaves behind when it ends.
type disk struct {
	logs      *raft.InmemStore
	snapshots raft.SnapshotStore
}

// shortRun is the run that a test of one workload makes with a seed: three nodes
// or with some seeds five, which take snapshots all the time, and leave nothing
// in the log for those that are behind. One seed in four takes none.
func shortRun(seed uint64) swarm.Run {
	run := swarm.Run{
		Seed: seed, Virtual: 7 * time.Second, Nodes: 3, Nemeses: allFaults(),
		SnapshotEntries: 5, TrailingLogs: 1,
	}
	if seed%5 == 4 {
		run.Nodes = 5
	}
	if seed%4 == 0 {
		run.SnapshotEntries, run.TrailingLogs = 0, 0
	}
	run.Clients = clientsOfNode * run.Nodes
	return run
}

// newWorld returns a cluster whose nodes are down.
func newWorld(t *testing.T, run swarm.Run, b bug, tune func(*cluster.Config)) *world {
	w := &world{
		t: t, run: run, random: rand.New(rand.NewPCG(run.Seed, 1)), bug: b, tune: tune,
		net: memnet.New(), disks: map[string]disk{},
	}
	if *showLog {
		w.log = t.Output()
	}
	w.began = time.Now()
	w.mu.nodes = map[string]*cluster.Node{}
	for i := range run.Nodes {
		id := string(rune('a' + i))
		w.peers = append(w.peers, cluster.Peer{ID: id, Address: id + ":7000"})
		w.disks[id] = disk{raft.NewInmemStore(), raft.NewInmemSnapshotStore()}
	}
	w.calm()
	return w
}

// openWorld returns a cluster whose nodes are open.
func openWorld(t *testing.T, run swarm.Run, b bug, tune func(*cluster.Config)) *world {
	w := newWorld(t, run, b, tune)
	w.startAll()
	return w
}

// calm ends all faults of the network. Links keep a latency of their own:
// without one everything would happen in the same instant.
func (w *world) calm() {
	w.net.HealAll()
	latency := rand.New(rand.NewPCG(w.run.Seed, 2))
	for _, from := range w.peers {
		for _, to := range w.peers {
			if from.ID != to.ID {
				w.net.Delay(from.ID, to.ID, drawLatency(latency))
			}
		}
	}
}

// drawLatency draws the latency of a link.
func drawLatency(random *rand.Rand) time.Duration {
	return time.Duration(200+random.IntN(2000)) * time.Microsecond
}

func (w *world) start(id string) {
	if _, err := w.open(id); err != nil {
		w.t.Fatalf("%s does not open: %v", id, err)
	}
}

// open starts a node on its disk.
func (w *world) open(id string) (*cluster.Node, error) {
	cfg := cluster.Config{
		ID: id, Peers: w.peers, Network: w.net.Host(id),
		HeartbeatTimeout: heartbeat, ElectionTimeout: heartbeat,
		SnapshotEntries: w.run.SnapshotEntries, TrailingLogs: w.run.TrailingLogs,
		LeaderWait: time.Second, Dir: w.folders[id],
		Tune: func(e *cluster.Engine) {
			if disk := w.disks[id]; w.folders[id] == "" {
				e.Logs, e.Stable, e.Snapshots = disk.logs, disk.logs, disk.snapshots
			}
			// The longest lease that the engine takes, so that leaders that
			// were replaced believe in themselves for long.
			e.Config.LeaderLeaseTimeout = heartbeat
		},
	}
	if w.tune != nil {
		w.tune(&cfg)
	}
	if w.log != nil {
		cfg.Logger = w.logger(id)
	}
	node, err := cluster.Open(w.t.Context(), cfg)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.nodes[id] = node
	return node, nil
}

// logger returns what a node writes its log with.
func (w *world) logger(id string) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: id, Output: w.log, Level: hclog.Info})
}

// stop ends a node; its disk remains.
func (w *world) stop(id string) {
	node := w.take(id)
	if node == nil {
		return
	}
	if err := node.Err(); err != nil {
		w.find("%s has stopped by itself: %v", id, err)
	}
	node.Close()
}

func (w *world) startAll() {
	for _, peer := range w.peers {
		w.start(peer.ID)
	}
}

// take returns the node with this id, which is down for all others now. It is
// nil when it was so before.
func (w *world) take(id string) *cluster.Node {
	w.mu.Lock()
	defer w.mu.Unlock()
	node := w.mu.nodes[id]
	delete(w.mu.nodes, id)
	return node
}

func (w *world) stopAll() {
	for _, peer := range w.peers {
		w.stop(peer.ID)
	}
}

// node returns the node with this id, or nil while it is down.
func (w *world) node(id string) *cluster.Node {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.nodes[id]
}

// awaitLeader waits until all that run know one leader, and returns it.
func (w *world) awaitLeader() (leader string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, peer := range w.peers {
		if err := w.node(peer.ID).WaitReady(ctx); err != nil {
			w.find("%s has no leader: %v", peer.ID, err)
		}
		leader, _ = w.node(peer.ID).Leader()
	}
	return cmp.Or(leader, w.peers[0].ID)
}

// clock returns the time since the run began: the one clock that all have.
func (w *world) clock() time.Duration { return time.Since(w.began) }

// find notes what is wrong.
func (w *world) find(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.findings = append(w.mu.findings, fmt.Sprintf(format, args...))
}

func (w *world) findings() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.findings
}

// recover demands, after all faults, that each node takes a write, and that
// all come to one tree.
func (w *world) recover() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	newest := uint64(0)
	for _, peer := range w.peers {
		revision, err := w.node(peer.ID).Set(ctx, tree.Path{"healed", peer.ID}, 1)
		if err != nil {
			w.find("%s takes no write when all is healed: %v", peer.ID, err)
		}
		newest = max(newest, revision)
	}
	w.compare(ctx, newest)
}

// compare demands that all nodes reach a revision, and that they have one tree
// then. Items whose leases end may still come between: a tree is compared with
// others of its revision alone.
func (w *world) compare(ctx context.Context, newest uint64) {
	for {
		digests, revisions := map[tree.Digest]string{}, map[uint64]bool{}
		reached := newest
		for _, peer := range w.peers {
			t, err := w.node(peer.ID).ReadAt(ctx, reached)
			if err != nil {
				w.find("%s does not reach revision %d: %v", peer.ID, reached, err)
				return
			}
			digests[t.Digest()] += fmt.Sprintf(" %s@%d", peer.ID, t.Revision())
			revisions[t.Revision()] = true
			newest = max(newest, t.Revision())
		}
		if len(revisions) > 1 {
			continue
		}
		if len(digests) != 1 {
			w.find("the nodes differ: %v", digests)
		}
		return
	}
}
