package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

// wholeTree is the value of the root after populate.
const wholeTree = `{"a/b":{"c+d":true},"none":null,"users":{"anna":{"age":41},"bert":{"age":7.0,"key":{"_":"$bytes","base64":"AP8="}}}}`

// reads and writes are independent of each other: each starts from populate.
var reads = []exchange{
	{name: "the root", request: "GET /v1/state/", status: 200,
		want: `{"revision":3,"value":` + wholeTree + `,"modified":3,"version":3}`},
	{name: "the root without its slash", request: "GET /v1/state?read=local", status: 200,
		want: `{"revision":3,"value":` + wholeTree + `,"modified":3,"version":3}`},
	{name: "a subtree", request: "GET /v1/state/users/anna", status: 200,
		want: `{"revision":3,"value":{"age":41},"modified":1,"version":1}`},
	{name: "modified counts what is beneath", request: "GET /v1/state/users?read=linearizable", status: 200,
		want: `{"revision":3,"value":{"anna":{"age":41},"bert":{"age":7.0,"key":{"_":"$bytes","base64":"AP8="}}},"modified":2,"version":2}`},
	{name: "a null that is there", request: "GET /v1/state/none", status: 200,
		want: `{"revision":3,"value":null,"modified":3,"version":1}`},
	{name: "an encoded slash is part of a key and a plus is a plus", request: "GET /v1/state/a%2Fb/c+d", status: 200,
		want: `{"revision":3,"value":true,"modified":1,"version":1}`},
	{name: "lower case escapes and an encoded plus", request: "GET /v1/state/a%2fb/c%2Bd", status: 200,
		want: `{"revision":3,"value":true,"modified":1,"version":1}`},
	{name: "a read that is linearizable and at a revision", request: "GET /v1/state/users/anna/age?read=linearizable&revision=3&timeout=1s", status: 200,
		want: `{"revision":3,"value":41,"modified":1,"version":1}`},
	{name: "a missing item", request: "GET /v1/state/users/carl", status: 404,
		code: "not_found", path: "users.carl", says: "get users.carl"},
	{name: "a missing item whose key has a dot", request: "GET /v1/state/a.b", status: 404, code: "not_found", path: `"a.b"`},
	{name: "dots are keys and nothing is cleaned", request: "GET /v1/state/users/../users", status: 404,
		code: "not_found", path: `users."..".users`},
	{name: "an item beneath a leaf", request: "GET /v1/state/none/x", status: 404, code: "not_found", path: "none.x"},
	{name: "a query", request: `POST /v1/query {"query":{"users":{"_":"$key"}}}`, status: 200,
		want: `{"revision":3,"result":{"users":["anna","bert"]},"exists":true}`},
	{name: "a query at a path", request: `POST /v1/query?read=linearizable {"query":{"_":{"age":1}},"path":"users"}`, status: 200,
		want: `{"revision":3,"result":[{"age":41},{"age":7.0}],"exists":true}`},
	{name: "a query with a path of its own", request: `POST /v1/query {"query":{"_":"$at","path":"users","query":{"_":"$key"}}}`, status: 200,
		want: `{"revision":3,"result":["anna","bert"],"exists":true}`},
	{name: "a query at a path of keys", request: `POST /v1/query {"query":1,"path":["users","anna"]}`, status: 200,
		want: `{"revision":3,"result":{"age":41},"exists":true}`},
	{name: "a path alone is the whole value there", request: `POST /v1/query?revision=2 {"path":"\"a/b\""}`, status: 200,
		want: `{"revision":3,"result":{"c+d":true},"exists":true}`},
	{name: "an empty path is the root", request: `POST /v1/query {"path":""}`, status: 200,
		want: `{"revision":3,"result":` + wholeTree + `,"exists":true}`},
	{name: "a query where nothing is", request: `POST /v1/query {"query":{"x":1},"path":"users.carl"}`, status: 200,
		want: `{"revision":3,"result":null,"exists":false}`},
	{name: "a query where a null is", request: `POST /v1/query {"query":1,"path":"none"}`, status: 200,
		want: `{"revision":3,"result":null,"exists":true}`},
}

var writes = []exchange{
	{name: "set", request: `PUT /v1/state/users/anna {"town":"Ulm"}`, status: 200, want: `{"revision":4}`},
	{name: "set of what is there already", request: `PUT /v1/state/users/anna {"age":41}`, status: 200, want: `{"revision":3}`},
	{name: "set of a missing item", request: `PUT /v1/state/x%2Fy/z?replace=false&timeout=3s 1`, status: 200, want: `{"revision":4}`},
	{name: "set into the root", request: `PUT /v1/state/ {"new":[1,2]}`, status: 200, want: `{"revision":4}`},
	{name: "set of a leaf at the root", request: `PUT /v1/state/ 1`, status: 400, code: "invalid"},
	{name: "replace", request: `PUT /v1/state/users?replace=true {"x":1}`, status: 200, want: `{"revision":4}`},
	{name: "replace of a missing item", request: `PUT /v1/state/users/carl?replace=true 1`, status: 404,
		code: "not_found", path: "users.carl"},
	{name: "replace of the root", request: `PUT /v1/state/?replace=true {}`, status: 400, code: "invalid"},
	{name: "insert", request: `POST /v1/state/users/carl {"age":1}`, status: 201, want: `{"revision":4}`},
	{name: "insert of an item that is there", request: `POST /v1/state/users/anna {}`, status: 409, code: "exists", path: "users.anna"},
	{name: "insert of the root", request: `POST /v1/state/ {}`, status: 400, code: "invalid"},
	{name: "update", request: `PATCH /v1/state/users/anna {"age":42}`, status: 200, want: `{"revision":4}`},
	{name: "update of a missing item", request: `PATCH /v1/state/users/carl {"age":42}`, status: 404,
		code: "not_found", path: "users.carl"},
	{name: "update of the root", request: `PATCH /v1/state {}`, status: 400, code: "invalid"},
	{name: "remove", request: `DELETE /v1/state/users/anna`, status: 200, want: `{"revision":4}`},
	{name: "remove of a missing item", request: `DELETE /v1/state/users/carl`, status: 404, code: "not_found", path: "users.carl"},
	{name: "remove of the root", request: `DELETE /v1/state/`, status: 400, code: "invalid"},
}

// conditions are writes that make a demand with their header.
var conditions = []exchange{
	{name: "unmodified since its revision", request: `PATCH /v1/state/users {"x":1}`, header: match("2"), status: 200, want: `{"revision":4}`},
	{name: "unmodified since an entity tag", request: `PUT /v1/state/users {"x":1}`, header: match(`"2"`), status: 200, want: `{"revision":4}`},
	{name: "modified beneath", request: `PUT /v1/state/users?replace=true {"x":1}`, header: match(`"1"`), status: 412,
		code: "conflict", path: "users"},
	{name: "remove of what was modified", request: `DELETE /v1/state/users`, header: match("1"), status: 412, code: "conflict", path: "users"},
	{name: "remove of what was not", request: `DELETE /v1/state/users`, header: match(" 2 "), status: 200, want: `{"revision":4}`},
	{name: "unmodified, and missing", request: `PUT /v1/state/users/carl 1`, header: match("3"), status: 404,
		code: "not_found", path: "users.carl"},
	{name: "any, and there", request: `PUT /v1/state/users/anna {"x":1}`, header: match("*"), status: 200, want: `{"revision":4}`},
	{name: "any, and missing", request: `PUT /v1/state/users/carl 1`, header: match("*"), status: 404, code: "not_found", path: "users.carl"},
	{name: "the root, unmodified", request: `PUT /v1/state/ {"x":1}`, header: match("3"), status: 200, want: `{"revision":4}`},
	{name: "the root, modified", request: `PUT /v1/state/ {"x":1}`, header: match("2"), status: 412, code: "conflict"},
	{name: "none, and missing", request: `PUT /v1/state/users/carl 1`, header: noneMatch("*"), status: 200, want: `{"revision":4}`},
	{name: "none, and there", request: `PUT /v1/state/users/anna 1`, header: noneMatch("*"), status: 409, code: "exists", path: "users.anna"},
	{name: "a condition before the operation", request: `POST /v1/state/users/anna 1`, header: match("0"), status: 412,
		code: "conflict", path: "users.anna"},
	{name: "a weak tag", request: `PUT /v1/state/users 1`, header: match(`W/"2"`), status: 400, code: "invalid", says: "If-Match"},
	{name: "a list of tags", request: `PUT /v1/state/users 1`, header: match(`"2", "3"`), status: 400, code: "invalid", says: "If-Match"},
	{name: "two headers", request: `PUT /v1/state/users 1`, header: match("2", "3"), status: 400, code: "invalid", says: "given 2 times"},
	{name: "an empty header", request: `DELETE /v1/state/users`, header: match(""), status: 400, code: "invalid", says: `""`},
	{name: "half a quote", request: `DELETE /v1/state/users`, header: match(`"2`), status: 400, code: "invalid", says: "whole number"},
	{name: "a quoted star", request: `DELETE /v1/state/users`, header: match(`"*"`), status: 400, code: "invalid", says: "whole number"},
	{name: "a negative revision", request: `DELETE /v1/state/users`, header: match("-1"), status: 400, code: "invalid", says: "whole number"},
	{name: "none of a tag", request: `DELETE /v1/state/users`, header: noneMatch(`"2"`), status: 400, code: "invalid", says: "If-None-Match"},
	{name: "none, twice", request: `DELETE /v1/state/users`, header: noneMatch("*", "*"), status: 400, code: "invalid", says: "2 times"},
}

func match(values ...string) http.Header     { return http.Header{"If-Match": values} }
func noneMatch(values ...string) http.Header { return http.Header{"If-None-Match": values} }

func TestItemsOfAFakeNode(t *testing.T) {
	for _, e := range slices.Concat(reads, writes, conditions) {
		e.run(t, onFake)
	}
}

func TestItemsOfARealNode(t *testing.T) {
	runOnReal(t, slices.Concat(reads, writes, conditions))
}

func TestARefusedWriteChangesNothing(t *testing.T) {
	refusalsChangeNothing(t, slices.Concat(writes, conditions))
}

func TestEachMethodMakesItsOperation(t *testing.T) {
	for _, test := range []struct{ name, request, users string }{
		{"PUT merges", `PUT /v1/state/users {"anna":{"town":"Ulm"},"bert":1}`, `{"anna":{"age":41,"town":"Ulm"},"bert":1}`},
		{"PUT with replace drops the rest", `PUT /v1/state/users?replace=true {"anna":{"town":"Ulm"}}`, `{"anna":{"town":"Ulm"}}`},
		{"POST adds", `POST /v1/state/users/c%20d/e [1,{"_":"$bytes","base64":"AA=="}]`,
			`{"anna":{"age":41},"bert":{"age":7.0,"key":{"_":"$bytes","base64":"AP8="}},"c d":{"e":[1,{"_":"$bytes","base64":"AA=="}]}}`},
		{"PATCH merges", `PATCH /v1/state/users {"bert":9223372036854775807}`, `{"anna":{"age":41},"bert":9223372036854775807}`},
		{"DELETE removes all beneath", `DELETE /v1/state/users/bert`, `{"anna":{"age":41}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			handler := web.Handler(populated(t), web.Config{})
			exchange{request: test.request}.perform(t, handler)
			exchange{request: `POST /v1/query {"path":"users"}`, status: 200,
				want: `{"revision":4,"result":` + test.users + `,"exists":true}`}.check(t, handler)
		})
	}
}

func TestANodeThatLagsReadsAsItIsAsked(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		handler := web.Handler(node, web.Config{})
		node.lag()
		apply(t, node, cluster.Set(age, 42))
		const old, fresh = `{"revision":3,"value":41,"modified":1,"version":1}`, `{"revision":4,"value":42,"modified":4,"version":2}`
		for query, want := range map[string]string{"": old, "?read=local": old, "?revision=3": old, "?read=linearizable": fresh, "?read=linearizable&revision=4": fresh} {
			exchange{name: query, request: "GET /v1/state/users/anna/age" + query, status: 200, want: want}.check(t, handler)
		}
		exchange{request: `POST /v1/query?read=linearizable {"path":"users.anna.age"}`, status: 200,
			want: `{"revision":4,"result":42,"exists":true}`}.check(t, handler)

		start := time.Now()
		time.AfterFunc(time.Second, node.catchUp)
		exchange{request: "GET /v1/state/users/anna/age?revision=4", status: 200, want: fresh}.check(t, handler)
		time.AfterFunc(time.Second, func() { apply(t, node, cluster.Set(age, 43)) })
		exchange{request: "GET /v1/state/users/anna/age?read=linearizable&revision=5", status: 200,
			want: `{"revision":5,"value":43,"modified":5,"version":3}`}.check(t, handler)
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestAnyNodeTakesWritesAndLinearizableReads(t *testing.T) {
	withCluster(t, 3, func(t *testing.T, nodes []*cluster.Node) {
		for i, node := range nodes {
			exchange{request: fmt.Sprintf("POST /v1/state/k%d %d", i, i), status: 201, want: fmt.Sprintf(`{"revision":%d}`, i+1)}.
				check(t, web.Handler(node, web.Config{}))
			exchange{request: fmt.Sprintf("GET /v1/state/k%d?read=linearizable", i), status: 200,
				want: fmt.Sprintf(`{"revision":%d,"value":%d,"modified":%d,"version":1}`, i+1, i, i+1)}.
				check(t, web.Handler(nodes[(i+1)%3], web.Config{}))
			exchange{request: fmt.Sprintf("PATCH /v1/state/missing%d 1", i), status: 404, code: "not_found", path: fmt.Sprintf("missing%d", i)}.
				check(t, web.Handler(node, web.Config{}))
		}
	})
}

func TestAnEntityTagOfAReadIsTheConditionOfAWrite(t *testing.T) {
	handler := web.Handler(populated(t), web.Config{})
	exchange{request: `PUT /v1/state/users/bert/age/years 8`, status: 200, want: `{"revision":4}`}.check(t, handler)
	read := exchange{request: "GET /v1/state/users", status: 200,
		want: `{"revision":4,"value":{"anna":{"age":41},"bert":{"age":{"years":8},"key":{"_":"$bytes","base64":"AP8="}}},"modified":4,"version":2}`}
	tag := read.check(t, handler).Get("ETag")
	if tag != `"4"` {
		t.Fatalf("ETag %s, want the newest revision beneath", tag)
	}
	write := exchange{request: `PUT /v1/state/users {"x":1}`, header: match(tag), status: 200, want: `{"revision":5}`}
	write.check(t, handler)
	write.status, write.code, write.path, write.says = 412, "conflict", "users", "conflict"
	write.check(t, handler)
}

func TestARefusalSaysTheRevision(t *testing.T) {
	handler := web.Handler(populated(t), web.Config{})
	for _, request := range []string{"GET /v1/state/x", "DELETE /v1/state/x"} {
		body := readAll(t, exchange{request: request}.perform(t, handler).Body)
		if got := decode[problem](t, body).Revision; got != 3 {
			t.Errorf("%s: revision %d in %s", request, got, body)
		}
	}
}

func TestHeadAnswersLikeGet(t *testing.T) {
	handler := web.Handler(populated(t), web.Config{})
	for _, target := range []string{"/v1/state/users", "/v1/state/x", "/v1/status", "/v1/members", "/healthz", "/readyz"} {
		get := exchange{request: "GET " + target}.perform(t, handler)
		head := exchange{request: "HEAD " + target}.perform(t, handler)
		length := get.Header.Get("Content-Length")
		if head.StatusCode != get.StatusCode || length == "" || head.Header.Get("Content-Length") != length {
			t.Errorf("%s: HEAD is %d %v, GET %d %v", target, head.StatusCode, head.Header, get.StatusCode, get.Header)
		}
	}
}

func TestNoAnswerMayBeStored(t *testing.T) {
	handler := web.Handler(populated(t), web.Config{})
	for _, target := range []string{"/v1/state/users", "/v1/state/x", "/healthz"} {
		header := exchange{request: "GET " + target}.perform(t, handler).Header
		if header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", target, header)
		}
	}
}

func TestAnswersAreExactJSON(t *testing.T) {
	node := newFakeNode()
	handler := web.Handler(node, web.Config{})
	text := `"<a href=\"x\">&\u2028\n\\ü</a>"`
	exchange{request: "PUT /v1/state/html " + strings.ReplaceAll(text, " ", `\u0020`), status: 200, want: `{"revision":1}`}.check(t, handler)
	body := readAll(t, exchange{request: "GET /v1/state/html"}.perform(t, handler).Body)
	got := decode[struct {
		Revision, Modified, Version uint64
		Value                       string
	}](t, body)
	if want := "<a href=\"x\">&\u2028\n\\ü</a>"; got.Value != want {
		t.Errorf("%q, want %q", got.Value, want)
	}
	if !strings.Contains(body, "<a href") {
		t.Errorf("escaped for HTML: %s", body)
	}
}
