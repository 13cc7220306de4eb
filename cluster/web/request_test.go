package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// refusals are requests that are wrong whatever the state is.
var refusals = []exchange{
	// Paths.
	{name: "a trailing slash", request: "GET /v1/state/users/", status: 400, code: "invalid", says: "empty key cannot be written in a URL"},
	{name: "two slashes", request: "PUT /v1/state/users//age 1", status: 400, code: "invalid", says: "segment 2 is empty"},
	{name: "two slashes at the root", request: "GET /v1/state//", status: 400, code: "invalid", says: "segment 1 is empty"},
	{name: "a reserved key", request: "PUT /v1/state/users/_ 1", status: 400, code: "invalid"},
	{name: "an encoded reserved key", request: "GET /v1/state/%23", status: 400, code: "invalid"},
	{name: "a key that is not UTF-8", request: "GET /v1/state/%ff", status: 400, code: "invalid"},
	{name: "a key that is too long", request: "GET /v1/state/" + strings.Repeat("k", tree.MaxKeyBytes+1), status: 413, code: "too_large"},
	{name: "a path that is too deep", request: "GET /v1/state" + strings.Repeat("/k", tree.MaxDepth+1), status: 413, code: "too_large", says: "URL path has more than 64 keys"},
	{name: "another path", request: "GET /v1/stateful", status: 404, code: "invalid", says: `no such resource: "/v1/stateful"`},
	{name: "the path of the server", request: "GET /", status: 404, code: "invalid", says: "no such resource"},
	{name: "a resource with a slash", request: "GET /v1/status/", status: 404, code: "invalid", says: "no such resource"},

	// Parameters.
	{name: "an unknown parameter", request: "GET /v1/state/users?revison=5", status: 400, code: "invalid", says: `"revison" is unknown here`},
	{name: "a parameter of another method", request: "DELETE /v1/state/users?replace=true", status: 400, code: "invalid", says: `"replace"`},
	{name: "a parameter given twice", request: "GET /v1/state/users?revision=1&revision=2", status: 400, code: "invalid", says: "given 2 times"},
	{name: "a broken escape", request: "GET /v1/state/users?revision=%zz", status: 400, code: "invalid", says: "parameters"},
	{name: "a semicolon", request: "GET /v1/state/users?read=local;revision=2", status: 400, code: "invalid", says: "parameters"},
	{name: "a revision that is none", request: "GET /v1/state/users?revision=-1", status: 400, code: "invalid", says: `"-1"`},
	{name: "an empty revision", request: "GET /v1/state/users?revision=", status: 400, code: "invalid", says: `""`},
	{name: "a kind of read that is none", request: "GET /v1/state/users?read=fast", status: 400, code: "invalid", says: "linearizable"},
	{name: "only changes without them", request: "GET /v1/watch?path=a&only-changes=true&changes=false", status: 400, code: "invalid", says: "only-changes asks for them"},
	{name: "delta that is neither", request: "GET /v1/watch?path=a&delta=ja", status: 400, code: "invalid", says: `delta "ja" is neither`},
	{name: "every that is neither", request: "GET /v1/watch?path=a&every=1s", status: 400, code: "invalid", says: `every "1s" is neither`},
	{name: "end-when-slow that is neither", request: "GET /v1/watch?path=a&end-when-slow=", status: 400, code: "invalid", says: `end-when-slow "" is neither`},
	{name: "end-when-slow without every change", request: "GET /v1/watch?path=a&every=0&end-when-slow=1", status: 400, code: "invalid", says: "parameter every is false"},
	{name: "changes that is neither", request: "GET /v1/watch?path=a&changes=all", status: 400, code: "invalid", says: `changes "all" is neither`},
	{name: "a revision to go on from that is none", request: "GET /v1/watch?path=a&since=now", status: 400, code: "invalid", says: `parameter since "now"`},
	{name: "an id to go on from that is none", request: "GET /v1/watch?path=a&since=1", header: http.Header{"Last-Event-Id": {"x"}}, status: 400, code: "invalid", says: `Last-Event-ID "x"`},
	{name: "progress without a unit", request: "GET /v1/watch?path=a&progress=10", status: 400, code: "invalid", says: `progress "10" is not a duration of at least 1s`},
	{name: "progress all the time", request: "GET /v1/watch?path=a&progress=999ms", status: 400, code: "invalid", says: "at least 1s"},
	{name: "since of what is no watch", request: "GET /v1/state/users?since=1", status: 400, code: "invalid", says: `"since" is unknown here`},
	{name: "replace that is neither", request: "PUT /v1/state/users?replace=ja {}", status: 400, code: "invalid", says: "replace"},
	{name: "a timeout without a unit", request: "GET /v1/status?timeout=2", status: 400, code: "invalid", says: "2s"},
	{name: "a timeout of nothing", request: "GET /v1/state/users?timeout=0s", status: 400, code: "invalid", says: "above 0"},
	{name: "a timeout over the limit", request: "PUT /v1/state/users?timeout=61s 1", status: 400, code: "invalid", says: "up to 1m0s"},

	// Bodies.
	{name: "no body", request: "PUT /v1/state/users", status: 400, code: "invalid", says: "body"},
	{name: "no JSON", request: "PATCH /v1/state/users {age:1}", status: 400, code: "invalid", says: "body"},
	{name: "two values", request: "POST /v1/state/new 1 2", status: 400, code: "invalid", says: "body"},
	{name: "a number that does not fit", request: "POST /v1/state/new 9223372036854775808", status: 400, code: "invalid", says: "body"},
	{name: "a duplicate key", request: `POST /v1/state/new {"a":1,"a":2}`, status: 400, code: "invalid", says: "body"},
	{name: "a string over the limit", request: "PUT /v1/state/new " + jsonString(tree.MaxValueBytes+1), status: 413, code: "too_large"},
	{name: "a query that is none", request: `POST /v1/query {"query":7}`, status: 400, code: "invalid"},
	{name: "a query of null", request: `POST /v1/query {"query":null}`, status: 400, code: "invalid"},
	{name: "a query of nothing", request: `POST /v1/query {}`, status: 400, code: "invalid", says: "neither query nor path"},
	{name: "a query with a misspelt path", request: `POST /v1/query {"query":1,"pfad":"users"}`, status: 400, code: "invalid", says: "pfad"},
	{name: "a query at a path that is none", request: `POST /v1/query {"query":1,"path":"a..b"}`, status: 400, code: "invalid"},
	{name: "a query twice", request: `POST /v1/query {"query":1,"query":{"x":1}}`, status: 400, code: "invalid", says: "appears twice"},
	{name: "a query in capitals", request: `POST /v1/query {"path":"users","QUERY":1}`, status: 400, code: "invalid", says: `"QUERY" is unknown`},
	{name: "a query at a path of null", request: `POST /v1/query {"query":1,"path":null}`, status: 400, code: "invalid", says: "want a path"},
	{name: "a query at two paths", request: `POST /v1/query {"query":{"_":"$at","path":"users"},"path":"none"}`, status: 400, code: "invalid", says: "has one too"},
	{name: "a query and more", request: `POST /v1/query {"path":""}]`, status: 400, code: "invalid", says: "data after"},
	{name: "a watch of nothing", request: "GET /v1/watch", status: 400, code: "invalid", says: "neither query nor path"},
	{name: "a watch of no query", request: "GET /v1/watch?query=", status: 400, code: "invalid"},
	{name: "a watch of no path", request: "GET /v1/watch?path=a..b", status: 400, code: "invalid"},
	{name: "a body of text", request: "PUT /v1/state/users 1", header: contentType("text/plain"), status: 400,
		code: "invalid", says: "is not application/json"},
	{name: "a true form", request: "PUT /v1/state/users age=41", header: contentType("application/x-www-form-urlencoded"), status: 400,
		code: "invalid", says: "body"},
	{name: "a compressed body", request: "PUT /v1/state/users 1", header: http.Header{"Content-Encoding": {"gzip"}}, status: 400,
		code: "invalid", says: "Content-Encoding"},
	{name: "a condition by date", request: "PUT /v1/state/users {}", header: http.Header{"If-Unmodified-Since": {"Sun, 06 Nov 1994 08:49:37 GMT"}}, status: 400,
		code: "invalid", says: "If-Unmodified-Since"},
	{name: "a write of another site's page", request: "POST /v1/state/new 1", header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, status: 403,
		code: "invalid", says: "another site"},
	{name: "a body of a broken type", request: "POST /v1/query {}", header: contentType("json"), status: 400, code: "invalid", says: "Content-Type"},
}

func contentType(value string) http.Header { return http.Header{"Content-Type": {value}} }

// jsonString returns a JSON string with n bytes between its quotes.
func jsonString(n int) string { return `"` + strings.Repeat("x", n) + `"` }

func TestRefusedRequests(t *testing.T) {
	for _, e := range refusals {
		e.run(t, onFake)
	}
}

func TestEachResourceAllowsItsMethods(t *testing.T) {
	handler := web.Handler(populated(t), web.Config{})
	for target, allow := range map[string]string{
		"/v1/state/users": "DELETE, GET, HEAD, PATCH, POST, PUT",
		"/v1/state/":      "DELETE, GET, HEAD, PATCH, POST, PUT",
		"/v1/transaction": "POST",
		"/v1/outcome":     "POST",
		"/v1/query":       "POST",
		"/v1/watch":       "GET",
		"/v1/status":      "GET, HEAD",
		"/v1/members":     "GET, HEAD",
		"/healthz":        "GET, HEAD",
		"/readyz":         "GET, HEAD",
	} {
		t.Run(target, func(t *testing.T) {
			e := exchange{request: "OPTIONS " + target, status: 405, code: "invalid", says: allow}
			if got := e.check(t, handler).Get("Allow"); got != allow {
				t.Errorf("Allow: %s, want %s", got, allow)
			}
		})
	}
}

func TestJSONMayCallItselfSo(t *testing.T) {
	for _, value := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON", "application/x-www-form-urlencoded"} {
		exchange{request: "PUT /v1/state/x 1", header: contentType(value), status: 200, want: `{"revision":4}`}.
			check(t, web.Handler(populated(t), web.Config{}))
	}
}

// outcomes are the errors of a node, and how they are told.
var outcomes = []struct {
	err    error
	status int
	code   string
}{
	{cluster.ErrOutcomeUnknown, 504, "outcome_unknown"},
	{fmt.Errorf("%w: %w", cluster.ErrOutcomeUnknown, context.DeadlineExceeded), 504, "outcome_unknown"},
	{fmt.Errorf("%w: %w", cluster.ErrOutcomeUnknown, cluster.ErrClosed), 504, "outcome_unknown"},
	{cluster.ErrNotFound, 404, "not_found"},
	{cluster.ErrExists, 409, "exists"},
	{cluster.ErrWrongKind, 409, "wrong_kind"},
	{cluster.ErrConflict, 412, "conflict"},
	{cluster.ErrInvalid, 400, "invalid"},
	{cluster.ErrTooLarge, 413, "too_large"},
	{cluster.ErrNoLeader, 503, "no_leader"},
	{fmt.Errorf("%w: %w", cluster.ErrNoLeader, context.DeadlineExceeded), 503, "no_leader"},
	{cluster.ErrSlow, 410, "slow"},
	{cluster.ErrBusy, 429, "busy"},
	{cluster.ErrClosed, 503, "closed"},
	{context.DeadlineExceeded, 504, "timeout"},
	{context.Canceled, 503, "closed"},
	{cluster.ErrCorrupt, 500, "internal"},
	{errors.New("surprise"), 500, "internal"},
}

func TestErrorsOfTheNodeKeepTheirMeaning(t *testing.T) {
	requests := []string{
		"GET /v1/state/users", "GET /v1/state/users?read=linearizable", "GET /v1/state/users?revision=9", `POST /v1/query {"query":1}`,
		"PUT /v1/state/users 1", "PUT /v1/state/users?replace=true 1", "POST /v1/state/users 1", "PATCH /v1/state/users 1",
		"DELETE /v1/state/users", "GET /v1/watch?path=users", `POST /v1/transaction {"then":[]}`,
	}
	for _, outcome := range outcomes {
		for _, request := range requests {
			t.Run(outcome.err.Error()+" of "+request, func(t *testing.T) {
				node := populated(t)
				node.fail(&cluster.Error{Operation: "test", Path: tree.Path{"users", "a.b"}, Revision: 17, Err: outcome.err})
				e := exchange{request: request, status: outcome.status, code: outcome.code, path: `users."a.b"`, says: outcome.err.Error()}
				header := e.check(t, web.Handler(node, web.Config{}))
				if again := header.Get("Retry-After"); (again == "1") != (outcome.status == 429) {
					t.Errorf("Retry-After: %q", again)
				}
			})
		}
	}
}

func TestARequestWaitsForItsTimeoutAndNoLonger(t *testing.T) {
	for _, test := range []struct {
		request string
		wait    time.Duration
	}{
		{"GET /v1/state/users?revision=4", web.DefaultTimeout},
		{"GET /v1/state/users?revision=4&timeout=2s", 2 * time.Second},
		{"GET /v1/state/users?revision=4&read=linearizable&timeout=60s", web.MaxTimeout},
		{`POST /v1/query?revision=4&timeout=50ms {"query":1}`, 50 * time.Millisecond},
	} {
		for name, on := range map[string]bench{"fake": onFake, "real": onReal} {
			t.Run(test.request+" on a "+name+" node", func(t *testing.T) {
				on(t, func(t *testing.T, node web.Node) {
					start := time.Now()
					exchange{request: test.request, status: 504, code: "timeout", says: test.wait.String()}.
						check(t, web.Handler(node, web.Config{}))
					if waited := time.Since(start); waited != test.wait {
						t.Errorf("waited %v, want %v", waited, test.wait)
					}
				})
			})
		}
	}
}

func TestAReadAtARevisionWaitsForIt(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		var writer sync.WaitGroup // the write returns after the read
		writer.Go(func() {
			time.Sleep(5 * time.Second)
			apply(t, node, cluster.Set(tree.Path{"x"}, 1))
		})
		exchange{request: "GET /v1/state/x?revision=4", status: 200, want: `{"revision":4,"value":1,"modified":4,"version":1}`}.
			check(t, web.Handler(node, web.Config{}))
		writer.Wait()
	})
}

func TestAClientThatLeavesEndsItsRequest(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		recorder := httptest.NewRecorder()
		web.Handler(node, web.Config{}).ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, "GET", "/v1/state/?revision=9", nil))
		if waited := time.Since(start); waited != time.Second || recorder.Code != 503 {
			t.Errorf("waited %v, status %d", waited, recorder.Code)
		}
	})
}

func TestABodyOverTheLimitIsNotRead(t *testing.T) {
	unread := func(length int64) *http.Request {
		request := httptest.NewRequestWithContext(t.Context(), "PUT", "/v1/state/x", iotest.ErrReader(errors.New("was read")))
		request.ContentLength = length
		return request
	}
	for length, want := range map[int64]int{web.MaxBodyBytes + 1: 413, web.MaxBodyBytes: 400} {
		recorder := httptest.NewRecorder()
		web.Handler(populated(t), web.Config{}).ServeHTTP(recorder, unread(length))
		if recorder.Code != want {
			t.Errorf("%d bytes: status %d, want %d: %s", length, recorder.Code, want, recorder.Body)
		}
	}
}

func TestABodyOfUnknownLengthIsReadUpToTheLimit(t *testing.T) {
	blanks := strings.Repeat(" ", web.MaxBodyBytes+1)
	list := "[" + strings.Repeat(jsonString(tree.MaxValueBytes)+",", 3) + jsonString(tree.MaxValueBytes) + "]"
	for _, test := range []struct {
		name string
		body io.Reader
		want int
	}{
		{"four values of the greatest size", strings.NewReader(list), 200},
		{"a body at the limit", strings.NewReader(blanks[3:] + "{}"), 200},
		{"a body over the limit", strings.NewReader(blanks[2:] + "{}"), 413},
		{"a body that comes byte by byte", iotest.OneByteReader(strings.NewReader(`{"slow":"but complete"}`)), 200},
		{"a body that breaks off", io.MultiReader(strings.NewReader("["), iotest.ErrReader(io.ErrUnexpectedEOF)), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			withFake(t, func(t *testing.T, node *fakeNode) {
				client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
				// A reader of a type that net/http does not know has no length.
				if got := put(t, client, "http://server/v1/state/x", io.MultiReader(test.body)); got != test.want {
					t.Errorf("status %d, want %d", got, test.want)
				}
				if changed := node.Status().Revision > 3; changed != (test.want == 200) {
					t.Errorf("changed: %v", changed)
				}
			})
		})
	}
}

// put sends a body of unknown length and returns the status of the answer, 0
// when there is none because the body could not be sent.
func put(t *testing.T, client *http.Client, url string, body io.Reader) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "PUT", url, body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_ = readAll(t, response.Body)
	return response.StatusCode
}

func TestABodyThatStallsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := populated(t)
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		body, stalled := io.Pipe()
		defer stalled.Close()
		go func() { _, _ = stalled.Write([]byte(`{"a":`)) }()
		start := time.Now()
		if got := put(t, client, "http://server/v1/state/x?timeout=3s", body); got != 504 {
			t.Errorf("status %d, want 504", got)
		}
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("waited %v", waited)
		}
		if revision := node.Status().Revision; revision != 3 {
			t.Errorf("revision %d after a write that never came", revision)
		}
	})
}

func TestTheDeadlineOfABodyDoesNotEndTheWaitAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, &http.Server{Handler: web.Handler(populated(t), web.Config{}), ReadTimeout: time.Second})
		for range 2 {
			request := strings.NewReader(`{"path":"users"}`)
			response, err := client.Post("http://server/v1/query?revision=4&timeout=3s", "application/json", request)
			if err != nil {
				t.Fatal(err)
			}
			if got := decode[problem](t, readAll(t, response.Body)); got.Code != "timeout" {
				t.Errorf("%+v", got)
			}
			response.Body.Close()
		}
	})
}
