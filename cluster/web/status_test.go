package web_test

import (
	"errors"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

func TestStatusSaysAllThatTheNodeKnowsOfItself(t *testing.T) {
	node := populated(t)
	digest := node.Status().Digest.String()
	handler := web.Handler(node, web.Config{})
	e := exchange{request: "GET /v1/status", status: 200, want: `{"id":"a","cluster":"test","role":"leader","leader":"a","term":2,"ready":true,` +
		`"revision":3,"digest":"` + digest + `","items":9,"commit_index":8,"applied_index":7,"snapshot_index":4,"error":""}`}
	e.check(t, handler)

	node.setStatus(func(s *cluster.Status) { s.Leader, s.Ready = "", false })
	node.stop(errors.New("digest differs"))
	e.want = `{"id":"a","cluster":"test","role":"stopped","leader":"","term":2,"ready":false,` +
		`"revision":3,"digest":"` + digest + `","items":9,"commit_index":8,"applied_index":7,"snapshot_index":4,"error":"digest differs"}`
	e.check(t, handler)
}

func TestMembersAreListed(t *testing.T) {
	node := newFakeNode()
	handler := web.Handler(node, web.Config{})
	e := exchange{request: "GET /v1/members?timeout=1s", status: 200, want: `{"members":[` +
		`{"id":"a","address":"host:7001","voter":true,"leader":true,"self":true},` +
		`{"id":"b","address":"","voter":false,"leader":false,"self":false}]}`}
	e.check(t, handler)

	node.mu.members = nil
	e.want = `{"members":[]}`
	e.check(t, handler)
}

// healthy and ready are the answers of a node that is.
var (
	healthy = exchange{request: "GET /healthz", status: 200, want: `{"status":"ok"}`}
	ready   = exchange{request: "GET /readyz", status: 200, want: `{"status":"ready"}`}
)

func TestHealthAndReadiness(t *testing.T) {
	for _, test := range []struct {
		name          string
		change        func(n *fakeNode)
		health, ready exchange
	}{
		{"a node that leads", func(*fakeNode) {}, healthy, ready},
		{"a node without a leader",
			func(n *fakeNode) { n.setStatus(func(s *cluster.Status) { s.Leader, s.Ready = "", false }) },
			healthy, exchange{request: "GET /readyz", status: 503, code: "no_leader", says: "no leader is known to a"}},
		{"a node that has to catch up",
			func(n *fakeNode) { n.setStatus(func(s *cluster.Status) { s.Leader, s.Ready = "b", false }) },
			healthy, exchange{request: "GET /readyz", status: 503, code: "not_ready", says: "index 8 as committed, and has applied 7"}},
		{"a node that was closed", func(n *fakeNode) { n.stop(nil) },
			exchange{request: "GET /healthz", status: 503, code: "closed"}, exchange{request: "GET /readyz", status: 503, code: "closed"}},
		{"a node that has stopped by itself", func(n *fakeNode) { n.stop(errors.New("digest differs")) },
			exchange{request: "GET /healthz", status: 503, code: "closed", says: "digest differs"},
			exchange{request: "GET /readyz", status: 503, code: "closed", says: "digest differs"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := populated(t)
			test.change(node)
			handler := web.Handler(node, web.Config{})
			test.health.check(t, handler)
			test.ready.check(t, handler)
		})
	}
}

func TestARealNodeIsHealthyReadyAndThenClosed(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		handler := web.Handler(node, web.Config{})
		healthy.check(t, handler)
		ready.check(t, handler)
		exchange{request: "GET /v1/members", status: 200,
			want: `{"members":[{"id":"a","address":"a:7001","voter":true,"leader":true,"self":true}]}`}.check(t, handler)

		node.(*cluster.Node).Close()
		for _, request := range []string{
			"GET /healthz", "GET /readyz", "GET /v1/state/users", "GET /v1/state/users?read=linearizable", "GET /v1/state/users?revision=9",
			`POST /v1/query {"query":1}`, "PUT /v1/state/users 1", "DELETE /v1/state/users", "GET /v1/watch?path=users",
		} {
			response := exchange{request: request}.perform(t, handler)
			if got := decode[problem](t, readAll(t, response.Body)); got.Code != "closed" {
				t.Errorf("%s after Close: %+v", request, got)
			}
		}
	})
}
