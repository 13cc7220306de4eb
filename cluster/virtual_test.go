package cluster_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// virtual is a cluster in virtual time, on an in-memory network. Its stores
// outlive its nodes, as disks do, so that a node can be started again.
type virtual struct {
	t     *testing.T
	net   *memnet.Network
	peers []cluster.Peer
	disks map[string]*disk
	nodes map[string]*cluster.Node
	tune  func(*cluster.Config)
}

// disk is what a node leaves behind when it ends.
type disk struct {
	logs      *raft.InmemStore
	snapshots raft.SnapshotStore
}

// inVirtualTime runs a test on a cluster of n nodes "a", "b"... that are all
// open. The bubble fails the test when a goroutine is left at its end.
func inVirtualTime(t *testing.T, n int, tune func(*cluster.Config), test func(t *testing.T, v *virtual)) {
	synctest.Test(t, func(t *testing.T) {
		v := &virtual{t: t, net: memnet.New(), disks: map[string]*disk{}, nodes: map[string]*cluster.Node{}, tune: tune}
		for i := range n {
			id := string(rune('a' + i))
			v.peers = append(v.peers, cluster.Peer{ID: id, Address: id + ":7000"})
		}
		for _, peer := range v.peers {
			v.start(peer.ID)
		}
		defer v.stopAll()
		test(t, v)
	})
}

func (v *virtual) start(id string) *cluster.Node {
	v.t.Helper()
	if v.disks[id] == nil {
		v.disks[id] = &disk{logs: raft.NewInmemStore(), snapshots: raft.NewInmemSnapshotStore()}
	}
	cfg := cluster.Config{
		ID:      id,
		Peers:   v.peers,
		Network: v.net.Host(id),
		Logger:  testLogger(v.t, id),
		Tune: func(e *cluster.Engine) {
			e.Logs, e.Stable, e.Snapshots = v.disks[id].logs, v.disks[id].logs, v.disks[id].snapshots
		},
	}
	if v.tune != nil {
		v.tune(&cfg)
	}
	node, err := cluster.Open(v.t.Context(), cfg)
	if err != nil {
		v.t.Fatal(err)
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
	for id := range v.nodes {
		v.stop(id)
	}
}

// leader waits until every node knows the same leader, and returns its id.
func (v *virtual) leader() string {
	v.t.Helper()
	for range 100 {
		seen := make(map[string]int)
		for _, node := range v.nodes {
			if id, ok := node.Leader(); ok {
				seen[id]++
			}
		}
		for id, n := range seen {
			if n == len(v.nodes) && v.nodes[id] != nil {
				return id
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	v.t.Fatal("no leader in ten virtual seconds")
	return ""
}

// leadBy makes the node with this id the leader. The present one hands over when it
// is stopped, to whoever answers; so nobody else does. No link may be cut before.
func (v *virtual) leadBy(id string) {
	v.t.Helper()
	for range 50 {
		leader := v.leader()
		if leader == id {
			return
		}
		for _, peer := range v.peers {
			if peer.ID != id && peer.ID != leader {
				v.net.Cut(leader, peer.ID)
				v.net.Cut(peer.ID, leader)
			}
		}
		v.stop(leader)
		v.net.HealAll()
		v.start(leader)
		time.Sleep(5 * time.Second)
	}
	v.t.Fatalf("%s does not lead after 50 elections", id)
}

// follower returns the id of a node that does not lead.
func (v *virtual) follower() string {
	v.t.Helper()
	leader := v.leader()
	for _, peer := range v.peers {
		if peer.ID != leader && v.nodes[peer.ID] != nil {
			return peer.ID
		}
	}
	v.t.Fatal("no follower")
	return ""
}

// behind cuts a node off while something is done, and lets it catch up: it
// applies at once what was written meanwhile.
func (v *virtual) behind(id string, do func(leader *cluster.Node)) {
	v.t.Helper()
	leader := v.nodes[v.leader()]
	v.net.Isolate(id)
	do(leader)
	v.net.HealAll()
	if _, err := v.nodes[id].ReadAt(within(v.t, time.Minute), leader.Tree().Revision()); err != nil {
		v.t.Fatal(err)
	}
	synctest.Wait()
}

// converged waits until all nodes have one revision, and fails the test when
// their digests differ.
func (v *virtual) converged() {
	v.t.Helper()
	newest := uint64(0)
	for _, node := range v.nodes {
		newest = max(newest, node.Tree().Revision())
	}
	digests := make(map[tree.Digest][]string)
	for id, node := range v.nodes {
		t, err := node.ReadAt(within(v.t, time.Minute), newest)
		if err != nil {
			v.t.Fatalf("%s does not reach revision %d: %v", id, newest, err)
		}
		digests[t.Digest()] = append(digests[t.Digest()], fmt.Sprintf("%s@%d", id, t.Revision()))
	}
	if len(digests) != 1 {
		v.t.Fatalf("the nodes differ: %v", digests)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// testLogger shows a node's log when the test fails.
func testLogger(t *testing.T, id string) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: id, Output: t.Output(), Level: hclog.Info})
}

func path(keys ...string) tree.Path { return keys }
