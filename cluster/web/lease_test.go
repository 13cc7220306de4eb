package web_test

import (
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

// TestItemThatIsWrittenWithALeaseGoesWithIt writes in each way that takes one.
func TestItemThatIsWrittenWithALeaseGoesWithIt(t *testing.T) {
	for _, e := range []exchange{
		{name: "set", request: `PUT /v1/state/leased?ttl=2s 1`, status: 200, want: `{"revision":4}`},
		{name: "insert", request: `POST /v1/state/leased?ttl=2s 1`, status: 201, want: `{"revision":4}`},
		{name: "transaction", request: `POST /v1/transaction {"then":[{"set":"leased","value":1},{"expire":["leased"],"ttl":"2s"}]}`, status: 200, want: `{"revision":4,"else":false,"results":[null,null]}`},
	} {
		t.Run(e.name, func(t *testing.T) {
			withCluster(t, 1, func(t *testing.T, nodes []*cluster.Node) {
				populate(t, nodes[0])
				handler := web.Handler(nodes[0], web.Config{})
				e.check(t, handler)
				time.Sleep(time.Second)
				exchange{request: `PATCH /v1/state/leased?ttl=3s 2`, status: 200, want: `{"revision":5}`}.check(t, handler)
				time.Sleep(3 * time.Second)
				exchange{request: `GET /v1/state/leased`, status: 200, want: `{"revision":5,"value":2,"modified":5,"version":2}`}.check(t, handler)
				time.Sleep(time.Second)
				exchange{request: `GET /v1/state/leased`, status: 404, code: "not_found", path: "leased"}.check(t, handler)
			})
		})
	}
}

func TestLeaseThatCannotBe(t *testing.T) {
	for _, e := range []exchange{
		{name: "no duration", request: `PUT /v1/state/a?ttl=soon 1`, status: 400, code: "invalid", says: `ttl "soon"`},
		{name: "no time", request: `PUT /v1/state/a?ttl=0s 1`, status: 400, code: "invalid", says: "above 0"},
		{name: "too much time", request: `PUT /v1/state/a?ttl=2000000000h 1`, status: 400, code: "invalid", says: "ttl"},
		{name: "of what is removed", request: `DELETE /v1/state/users?ttl=1s`, status: 400, code: "invalid", says: `"ttl" is unknown`},
		{name: "of the root", request: `PUT /v1/state/?ttl=1s {}`, status: 400, code: "invalid", says: "root"},
		transaction("a number", `{"then":[{"expire":"users","ttl":5}]}`).malformed("ttl"),
		transaction("nothing", `{"then":[{"expire":"users"}]}`).malformed(`needs "ttl"`),
		transaction("a value beside it", `{"then":[{"persist":"users","value":1}]}`).malformed("takes no"),
	} {
		e.run(t, onFake)
	}
}
