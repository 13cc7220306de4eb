package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

func TestStreamLayerCarriesBytesBothWays(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a").StreamLayer(), w.open("b").StreamLayer()
		if a.Addr().String() != "a" || a.Addr().Network() != "gstate" {
			w.Errorf("address is %v of %v", a.Addr(), a.Addr().Network())
		}
		dialled, err := a.Dial("b", time.Second)
		if err != nil {
			w.Fatal(err)
		}
		accepted, err := b.Accept()
		if err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Hour)
		for _, ends := range [][2]net.Conn{{dialled, accepted}, {accepted, dialled}} {
			got := make([]byte, 5)
			ends[0].Write([]byte("bytes"))
			if _, err := io.ReadFull(ends[1], got); err != nil || string(got) != "bytes" {
				w.Errorf("got %q, %v", got, err)
			}
		}
	})
}

func TestStreamLayerDialErrors(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(w *world, a, b *Transport)
		want    error
		after   time.Duration
	}{
		{name: "raft has not started there", prepare: func(w *world, a, b *Transport) {}, want: ErrBusy},
		{name: "raft was closed there", prepare: func(w *world, a, b *Transport) { b.StreamLayer().Close() }, want: ErrBusy},
		{name: "the node is not there", prepare: func(w *world, a, b *Transport) { w.place("b", "") }, want: ErrNoAddress},
		{name: "this transport was closed", prepare: func(w *world, a, b *Transport) { a.Close() }, want: ErrClosed},
		{name: "the network drops everything", prepare: func(w *world, a, b *Transport) { w.net.Isolate("b") },
			want: context.DeadlineExceeded, after: time.Second},
		{name: "the answer does not come", prepare: func(w *world, a, b *Transport) {
			b.StreamLayer()
			w.net.Delay("b", "a", time.Hour)
		}, want: context.DeadlineExceeded, after: time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b := w.open("a"), w.open("b")
				layer := a.StreamLayer()
				test.prepare(w, a, b)
				start := time.Now()
				_, err := layer.Dial("b", time.Second)
				if !errors.Is(err, test.want) || time.Since(start) != test.after {
					w.Errorf("error is %v after %v", err, time.Since(start))
				}
				w.net.HealAll()
			})
		})
	}
}

func TestClosedStreamLayerLeavesNoConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		first, second := a.StreamLayer(), b.StreamLayer()
		for range 5 {
			go second.Accept()
			if _, err := first.Dial("b", time.Second); err != nil {
				w.Fatal(err)
			}
		}
		w.mustCall(a, "b")
		second.Close()
		synctest.Wait()
		first.Close()
		first.Close()
		if n := w.net.Conns(); n != 2 {
			w.Errorf("%d ends of connections are open, want the 2 for requests", n)
		}
		if _, err := first.Accept(); !errors.Is(err, ErrClosed) {
			w.Errorf("Accept of a closed layer returned %v", err)
		}
		if _, err := first.Dial("b", time.Second); !errors.Is(err, ErrClosed) {
			w.Errorf("Dial of a closed layer returned %v", err)
		}
		w.mustCall(a, "b")
	})
}

func TestNewStreamLayerReplacesTheFormer(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		former := b.StreamLayer()
		latter := b.StreamLayer()
		if _, err := former.Accept(); !errors.Is(err, ErrClosed) {
			w.Errorf("Accept of the former layer returned %v", err)
		}
		former.Close()
		if _, err := a.StreamLayer().Dial("b", time.Second); err != nil {
			w.Fatal(err)
		}
		if _, err := latter.Accept(); err != nil {
			w.Error(err)
		}
	})
}

func TestRaftThatDoesNotAcceptHoldsNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.open("a"), w.open("b")
		layer := a.StreamLayer()
		b.StreamLayer()
		c, err := layer.Dial("b", time.Second)
		if err != nil {
			w.Fatal(err)
		}
		start := time.Now()
		expectEnd(w, c)
		if took := time.Since(start); took != DefaultHandshakeTimeout {
			w.Errorf("the connection that nobody took ended after %v", took)
		}
		if _, err := layer.Dial("b", time.Second); err != nil {
			w.Fatal(err)
		}
	})
}

// raftNode is a member of a Raft cluster whose transport is the one under test.
type raftNode struct {
	*raft.Raft
	transport *Transport
	network   *raft.NetworkTransport
	fsm       *raft.MockFSM
}

func startRaft(w *world, id string, members []string) *raftNode {
	w.Helper()
	n := &raftNode{transport: w.open(id), fsm: &raft.MockFSM{}}
	quiet := hclog.NewNullLogger()
	n.network = raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: n.transport.StreamLayer(), MaxPool: 3, Timeout: 10 * time.Second, Logger: quiet,
	})
	config := raft.DefaultConfig()
	config.LocalID, config.Logger = raft.ServerID(id), quiet
	store := raft.NewInmemStore()
	var err error
	n.Raft, err = raft.NewRaft(config, n.fsm, store, store, raft.NewInmemSnapshotStore(), n.network)
	if err != nil {
		w.Fatal(err)
	}
	var servers []raft.Server
	for _, id := range members {
		servers = append(servers, raft.Server{ID: raft.ServerID(id), Address: raft.ServerAddress(id)})
	}
	n.BootstrapCluster(raft.Configuration{Servers: servers})
	return n
}

func (n *raftNode) stop(w *world) {
	w.Helper()
	if err := n.Shutdown().Error(); err != nil {
		w.Error(err)
	}
	n.network.Close()
	n.transport.Close()
}

// leaderAmong waits for one of the nodes to lead.
func leaderAmong(w *world, nodes map[string]*raftNode) string {
	w.Helper()
	for range 60 {
		time.Sleep(time.Second)
		for id, n := range nodes {
			if n.VerifyLeader().Error() == nil {
				return id
			}
		}
	}
	w.Fatal("no leader within a minute")
	return ""
}

func TestRaftClusterElectsAppliesAndSurvivesAPartition(t *testing.T) {
	inWorld(t, func(w *world) {
		members := []string{"a", "b", "c"}
		nodes := make(map[string]*raftNode)
		for _, id := range members {
			nodes[id] = startRaft(w, id, members)
		}
		for _, from := range members {
			for _, to := range members {
				w.net.Delay(from, to, time.Millisecond)
			}
		}
		first := leaderAmong(w, nodes)
		applyMany(w, nodes[first], 100)

		w.net.Isolate(first)
		rest := map[string]*raftNode{}
		for id, n := range nodes {
			if id != first {
				rest[id] = n
			}
		}
		second := leaderAmong(w, rest)
		applyMany(w, rest[second], 100)
		if n := len(nodes[first].fsm.Logs()); n != 100 {
			w.Errorf("the isolated node applied %d entries", n)
		}

		w.net.HealAll()
		time.Sleep(waitTime)
		for id, n := range nodes {
			if applied := len(n.fsm.Logs()); applied != 200 {
				w.Errorf("node %q applied %d entries of 200", id, applied)
			}
		}
		for _, n := range nodes {
			n.stop(w)
		}
	})
}

func applyMany(w *world, n *raftNode, entries int) {
	w.Helper()
	for i := range entries {
		if err := n.Apply(fmt.Append(nil, i), time.Second).Error(); err != nil {
			w.Fatal(err)
		}
	}
}

func TestRaftThatShutDownLeavesNoConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		members := []string{"a", "b"}
		a, b := startRaft(w, "a", members), startRaft(w, "b", members)
		leaderAmong(w, map[string]*raftNode{"a": a, "b": b})
		for _, n := range []*raftNode{a, b} {
			if err := n.Shutdown().Error(); err != nil {
				w.Fatal(err)
			}
			n.network.Close()
		}
		synctest.Wait()
		if n := w.net.Conns(); n != 0 {
			w.Errorf("%d ends of connections outlive raft", n)
		}
		w.mustCall(a.transport, "b")
	})
}
