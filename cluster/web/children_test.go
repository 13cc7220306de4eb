package web_test

import (
	"testing"

	"example.com/gstate/cluster/web"
)

// listings are gets with the metadata of children.
var listings = []exchange{
	{name: "children in the order of their keys", request: "GET /v1/state/users?children=true", status: 200,
		want: `{"revision":3,"value":{"anna":{"age":41},"bert":{"age":7.0,"key":{"_":"$bytes","base64":"AP8="}}},"modified":2,"version":2,` +
			`"children":[{"key":"anna","created":1,"modified":1,"version":1},{"key":"bert","created":2,"modified":2,"version":1}]}`},
	{name: "children of a leaf", request: "GET /v1/state/none?children=true&read=linearizable", status: 200,
		want: `{"revision":3,"value":null,"modified":3,"version":1,"children":[]}`},
	{name: "children that nobody wants", request: "GET /v1/state/users/anna?children=false", status: 200,
		want: `{"revision":3,"value":{"age":41},"modified":1,"version":1}`},
	{name: "children of what is not there", request: "GET /v1/state/users/carl?children=true", status: 404, code: "not_found", path: "users.carl"},
	{name: "neither children nor none", request: "GET /v1/state/users?children=all", status: 400, code: "invalid", says: `children "all"`},
	{name: "children of a write", request: "PUT /v1/state/users?children=true 1", status: 400, code: "invalid", says: `"children" is unknown`},
}

func TestChildrenOfAFakeNode(t *testing.T) {
	for _, e := range listings {
		e.run(t, onFake)
	}
}

func TestChildrenOfARealNode(t *testing.T) { runOnReal(t, listings) }

// TestChildThatIsMadeAnewHasANewToken changes a child, which keeps its creation,
// and then puts another in its place.
func TestChildThatIsMadeAnewHasANewToken(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		handler := web.Handler(node, web.Config{})
		exchange{request: "POST /v1/state/line/k 1", status: 201, want: `{"revision":4}`}.check(t, handler)
		exchange{request: "PUT /v1/state/line/k true", status: 200, want: `{"revision":5}`}.check(t, handler)
		exchange{request: "GET /v1/state/line?children=true", status: 200,
			want: `{"revision":5,"value":{"k":true},"modified":5,"version":1,"children":[{"key":"k","created":4,"modified":5,"version":2}]}`}.check(t, handler)
		exchange{request: "DELETE /v1/state/line/k", status: 200, want: `{"revision":6}`}.check(t, handler)
		exchange{request: "POST /v1/state/line/k true", status: 201, want: `{"revision":7}`}.check(t, handler)
		exchange{request: "GET /v1/state/line?children=true", status: 200,
			want: `{"revision":7,"value":{"k":true},"modified":7,"version":3,"children":[{"key":"k","created":7,"modified":7,"version":1}]}`}.check(t, handler)
	})
}
