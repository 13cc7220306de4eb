package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
)

// serving returns a client whose node a is served by handler.
func serving(t *testing.T, handler http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	transport := client.Transport()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return client.New(map[string]string{"a": server.URL}, transport)
}

// request returns a request for an item, and a transaction of two operations.
func request(function history.Function) history.Request {
	r := history.Request{Number: 7, Function: function, Node: "a", Item: "set/s1"}
	if function == history.Transact {
		r.Then = []history.Clause{{Function: history.Add, Item: r.Item, Value: json.RawMessage("1")}, {Function: history.Remove, Item: "set/s2"}}
	}
	return r
}

func TestEveryAnswerHasAKind(t *testing.T) {
	const insert, get = history.Insert, history.Get
	for _, test := range []struct {
		name     string
		function history.Function
		status   int
		body     string
		want     history.Kind
		answer   history.Answer
	}{
		{"a write that was made", insert, 201, `{"revision":5}`, history.OK, history.Answer{Revision: 5}},
		{"a write that was made, with 200", history.Put, 200, `{"revision":5}`, history.OK, history.Answer{Revision: 5}},
		{"a read of a number", get, 200, `{"revision":9,"value":3,"modified":4}`, history.OK, history.Answer{Revision: 9, Found: true, Value: 3, Modified: 4}},
		{"a read of a field", get, 200, `{"revision":9,"value":{"write":3},"modified":4}`, history.OK, history.Answer{Revision: 9, Found: true, Value: 3, Modified: 4}},
		{"a read of nothing", get, 404, `{"code":"not_found","revision":9}`, history.OK, history.Answer{Revision: 9, Code: "not_found"}},
		{"an item that is missing", history.Update, 404, `{"code":"not_found","revision":9}`, history.Fail, history.Answer{Revision: 9, Code: "not_found"}},
		{"an item that is there", insert, 409, `{"code":"exists","revision":9}`, history.Fail, history.Answer{Revision: 9, Code: "exists"}},
		{"a condition that does not hold", history.Put, 412, `{"code":"conflict","revision":9}`, history.Fail, history.Answer{Revision: 9, Code: "conflict"}},
		{"wrong input", insert, 400, `{"code":"invalid"}`, history.Fail, history.Answer{Code: "invalid"}},
		{"too much input", insert, 413, `{"code":"too_large"}`, history.Fail, history.Answer{Code: "too_large"}},
		{"no leader", insert, 503, `{"code":"no_leader"}`, history.Fail, history.Answer{Code: "no_leader"}},
		{"not served in time", insert, 504, `{"code":"timeout"}`, history.Fail, history.Answer{Code: "timeout"}},
		{"a full queue", insert, 429, `{"code":"busy"}`, history.Fail, history.Answer{Code: "busy"}},
		{"a node that stops", insert, 503, `{"code":"closed"}`, history.Fail, history.Answer{Code: "closed"}},
		{"an unknown outcome", insert, 504, `{"code":"outcome_unknown"}`, history.Info, history.Answer{Code: "outcome_unknown"}},
		{"a fault of the node", insert, 500, `{"code":"internal"}`, history.Info, history.Answer{Code: "internal"}},
		{"a code that is new", insert, 418, `{"code":"teapot"}`, history.Info, history.Answer{Code: "teapot"}},
		{"an error that is no JSON", insert, 502, `bad gateway`, history.Info, history.Answer{Code: "unexpected"}},
		{"a success that is no JSON", insert, 201, `done`, history.Info, history.Answer{Code: "unexpected"}},
		{"a success without a revision", insert, 201, `{}`, history.Info, history.Answer{Code: "unexpected"}},
		{"a read that took too long", get, 504, `{"code":"timeout"}`, history.Fail, history.Answer{Code: "timeout"}},
		{"a read that is no JSON", get, 200, `done`, history.Fail, history.Answer{Code: "unexpected"}},
		{"a read of what is no number", get, 200, `{"revision":9,"value":[1],"modified":4}`, history.OK, history.Answer{Revision: 9, Found: true, Modified: 4, Whole: json.RawMessage("[1]")}},
		{"a transaction that was made", history.Transact, 200, `{"revision":5,"else":false,"results":[7,null]}`, history.OK,
			history.Answer{Revision: 5, Results: []json.RawMessage{json.RawMessage("7"), json.RawMessage("null")}}},
		{"a transaction of which a result is missing", history.Transact, 200, `{"revision":5,"else":false,"results":[7]}`, history.Info, history.Answer{Code: "unexpected"}},
		{"a transaction that can be asked for", history.Transact, 504, `{"code":"outcome_unknown","write":"4-2"}`, history.Info, history.Answer{Code: "outcome_unknown", WriteID: "4-2"}},
		{"an operation on another kind", history.Transact, 409, `{"code":"wrong_kind","revision":9}`, history.Fail, history.Answer{Revision: 9, Code: "wrong_kind"}},
		{"an outcome that is known", history.Outcome, 200, `{"revision":5,"else":false,"results":[7]}`, history.OK,
			history.Answer{Revision: 5, Results: []json.RawMessage{json.RawMessage("7")}}},
		{"an outcome that was given up", history.Outcome, 410, `{"code":"given_up"}`, history.Fail, history.Answer{Code: "given_up"}},
		{"an outcome that stays unknown", history.Outcome, 504, `{"code":"outcome_unknown"}`, history.Fail, history.Answer{Code: "outcome_unknown"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			nodes := serving(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			})
			kind, answer := nodes.Do(t.Context(), request(test.function))
			answer.Detail = ""
			if kind != test.want || !reflect.DeepEqual(answer, test.answer) {
				t.Errorf("got %s %+v, want %s %+v", kind, answer, test.want, test.answer)
			}
		})
	}
}

func TestARequestIsWhatTheContractAsksFor(t *testing.T) {
	for _, test := range []struct {
		name    string
		request history.Request
		want    string
	}{
		{"insert", request(history.Insert), "POST /v1/state/set/s1?timeout=1.5s  7"},
		{"put of a field", history.Request{Number: 7, Function: history.Put, Node: "a", Item: "users/u1", Field: "write"}, `PUT /v1/state/users/u1?timeout=1.5s  {"write":7}`},
		{"update on a condition", history.Request{Number: 7, Function: history.Update, Node: "a", Item: "users/u1", IfMatch: 4}, "PATCH /v1/state/users/u1?timeout=1.5s 4 7"},
		{"removal", request(history.Remove), "DELETE /v1/state/set/s1?timeout=1.5s  "},
		{"linearizable read", history.Request{Function: history.Get, Node: "a", Item: "x", Linearizable: true}, "GET /v1/state/x?read=linearizable&timeout=1.5s  "},
		{"read of at least a revision", history.Request{Function: history.Get, Node: "a", Item: "x", AtLeast: 8}, "GET /v1/state/x?revision=8&timeout=1.5s  "},
		{"insert with a lease", history.Request{Number: 7, Function: history.Insert, Node: "a", Item: "x", TTL: 1500 * time.Millisecond}, "POST /v1/state/x?timeout=1.5s&ttl=1.5s  7"},
		{"insert of what lives with the node", history.Request{Number: 7, Function: history.Insert, Node: "a", Item: "x", Ephemeral: 2 * time.Second}, "POST /v1/state/x?ephemeral=2s&timeout=1.5s  7"},
		{"insert of what lives with another item", history.Request{Number: 7, Function: history.Insert, Node: "a", Item: "x", While: "y/z"}, "POST /v1/state/x?timeout=1.5s&while=y.z  7"},
		{"write under a lock", history.Request{Number: 7, Function: history.Put, Node: "a", Item: "x", Held: "y/z", Token: 17}, "PUT /v1/state/x?if-held=y.z%3A17&timeout=1.5s  7"},
		{"transaction", history.Request{Function: history.Transact, Node: "a", Timeout: time.Millisecond,
			If: []history.Clause{
				{Function: history.Unmodified, Item: "lists/k1", Since: 7}, {Function: history.Missing, Item: "bank"},
				{Function: history.Matches, Item: "on.call", Query: json.RawMessage(`{"_":"$count"}`), Result: json.RawMessage("1")},
			},
			Then: []history.Clause{{Function: history.Append, Item: "lists/k1", Value: json.RawMessage("4")}, {Function: history.Remove, Item: "x"}}},
			`POST /v1/transaction?timeout=1ms  {"if":[{"since":7,"unmodified":["lists","k1"]},{"missing":["bank"]},` +
				`{"matches":{"_":"$count"},"path":["on.call"],"result":1}],"then":[{"append":["lists","k1"],"value":4},{"remove":["x"]}]}`},
		{"outcome", history.Request{Function: history.Outcome, Node: "a", Write: "4-2"}, `POST /v1/outcome?timeout=1.5s  {"write":"4-2"}`},
		{"key with reserved characters", history.Request{Function: history.Get, Node: "a", Item: "a?b/c d"}, "GET /v1/state/a%3Fb/c%20d?timeout=1.5s  "},
	} {
		t.Run(test.name, func(t *testing.T) {
			arrived := make(chan string, 1)
			nodes := serving(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				arrived <- fmt.Sprintf("%s %s %s %s", r.Method, r.RequestURI, r.Header.Get("If-Match"), body)
			})
			nodes.Do(t.Context(), test.request)
			if got := <-arrived; got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestAConnectionThatCannotBeOpenedIsAFail(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	nodes := client.New(map[string]string{"a": server.URL}, client.Transport())
	server.Close()
	if kind, answer := nodes.Do(t.Context(), request(history.Insert)); kind != history.Fail || answer.Decided() {
		t.Errorf("got %s %+v, want an undecided fail", kind, answer)
	}
}

func TestAConnectionThatBreaksLeavesAWriteUnknown(t *testing.T) {
	breakUp := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	cutShort := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"revision":5}`)
	}
	for name, handler := range map[string]http.HandlerFunc{"before the answer": breakUp, "within the answer": cutShort} {
		t.Run(name, func(t *testing.T) {
			nodes := serving(t, handler)
			for _, function := range []history.Function{history.Insert, history.Update, history.Put, history.Remove} {
				if kind, answer := nodes.Do(t.Context(), request(function)); kind != history.Info {
					t.Errorf("%s: got %s %+v, want info", function, kind, answer)
				}
			}
			if kind, answer := nodes.Do(t.Context(), request(history.Get)); kind != history.Fail {
				t.Errorf("get: got %s %+v, want fail", kind, answer)
			}
		})
	}
}

func TestAWriteIsSentOnlyOnce(t *testing.T) {
	// The second request meets a kept connection that breaks: a transport that
	// repeats it on a fresh one would show here.
	var arrived atomic.Int64
	nodes := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		if arrived.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, `{"revision":1}`)
	})
	nodes.Do(t.Context(), request(history.Put))
	kind, _ := nodes.Do(t.Context(), request(history.Put))
	if kind != history.Info || arrived.Load() != 2 {
		t.Errorf("got %s after %d arrivals, want info after 2", kind, arrived.Load())
	}
}

func TestAnAnswerThatDoesNotComeLeavesAWriteUnknown(t *testing.T) {
	arrived := make(chan struct{})
	nodes := serving(t, func(w http.ResponseWriter, r *http.Request) {
		// The server notices that the client has gone once it has read the
		// body.
		if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	kind, answer := nodes.Do(ctx, request(history.Insert))
	if kind != history.Info || !strings.Contains(answer.Detail, context.Canceled.Error()) {
		t.Errorf("got %s %+v, want info", kind, answer)
	}
}
