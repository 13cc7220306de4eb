package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/transport/memnet"
)

// served is a cluster of three nodes, each with its HTTP server, on a network
// in memory: members are hosts a, b and c.
type served struct {
	network *memnet.Network
	nodes   map[string]*cluster.Node
	client  http.Client
}

func serveCluster(t *testing.T) *served {
	s := &served{network: memnet.New(), nodes: map[string]*cluster.Node{}}
	outside := s.network.Host("outside")
	s.client.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return outside.Dial(ctx, address)
	}}
	var peers []cluster.Peer
	for _, id := range []string{"a", "b", "c"} {
		peers = append(peers, cluster.Peer{ID: id, Address: id + ":7000"})
	}
	for _, peer := range peers {
		store := raft.NewInmemStore()
		node, err := cluster.Open(t.Context(), cluster.Config{ID: peer.ID, Peers: peers, Network: s.network.Host(peer.ID), Tune: func(e *cluster.Engine) {
			e.Logs, e.Stable, e.Snapshots = store, store, raft.NewInmemSnapshotStore()
		}})
		if err != nil {
			t.Fatal(err)
		}
		s.nodes[peer.ID] = node
		listener, err := s.network.Host(peer.ID).Listen(t.Context(), peer.ID+":80")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: web.Handler(node, web.Config{})}
		go server.Serve(listener)
		t.Cleanup(func() {
			node.Close()
			server.Close()
		})
	}
	for _, node := range s.nodes {
		if err := node.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// call sends a request to a member and returns the status and the body.
func (s *served) call(t *testing.T, member, method, target, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+member+":80"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, readAll(t, response.Body)
}

// TestAStaleUpdateOverHTTPIsNotFound is the six steps over HTTP: the update is
// sent to a follower that hears late, and still shows the user.
func TestAStaleUpdateOverHTTPIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serveCluster(t)
		leader, _ := s.nodes["a"].Leader()
		late := map[string]string{"a": "b", "b": "c", "c": "a"}[leader]
		const anna = "/v1/state/users/anna"

		// 1, 2: one member inserts the user, and all show it.
		if status, body := s.call(t, leader, "POST", anna, `{"name":"Anna"}`); status != 201 {
			t.Fatalf("insert: %d %s", status, body)
		}
		if status, body := s.call(t, late, "GET", anna+"?revision=1", ""); status != 200 {
			t.Fatalf("get: %d %s", status, body)
		}
		// 3, 4: a follower hears late from now on; the user is removed.
		s.network.Delay(leader, late, 300*time.Millisecond)
		if status, body := s.call(t, leader, "DELETE", anna, ""); status != 200 || body != "{\"revision\":2}\n" {
			t.Fatalf("delete: %d %s", status, body)
		}
		// 5: that follower still shows the user, and its update is refused.
		if status, body := s.call(t, late, "GET", anna, ""); status != 200 {
			t.Fatalf("the follower is not late, the test tests nothing: %d %s", status, body)
		}
		status, body := s.call(t, late, "PATCH", anna, `{"name":"Annabel"}`)
		refusal := decode[problem](t, body)
		if status != 404 || refusal.Code != "not_found" || refusal.Path != "users.anna" {
			t.Errorf("the stale update: %d %s", status, body)
		}
		// 6: no member has the user, and all have the revision of the removal.
		states := map[string]bool{}
		for id, node := range s.nodes {
			if status, body := s.call(t, id, "GET", anna+"?read=linearizable", ""); status != 404 {
				t.Errorf("%s: %d %s", id, status, body)
			}
			states[fmt.Sprint(node.Tree().Revision(), node.Tree().Digest())] = true
		}
		if len(states) != 1 || s.nodes[late].Tree().Revision() != 2 {
			t.Errorf("after the refusal the members are at %v", states)
		}
	})
}
