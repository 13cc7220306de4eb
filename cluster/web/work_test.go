package web_test

import (
	"testing"

	"example.com/gstate/cluster/web"
)

// TestQueriesThatLookAtTooMuchAreRefused: at one item more than they may.
func TestQueriesThatLookAtTooMuchAreRefused(t *testing.T) {
	node := populated(t)
	for _, e := range []exchange{
		{name: "query", request: `POST /v1/query {"path":"users"}`, status: 413, code: "too_large", says: "looks at more than 2 items"},
		{name: "watch", request: `GET /v1/watch?path=users`, status: 413, code: "too_large", says: "looks at more than 2 items"},
	} {
		t.Run(e.name, func(t *testing.T) { e.check(t, web.Handler(node, web.Config{MaxQueryWork: 2})) })
	}
	exchange{request: `POST /v1/query {"query":{"users":{"_":"$count"}}}`, status: 200, want: `{"revision":3,"result":{"users":2},"exists":true}`}.
		check(t, web.Handler(node, web.Config{MaxQueryWork: 2}))
	exchange{request: `POST /v1/query {"query":{"_":"$key","where":{"age":{">":40}}},"path":"users"}`, status: 200, want: `{"revision":3,"result":["anna"],"exists":true}`}.
		check(t, web.Handler(node, web.Config{}))
}
