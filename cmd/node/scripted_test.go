package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// scripted is a node that gives one prepared answer and notes what it was
// asked.
type scripted struct {
	url string
	mu  struct {
		sync.Mutex
		asked []asked
	}
}

// asked is one request as it arrived, without the timeout parameter.
type asked struct {
	method, path, query, body string
	ifMatch, contentType      string
}

// answerWith starts a node that answers every request with a status and a body.
func answerWith(t *testing.T, status int, body string) *scripted {
	t.Helper()
	return script(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

// refuseWith starts a node that refuses every request with a code of the
// contract.
func refuseWith(t *testing.T, status int, code, detail string) *scripted {
	t.Helper()
	return answerWith(t, status, `{"type":"about:blank","title":"Refused","code":"`+code+`","detail":"`+detail+`"}`)
}

// script starts a node that notes each request and then answers with handle.
func script(t *testing.T, handle http.HandlerFunc) *scripted {
	t.Helper()
	s := &scripted{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		query := r.URL.Query()
		query.Del("timeout")
		s.mu.Lock()
		s.mu.asked = append(s.mu.asked, asked{
			method: r.Method, path: r.URL.EscapedPath(), query: query.Encode(), body: string(body),
			ifMatch: r.Header.Get("If-Match"), contentType: r.Header.Get("Content-Type"),
		})
		s.mu.Unlock()
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// requests returns what the node was asked so far.
func (s *scripted) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mu.asked)
}

// only returns the one request that the node was asked, and fails the test when
// there were more or less.
func (s *scripted) only(t *testing.T) asked {
	t.Helper()
	requests := s.requests()
	if len(requests) != 1 {
		t.Fatalf("the node was asked %d times, want once: %v", len(requests), requests)
	}
	return requests[0]
}

// hangUp breaks the connection off without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// nobody returns the address of a port where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	server.Close()
	return server.URL
}
