package web_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// bench runs a test in virtual time on a node after populate. What the test
// has started must end with it: the bubble fails otherwise.
type bench func(t *testing.T, test func(t *testing.T, node web.Node))

// onFake is the bench of a fake node.
func onFake(t *testing.T, test func(t *testing.T, node web.Node)) {
	withFake(t, func(t *testing.T, node *fakeNode) { test(t, node) })
}

// withFake is onFake for tests that make the node fail.
func withFake(t *testing.T, test func(t *testing.T, node *fakeNode)) {
	synctest.Test(t, func(t *testing.T) { test(t, populated(t)) })
}

// onReal is the bench of a cluster of one.
func onReal(t *testing.T, test func(t *testing.T, node web.Node)) {
	withCluster(t, 1, func(t *testing.T, nodes []*cluster.Node) {
		populate(t, nodes[0])
		test(t, nodes[0])
	})
}

// withCluster runs a test in virtual time on a cluster of n nodes, all ready.
func withCluster(t *testing.T, n int, test func(t *testing.T, nodes []*cluster.Node)) {
	synctest.Test(t, func(t *testing.T) {
		network, nodes := memnet.New(), make([]*cluster.Node, n)
		peers := []cluster.Peer{{ID: "a", Address: "a:7001"}, {ID: "b", Address: "b:7001"}, {ID: "c", Address: "c:7001"}}[:n]
		for i, peer := range peers {
			node, err := cluster.Open(t.Context(), cluster.Config{ID: peer.ID, Peers: peers, Dir: t.TempDir(), Network: network.Host(peer.ID)})
			if err != nil {
				t.Fatal(err)
			}
			defer node.Close()
			nodes[i] = node
		}
		for _, node := range nodes {
			if err := node.WaitReady(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		test(t, nodes)
	})
}

// populate makes the writes that the tests start from: revisions 1 to 3.
func populate(t testing.TB, node web.Node) {
	t.Helper()
	for _, op := range []cluster.Op{
		cluster.Set(nil, map[string]any{"users": map[string]any{"anna": map[string]any{"age": 41}}, "a/b": map[string]any{"c+d": true}}),
		cluster.Insert(tree.Path{"users", "bert"}, map[string]any{"age": 7.0, "key": []byte("\x00\xff")}),
		cluster.Set(tree.Path{"none"}, nil),
	} {
		apply(t, node, op)
	}
}

// serve runs the server on an in-memory network until the test ends, and
// returns a client that reaches it as http://server.
func serve(t *testing.T, server *http.Server) *http.Client {
	t.Helper()
	network := memnet.New()
	listener, err := network.Host("server").Listen(t.Context(), "server:80")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) })
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return network.Host("client").Dial(ctx, address)
		},
		Protocols: server.Protocols,
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		running.Wait()
		time.Sleep(time.Second) // a server lingers for half of it on a connection that it gave up
	})
	return &http.Client{Transport: transport}
}
