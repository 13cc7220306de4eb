package web_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/gstate/cluster/web"
)

// TestAProblemDoesNotRepeatALongRequest, wherever the long text stood.
func TestAProblemDoesNotRepeatALongRequest(t *testing.T) {
	long := strings.Repeat("a+b%22", 20_000)
	header := func(name string) http.Header { return http.Header{name: {strings.Repeat("x", 100_000)}} }
	handler := web.Handler(populated(t), web.Config{})
	for _, e := range []exchange{
		{name: "resource", request: "GET /" + long},
		{name: "method", request: strings.Repeat("X", 100_000) + " /v1/query"},
		{name: "item", request: "GET /v1/state/" + long},
		{name: "name of a parameter", request: "GET /v1/state/a?" + long + "=1"},
		{name: "timeout", request: "GET /v1/state/a?timeout=" + long},
		{name: "revision", request: "GET /v1/state/a?revision=" + long},
		{name: "read", request: "GET /v1/state/a?read=" + long},
		{name: "children", request: "GET /v1/state/a?children=" + long},
		{name: "ttl", request: "PUT /v1/state/a?ttl=" + long + " 1"},
		{name: "while", request: "PUT /v1/state/a?while=" + long + " 1"},
		{name: "if-held", request: "PUT /v1/state/a?if-held=" + long + " 1"},
		{name: "token of if-held", request: "PUT /v1/state/a?if-held=a:" + long + " 1"},
		{name: "path", request: "GET /v1/watch?path=" + long},
		{name: "query", request: "GET /v1/watch?query=" + long},
		{name: "query of one key", request: "GET /v1/watch?query=%7B%22" + strings.Repeat("k", 100_000) + "%22:1%7D"},
		{name: "form of a query", request: "GET /v1/watch?query=%22" + strings.Repeat("k", 100_000) + "%22"},
		{name: "pattern", request: `POST /v1/query {"query":{"_":1,"match":"` + strings.Repeat(" ", 100_000) + `"}}`},
		{name: "operand", request: `POST /v1/query {"query":{"_":1,"where":{"$` + strings.Repeat("k", 1000) + `":1}}}`},
		{name: "since", request: "GET /v1/watch?path=a&since=" + long},
		{name: "every", request: "GET /v1/watch?path=a&every=" + long},
		{name: "progress", request: "GET /v1/watch?path=a&progress=" + long},
		{name: "Last-Event-ID", request: "GET /v1/watch?path=a", header: header("Last-Event-Id")},
		{name: "Content-Type", request: "PUT /v1/state/a 1", header: header("Content-Type")},
		{name: "Content-Encoding", request: "PUT /v1/state/a 1", header: header("Content-Encoding")},
		{name: "If-Match", request: "PUT /v1/state/a 1", header: header("If-Match")},
		{name: "If-None-Match", request: "PUT /v1/state/a 1", header: header("If-None-Match")},
		{name: "write", request: `POST /v1/outcome {"write":"` + strings.Repeat("w", 100_000) + `"}`},
		{name: "name in a body", request: `POST /v1/query {"` + strings.Repeat("n", 100_000) + `":1}`},
	} {
		response := e.perform(t, handler)
		if body := readAll(t, response.Body); response.StatusCode < 400 || len(body) > 2000 {
			t.Errorf("%s: status %d with %d bytes: %.300s", e.name, response.StatusCode, len(body), body)
		}
	}
}
