package web_test

import (
	"net/http"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// TestLinksAreValuesThatQueriesFollow: each exchange goes on where the one
// before ended.
func TestLinksAreValuesThatQueriesFollow(t *testing.T) {
	const link = `{"_":"$ref","path":"users.anna"}`
	onReal(t, func(t *testing.T, node web.Node) {
		handler := web.Handler(node, web.Config{})
		for _, e := range []exchange{
			{name: "write", request: `PUT /v1/state/jobs {"1":{"owner":{"path":"#.users.anna","_":"$ref"}},"2":{"owner":{"_":"$ref","path":"users.carl"}}}`,
				status: 200, want: `{"revision":4}`},
			{name: "read", request: `GET /v1/state/jobs/1/owner`, status: 200, want: `{"revision":4,"value":` + link + `,"modified":4,"version":1}`},
			{name: "read beneath", request: `GET /v1/state/jobs/1/owner/age`, status: 404, code: "not_found", path: "jobs.1.owner.age"},
			{name: "follow", request: `POST /v1/query {"query":{"_":{"owner":1},"keyed":true},"path":"jobs"}`, status: 200,
				want: `{"revision":4,"result":{"1":{"owner":{"age":41}},"2":{}},"exists":true}`},
			{name: "select by what is there", request: `POST /v1/query {"query":{"_":"$key","where":{"owner.age":{">":40}}},"path":"jobs"}`, status: 200,
				want: `{"revision":4,"result":["1"],"exists":true}`},
			{name: "select by the link", request: `POST /v1/query {"query":{"_":"$key","where":{"owner":` + link + `}},"path":"jobs"}`, status: 200,
				want: `{"revision":4,"result":["1"],"exists":true}`},
			{name: "the whole value", request: `POST /v1/query {"path":"jobs.1"}`, status: 200,
				want: `{"revision":4,"result":{"owner":` + link + `},"exists":true}`},
			{name: "a dangling one", request: `POST /v1/query {"query":1,"path":"jobs.2.owner"}`, status: 200,
				want: `{"revision":4,"result":null,"exists":false}`},
			{name: "transaction", request: `POST /v1/transaction {"if":[{"equals":"jobs.1.owner","value":` + link + `},` +
				`{"matches":{"1":{"owner":1}},"path":"jobs","result":{"1":{"owner":{"age":41}}}}],"then":[{"append":"list","value":` + link + `}]}`,
				status: 200, want: `{"revision":5,"else":false,"results":[0]}`},
			{name: "to no path", request: `PUT /v1/state/x {"_":"$ref","path":"a..b"}`, status: 400, code: "invalid", says: "link: path byte 2"},
			{name: "to a reserved key", request: `PUT /v1/state/x {"_":"$ref","path":"a._"}`, status: 400, code: "invalid", says: "reserved"},
		} {
			e.check(t, handler)
		}
	})
}

func TestAWatchSeesWhatALinkLeadsTo(t *testing.T) {
	for name, on := range map[string]bench{"fake": onFake, "real": onReal} {
		t.Run("of a "+name+" node", func(t *testing.T) {
			on(t, func(t *testing.T, node web.Node) {
				apply(t, node, cluster.Set(tree.Path{"boss"}, tree.Path{"users", "anna"}))
				client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
				w := watch(t, client, "/v1/watch?query=1&path=boss", nil)
				w.expect("id: 4\ndata: {\"revision\":4,\"result\":{\"age\":41},\"exists\":true,\"synced\":true}\n")
				apply(t, node, cluster.Set(age, 42))
				w.expect("id: 5\ndata: {\"revision\":5,\"result\":{\"age\":42},\"exists\":true,\"reasons\":[\"write\"]}\n")
				apply(t, node, cluster.Remove(tree.Path{"users", "anna"}))
				w.expect("id: 6\ndata: {\"revision\":6,\"result\":null,\"exists\":false,\"reasons\":[\"write\"]}\n")
				apply(t, node, cluster.Set(tree.Path{"beside"}, 1))
				apply(t, node, cluster.Set(tree.Path{"users", "anna"}, "back"))
				w.expect("id: 8\ndata: {\"revision\":8,\"result\":\"back\",\"exists\":true,\"reasons\":[\"write\"]}\n")
			})
		})
	}
}
