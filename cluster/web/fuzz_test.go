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
	400: {"invalid"}, 404: {"not_found", "invalid"}, 405: {"invalid"}, 409: {"exists", "wrong_kind"}, 412: {"conflict"},
	413: {"too_large"}, 503: {"closed"},
}

// FuzzRequest sends what nobody would. Whatever it is, the answer is one that
// the documentation names, and a refusal has changed nothing.
func FuzzRequest(f *testing.F) {
	seeds := slices.Concat(reads, writes, conditions, refusals, decisions, malformedTransactions)
	for _, form := range operationForms {
		seeds = append(seeds, transaction(form.name, `{"then":[`+form.operation+`]}`))
	}
	for _, form := range conditionForms {
		seeds = append(seeds, transaction(form.name, `{"if":[`+form.holds+","+form.fails+`],"then":[],"else":[{"add":"n","value":1}]}`))
	}
	for _, e := range seeds {
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
		request.Header = http.Header{"Content-Type": {contentType}}
		if ifMatch != "" { // an empty one is refused, and would hide what is behind
			request.Header.Set("If-Match", ifMatch)
		}
		node := populated(t)
		before := node.Status()
		recorder := httptest.NewRecorder()
		web.Handler(node, web.Config{}).ServeHTTP(recorder, request)
		if recorder.Code < 400 {
			if parsed.EscapedPath() == "/v1/transaction" {
				checkResults(t, body, recorder.Body.String())
			}
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

// checkResults demands a result for each operation of the branch that was made,
// as another reader of JSON counts them.
func checkResults(t *testing.T, body, text string) {
	t.Helper()
	var asked struct{ Then, Else []json.RawMessage }
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		t.Fatalf("%q was made, and is no JSON: %v", body, err)
	}
	made := decode[struct {
		Revision uint64
		Else     bool
		Results  []json.RawMessage
	}](t, text)
	branch := asked.Then
	if made.Else {
		branch = asked.Else
	}
	if made.Results == nil || len(made.Results) != len(branch) || made.Else && asked.Else == nil {
		t.Errorf("%q is answered with %s", body, text)
	}
}
