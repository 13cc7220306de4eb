package cluster_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"example.com/gstate/cluster"
)

// openReal opens n nodes on loopback with real files, which close with the
// test, and waits until all are ready.
func openReal(tb testing.TB, n int, tune func(*cluster.Config)) []*cluster.Node {
	tb.Helper()
	var peers []cluster.Peer
	for i := range n {
		peers = append(peers, cluster.Peer{ID: string(rune('a' + i)), Address: freeAddress(tb)})
	}
	var nodes []*cluster.Node
	for _, peer := range peers {
		cfg := cluster.Config{
			ID:               peer.ID,
			Peers:            peers,
			Dir:              tb.TempDir(),
			HeartbeatTimeout: 300 * time.Millisecond,
			ElectionTimeout:  300 * time.Millisecond,
		}
		if tune != nil {
			tune(&cfg)
		}
		node, err := cluster.Open(tb.Context(), cfg)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { node.Close() })
		nodes = append(nodes, node)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	for _, node := range nodes {
		if err := node.WaitReady(ctx); err != nil {
			tb.Fatal(err)
		}
	}
	return nodes
}

// Ports for tests lie below those that systems give to outgoing connections,
// one of which could otherwise take the port of a node that is to come back,
// and beside those of the other packages' tests, which run at the same time.
const (
	firstPort = 10_000
	ports     = 5_000
)

// nextPort counts from a place that differs between processes.
var nextPort = atomic.Int64{}

func init() { nextPort.Store(int64(os.Getpid() * 61 % ports)) }

// freeAddress returns an address of loopback that nobody listens on.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	for range ports {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+nextPort.Add(1)%ports)
		listener, err := net.Listen("tcp", address)
		if err == nil {
			listener.Close()
			return address
		}
	}
	tb.Fatal("no free port")
	return ""
}
