package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

// TestItemsThatAreWrittenToLiveWithOthersGoWithThem, with the reason in the
// events of a watch.
func TestItemsThatAreWrittenToLiveWithOthersGoWithThem(t *testing.T) {
	withCluster(t, 3, func(t *testing.T, nodes []*cluster.Node) {
		on := func(i int) http.Handler { return web.Handler(nodes[i], web.Config{}) }
		exchange{request: `PUT /v1/state/instances/a?ephemeral=5s 1`, status: 200, want: `{"revision":1}`}.check(t, on(0))
		exchange{request: `POST /v1/state/jobs/1?while=instances.a&ttl=1h 1`, status: 201, want: `{"revision":2}`}.check(t, on(1))
		exchange{request: `PATCH /v1/state/jobs/1?while=instances.none 2`, status: 404, code: "not_found", path: "jobs.1"}.check(t, on(1))
		transaction("create", `{"then":[{"create":"tasks","value":1},{"keep-while":"","keeper":"jobs.1"},
			{"on-leave":"","make":[{"add":["left"],"value":1},{"create":"log","value":"gone"},{"expire":"","ttl":"1h"}]}]}`).
			wants(`{"revision":3,"else":false,"results":["0000000000000003-0000",null,null]}`).check(t, on(2))
		time.Sleep(time.Minute)
		exchange{request: `GET /v1/state/instances/a?read=linearizable`, status: 200, want: `{"revision":3,"value":1,"modified":1,"version":1}`}.check(t, on(2))

		watched := httptest.NewRecorder()
		ctx, end := context.WithCancel(t.Context())
		request := httptest.NewRequestWithContext(ctx, "GET", "/v1/watch?path=tasks", nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			on(2).ServeHTTP(watched, request)
		}()
		if err := nodes[0].Close(); err != nil {
			t.Fatal(err)
		}
		exchange{request: `GET /v1/state/left?revision=4`, status: 200, want: `{"revision":4,"value":1,"modified":4,"version":1}`}.check(t, on(2))
		time.Sleep(time.Second)
		end()
		<-done
		want := `"expelled":[{"path":"tasks.0000000000000003-0000","revision":4,"reason":"keeper"}]`
		if got := watched.Body.String(); !strings.Contains(got, want) {
			t.Errorf("the watch told\n%s\nwant in it %s", got, want)
		}
	})
}

func TestLifeThatCannotBe(t *testing.T) {
	for _, e := range []exchange{
		{name: "no duration", request: `PUT /v1/state/a?ephemeral=yes 1`, status: 400, code: "invalid", says: `ephemeral "yes"`},
		{name: "too short a silence", request: `PUT /v1/state/a?ephemeral=10ms 1`, status: 400, code: "invalid", says: "the least is 1s"},
		{name: "no path", request: `PUT /v1/state/a?while=a..b 1`, status: 400, code: "invalid", says: "parameter while"},
		{name: "of the root", request: `PUT /v1/state/?ephemeral=10s {}`, status: 400, code: "invalid", says: "root"},
		{name: "of what is removed", request: `DELETE /v1/state/users?while=a`, status: 400, code: "invalid", says: `"while" is unknown`},
		transaction("a number for a duration", `{"then":[{"expire":"users","ttl":5}]}`).malformed("ttl 5 is not the text"),
		transaction("no keeper", `{"then":[{"keep-while":"users"}]}`).malformed(`needs "keeper"`),
		transaction("itself", `{"then":[{"keep-while":"users","keeper":"users"}]}`).refused(400, "invalid", "users", "itself"),
		transaction("nothing to make", `{"then":[{"on-leave":"users"}]}`).malformed(`needs "make"`),
		transaction("no list to make", `{"then":[{"on-leave":"users","make":{"set":"a","value":1}}]}`).malformed("near json byte 1: want an array"),
		transaction("on-leave to make", `{"then":[{"on-leave":"users","make":[{"on-leave":"a","make":[]}]}]}`).malformed("on-leave"),
		transaction("ephemeral to make", `{"then":[{"on-leave":"users","make":[{"ephemeral":"a","ttl":"5s"}]}]}`).refused(400, "invalid", "users", "ephemeral"),
		transaction("a second of them wrong", `{"then":[{"on-leave":"users","make":[{"delete":"a"},{"set":"a"}]}]}`).malformed(`operation 1: make 2: invalid: set needs "value"`),
		transaction("nothing written", `{"then":[{"expire":"","ttl":"5s"}]}`).malformed("it is the first one"),
	} {
		e.run(t, onFake)
	}
}
