package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/gstate/tree"
)

// memory is a cluster that exists only in this process: members that share one
// tree, and break a promise when asked to. It speaks as much of the contract as
// the scenes of the demo need.
type memory struct {
	faults faults
	mu     struct {
		sync.Mutex
		tree *tree.Tree
		// changed is closed at the next change.
		changed chan struct{}
	}
}

// faults are the broken promises.
type faults struct {
	// staleUpdates says that an update creates what is missing.
	staleUpdates bool
	// quietly says that the refusal of an update changes the tree all the same.
	quietly bool
	// differs says that member c has another digest.
	differs bool
	// renames says that watchers are told other keys than were inserted, mutes
	// that they are told no more than the first result.
	renames, mutes bool
	// forgets and invents are jobs that member b does not have, and has for no
	// reason.
	forgets, invents string
}

func newMemory(f faults) *memory {
	m := &memory{faults: f}
	m.mu.tree, m.mu.changed = tree.New(), make(chan struct{})
	return m
}

// stage returns a stage whose members are those of the memory, and what is said
// on it.
func (m *memory) stage() (*stage, *bytes.Buffer) {
	var said bytes.Buffer
	s := &stage{out: &said}
	for _, id := range []string{"a", "b", "c"} {
		transport := handlerTransport(func(w http.ResponseWriter, r *http.Request) { m.serve(id, w, r) })
		nodes := &client{bases: []string{"http://" + id}, timeout: callTimeout, http: &http.Client{Transport: transport}}
		s.instances = append(s.instances, &instance{id: id, base: nodes.bases[0], nodes: nodes})
	}
	return s, &said
}

// serve answers for one member.
func (m *memory) serve(id string, w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	now := m.mu.tree
	m.mu.Unlock()
	switch {
	case r.URL.Path == "/v1/status":
		digest := now.Digest().String()
		if m.faults.differs && id == "c" {
			digest = strings.Repeat("f", len(digest))
		}
		fmt.Fprintf(w, `{"id":%q,"leader":"a","revision":%d,"digest":%q}`, id, now.Revision(), digest)
	case r.URL.Path == "/v1/query":
		m.query(id, now, w, r)
	case r.URL.Path == "/v1/watch":
		m.watch(w, r)
	case r.Method == http.MethodGet:
		item, _ := now.Get(pathOf(r.URL))
		fmt.Fprintf(w, `{"revision":%d,"value":%s}`, now.Revision(), item.Value())
	default:
		m.write(w, r)
	}
}

// pathOf returns the path of the tree in the URL of a request.
func pathOf(u *url.URL) tree.Path {
	return strings.Split(strings.TrimPrefix(u.Path, "/v1/state/"), "/")
}

// query answers a query, at member b with one job too few or too many.
func (m *memory) query(id string, now *tree.Tree, w http.ResponseWriter, r *http.Request) {
	var body struct {
		Query json.RawMessage `json:"query"`
	}
	json.NewDecoder(r.Body).Decode(&body)
	query, _ := tree.ParseQuery(body.Query)
	edit := now.Edit()
	if id == "b" && m.faults.forgets != "" {
		edit.Delete(tree.Path{"jobs", m.faults.forgets})
	}
	if id == "b" && m.faults.invents != "" {
		edit.Set(tree.Path{"jobs", m.faults.invents}, tree.StringValue(m.faults.invents))
	}
	edit.Commit()
	value, _ := query.Eval(edit.Tree())
	fmt.Fprintf(w, `{"revision":%d,"result":%s}`, now.Revision(), value)
}

// write makes a write, or refuses it.
func (m *memory) write(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	value, _ := tree.ParseJSON(body)
	m.mu.Lock()
	defer m.mu.Unlock()
	edit, path := m.mu.tree.Edit(), pathOf(r.URL)
	var err error
	switch r.Method {
	case http.MethodPost:
		err = edit.Insert(path, value)
	case http.MethodDelete:
		err = edit.Remove(path)
	case http.MethodPatch:
		if err = edit.Update(path, value); err != nil && m.faults.staleUpdates {
			err = edit.Set(path, value)
		}
		if err != nil && m.faults.quietly {
			edit.Set(tree.Path{"traces"}, tree.IntValue(1))
		}
	}
	revision, changed := edit.Commit()
	if changed {
		m.mu.tree = edit.Tree()
		close(m.mu.changed)
		m.mu.changed = make(chan struct{})
	}
	if errors.Is(err, tree.ErrNotFound) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"code":"not_found","detail":%q}`, err)
		return
	}
	fmt.Fprintf(w, `{"revision":%d}`, revision)
}

// watch streams the results of a query.
func (m *memory) watch(w http.ResponseWriter, r *http.Request) {
	query, _ := tree.ParseQuery([]byte(r.URL.Query().Get("query")))
	for {
		m.mu.Lock()
		now, changed := m.mu.tree, m.mu.changed
		m.mu.Unlock()
		value, _ := query.Eval(now)
		text := value.String()
		if m.faults.renames {
			text = strings.ReplaceAll(text, `["`, `["0`)
		}
		fmt.Fprintf(w, "data: {\"revision\":%d,\"result\":%s}\n\n", now.Revision(), text)
		if m.faults.mutes {
			changed = nil
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// handlerTransport is a network of one handler, without sockets, so that it can
// be used in virtual time.
type handlerTransport http.HandlerFunc

// RoundTrip implements http.RoundTripper. The body of the response is a stream
// that the handler writes.
func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	reader, writer := io.Pipe()
	w := &pipeResponse{header: make(http.Header), body: writer, started: make(chan int, 1)}
	go func() {
		h(w, r)
		w.WriteHeader(http.StatusOK)
		writer.Close()
	}()
	context.AfterFunc(r.Context(), func() { reader.CloseWithError(context.Cause(r.Context())) })
	return &http.Response{StatusCode: <-w.started, Header: w.header, Body: reader}, nil
}

// pipeResponse is the handler's side of a response. Only the handler's
// goroutine uses it.
type pipeResponse struct {
	header http.Header
	body   io.Writer
	// started receives the status once.
	started chan int
	once    sync.Once
}

func (w *pipeResponse) Header() http.Header    { return w.header }
func (w *pipeResponse) WriteHeader(status int) { w.once.Do(func() { w.started <- status }) }
func (w *pipeResponse) Flush()                 { w.WriteHeader(http.StatusOK) }
func (w *pipeResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// failedChecks returns the claims on a stage that did not hold.
func failedChecks(t *testing.T, said string) []string {
	t.Helper()
	var claims []string
	for line := range strings.Lines(said) {
		if claim, ok := strings.CutPrefix(strings.TrimSpace(line), "[FAIL] "); ok {
			claims = append(claims, claim)
		}
	}
	return claims
}
