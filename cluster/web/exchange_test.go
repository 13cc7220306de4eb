package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/gstate/cluster/web"
)

// exchange is one request, and what must come back.
type exchange struct {
	name string
	// request is a method, a target and, if there is one, a body.
	request string
	header  http.Header
	status  int
	// want is the body of a success.
	want string
	// code, path and says are of a problem: says is a part of its detail.
	code, path, says string
}

// run performs the exchange as a subtest, on a node of its own.
func (e exchange) run(t *testing.T, on bench) {
	t.Run(e.name, func(t *testing.T) {
		on(t, func(t *testing.T, node web.Node) { e.check(t, web.Handler(node, web.Config{})) })
	})
}

// mayWrite reports whether the exchange may have changed the state when it is
// over; the others can share a node.
func (e exchange) mayWrite() bool {
	return e.code == "" && !strings.HasPrefix(e.request, "GET ") && !strings.HasPrefix(e.request, "POST /v1/query")
}

// runOnReal performs the exchanges on real nodes, each one that may write on a
// node of its own.
func runOnReal(t *testing.T, exchanges []exchange) {
	onReal(t, func(t *testing.T, node web.Node) {
		handler := web.Handler(node, web.Config{})
		for _, e := range exchanges {
			if !e.mayWrite() {
				e.check(t, handler)
			}
		}
	})
	for _, e := range exchanges {
		if e.mayWrite() {
			e.run(t, onReal)
		}
	}
}

// refusalsChangeNothing performs the exchanges that must not write, and compares
// what the node was before with what it is then.
func refusalsChangeNothing(t *testing.T, exchanges []exchange) {
	for _, e := range exchanges {
		if e.mayWrite() {
			continue
		}
		node := populated(t)
		before := node.Status()
		e.perform(t, web.Handler(node, web.Config{}))
		if after := node.Status(); after != before {
			t.Errorf("%s: %+v became %+v", e.name, before, after)
		}
	}
}

// perform sends the request to the handler.
func (e exchange) perform(t testing.TB, handler http.Handler) *http.Response {
	t.Helper()
	method, rest, _ := strings.Cut(e.request, " ")
	target, body, hasBody := strings.Cut(rest, " ")
	var reader io.Reader
	if hasBody {
		reader = strings.NewReader(body)
	}
	request := httptest.NewRequestWithContext(t.Context(), method, target, reader)
	for name, values := range e.header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

// check performs the exchange, compares, and returns the response's header.
func (e exchange) check(t *testing.T, handler http.Handler) http.Header {
	t.Helper()
	response := e.perform(t, handler)
	body := readAll(t, response.Body)
	if response.StatusCode != e.status {
		t.Errorf("%s: status %d, want %d", e.name, response.StatusCode, e.status)
	}
	if e.code != "" {
		e.checkProblem(t, response.Header, body)
		return response.Header
	}
	if got := response.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: Content-Type %q", e.name, got)
	}
	if body != e.want+"\n" {
		t.Errorf("%s\n got %s\nwant %s", e.name, body, e.want)
	}
	return response.Header
}

// checkProblem compares the body of an answer that is not a success.
func (e exchange) checkProblem(t *testing.T, header http.Header, body string) {
	t.Helper()
	if got := header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: Content-Type %q", e.name, got)
	}
	got := decode[problem](t, body)
	if got.Type != "about:blank" || got.Title != http.StatusText(e.status) || got.Status != e.status {
		t.Errorf("%s: type %q, title %q, status %d", e.name, got.Type, got.Title, got.Status)
	}
	if got.Code != e.code || got.Path != e.path {
		t.Errorf("%s: code %q, path %q, want %q and %q", e.name, got.Code, got.Path, e.code, e.path)
	}
	if got.Detail == "" || !strings.Contains(got.Detail, e.says) {
		t.Errorf("%s: detail %q does not say %q", e.name, got.Detail, e.says)
	}
}

// problem is the body of an error as a client reads it.
type problem struct {
	Type, Title, Code, Detail, Path, Write string
	Status                                 int
	Revision                               uint64
}

// decode reads exactly one JSON value of a known form.
func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var into T
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&into); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("data after the value in %q", text)
	}
	return into
}

func readAll(t testing.TB, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
