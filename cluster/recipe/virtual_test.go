package recipe_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// virtual is a cluster of three, "a", "b" and "c", in virtual time on an
// in-memory network. Its stores outlive its nodes, as disks do.
type virtual struct {
	net   *memnet.Network
	disks map[string]*disk
	nodes map[string]*cluster.Node
	log   io.Writer
	// tune changes how nodes are opened, if it is set.
	tune func(cfg *cluster.Config)
}

// disk is what a node leaves behind when it ends.
type disk struct {
	logs      *raft.InmemStore
	snapshots raft.SnapshotStore
}

var names = []string{"a", "b", "c"}

// ttl is the lease in most tests.
const ttl = 10 * time.Second

// inVirtualTime runs a test on a cluster that has a leader. The bubble fails it
// when a goroutine is left at its end.
func inVirtualTime(t *testing.T, test func(t *testing.T, v *virtual)) {
	synctest.Test(t, func(t *testing.T) {
		v := &virtual{
			net: memnet.New(), log: t.Output(),
			disks: map[string]*disk{}, nodes: map[string]*cluster.Node{},
		}
		defer v.stopAll()
		for _, id := range names {
			v.start(id)
		}
		for _, node := range v.nodes {
			if err := node.WaitReady(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		test(t, v)
	})
}

// start opens a node on its disk.
func (v *virtual) start(id string) *cluster.Node {
	if v.disks[id] == nil {
		v.disks[id] = &disk{logs: raft.NewInmemStore(), snapshots: raft.NewInmemSnapshotStore()}
	}
	cfg := cluster.Config{
		ID: id, Network: v.net.Host(id),
		Logger: hclog.New(&hclog.LoggerOptions{Name: id, Output: v.log, Level: hclog.Error}),
		Tune: func(e *cluster.Engine) {
			e.Logs, e.Stable, e.Snapshots = v.disks[id].logs, v.disks[id].logs, v.disks[id].snapshots
		},
	}
	for _, name := range names {
		cfg.Peers = append(cfg.Peers, cluster.Peer{ID: name, Address: name + ":7000"})
	}
	if v.tune != nil {
		v.tune(&cfg)
	}
	node, err := cluster.Open(context.Background(), cfg)
	if err != nil {
		panic(err)
	}
	v.nodes[id] = node
	return node
}

// stop closes a node; its disk remains.
func (v *virtual) stop(id string) {
	v.nodes[id].Close()
	delete(v.nodes, id)
}

func (v *virtual) stopAll() {
	v.net.HealAll()
	for id := range v.nodes {
		v.stop(id)
	}
}

// leader returns the id of the node that leads.
func (v *virtual) leader(t *testing.T) string {
	t.Helper()
	for range 600 {
		for id, node := range v.nodes {
			if leads, ok := node.Leader(); ok && leads == id {
				return id
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("no leader in a virtual minute")
	return ""
}

// followers returns the ids of the others.
func (v *virtual) followers(t *testing.T) []string {
	t.Helper()
	leader, others := v.leader(t), []string(nil)
	for _, id := range names {
		if id != leader && v.nodes[id] != nil {
			others = append(others, id)
		}
	}
	return others
}

// within returns a context that ends after that time.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// must returns the value, and fails the test if there is none.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// children returns how many items stand beneath a path.
func children(node *cluster.Node, path tree.Path) int {
	item, _ := node.Tree().Get(path)
	return item.Len()
}
