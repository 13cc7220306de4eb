package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/cluster/web"
)

// codes are those that a client may meet on a node that works, by status.
var codes = map[int][]string{
	400: {"invalid"}, 404: {"not_found", "invalid"}, 405: {"invalid"}, 409: {"exists"}, 412: {"conflict"},
	413: {"too_large"}, 503: {"closed"},
}

// FuzzRequest sends what nobody would. Whatever it is, the answer is one that
// the documentation names, and a refusal has changed nothing.
func FuzzRequest(f *testing.F) {
	for _, e := range slices.Concat(reads, writes, conditions, refusals) {
		method, rest, _ := strings.Cut(e.request, " ")
		target, body, _ := strings.Cut(rest, " ")
		if len(e.request) < 1000 {
			f.Add(method, target, body, e.header.Get("If-Match"), "application/json")
		}
	}
	f.Fuzz(func(t *testing.T, method, target, body, ifMatch, contentType string) {
		parsed, err := url.ParseRequestURI(target)
		if err != nil {
			return // a server would not call the handler
		}
		// The client has left, so that nothing waits.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		request := httptest.NewRequestWithContext(ctx, "GET", "/", strings.NewReader(body))
		request.Method, request.URL = method, parsed
		request.Header = http.Header{"If-Match": {ifMatch}, "Content-Type": {contentType}}
		node := populated(t)
		before := node.Status()
		recorder := httptest.NewRecorder()
		web.Handler(node, web.Config{}).ServeHTTP(recorder, request)
		if recorder.Code < 400 {
			return
		}
		var problem problem
		if err := json.Unmarshal(recorder.Body.Bytes(), &problem); err != nil || !slices.Contains(codes[recorder.Code], problem.Code) {
			t.Errorf("status %d, %v: %s", recorder.Code, err, recorder.Body)
		}
		if after := node.Status(); after != before {
			t.Errorf("refused with %s, and yet %+v became %+v", problem.Code, before, after)
		}
	})
}
