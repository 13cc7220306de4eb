package main

import (
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// openPair opens the members a and b of one cluster, which are closed at the end
// of the test.
func openPair(t *testing.T) map[string]*cluster.Node {
	t.Helper()
	network, nodes := memnet.New(), map[string]*cluster.Node{}
	peers := []cluster.Peer{{ID: "a", Address: "a:7001"}, {ID: "b", Address: "b:7001"}}
	for _, peer := range peers {
		node, err := cluster.Open(t.Context(), cluster.Config{ID: peer.ID, Peers: peers, Dir: t.TempDir(), Network: network.Host(peer.ID)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { node.Close() })
		nodes[peer.ID] = node
	}
	for _, node := range nodes {
		if err := node.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return nodes
}

// breaking is a client of the nodes whose streams break off, be it within an
// event: each after a few bytes more than the one before.
func breaking(nodes map[string]*cluster.Node) (c *client, streams *int) {
	streams = new(int)
	return &client{bases: []string{"http://a", "http://b"}, timeout: time.Minute, http: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := handlerTransport(web.Handler(nodes[r.URL.Host], web.Config{}).ServeHTTP).RoundTrip(r)
		if err != nil {
			return nil, err
		}
		*streams++
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, int64(300+7**streams)), response.Body}
		return response, nil
	})}}, streams
}

// TestWatchOfEveryChangeNeitherLosesNorRepeatsOne while it goes from node to node
// and others write.
func TestWatchOfEveryChangeNeitherLosesNorRepeatsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := openPair(t)
		const changes = 200
		var writing sync.WaitGroup
		defer writing.Wait()
		writing.Go(func() {
			for n := range changes {
				for _, path := range []tree.Path{{"n"}, {"beside"}} {
					if _, err := nodes["a"].Set(t.Context(), path, n); err != nil {
						t.Error(err)
					}
				}
				time.Sleep(time.Duration(n%7) * 10 * time.Millisecond)
			}
		})
		watching, streams := breaking(nodes)
		next := int64(-1) // nothing stands there at the beginning
		for event, err := range watching.watch(t.Context(), url.Values{"path": {"n"}, "every": {"true"}, "since": {"0"}}) {
			if err != nil {
				t.Fatal(err)
			}
			value, err := tree.ParseJSON(event.Result)
			if next++; err != nil || value.Int() != next || event.Reset {
				t.Fatalf("revision %d: %s, reset %v, want %d, error %v", event.Revision, event.Result, event.Reset, next, err)
			}
			if next == changes-1 {
				break
			}
		}
		if *streams < 10 {
			t.Errorf("only %d streams", *streams)
		}
	})
}
