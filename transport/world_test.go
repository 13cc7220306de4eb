package transport

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"example.com/gstate/transport/memnet"
)

// Kinds that every node of a world has a handler for.
const (
	kindEcho    Kind = 1 // returns the body
	kindRefuse  Kind = 2 // returns an error with the body as its text
	kindWait    Kind = 3 // returns when its context ends
	kindLarge   Kind = 4 // returns more than anybody reads
	kindMissing Kind = 9 // has no handler
)

// waitTime is longer than anything here takes without a fault.
const waitTime = time.Minute

// world is a few nodes on one in-memory network, inside a bubble.
type world struct {
	*testing.T
	net *memnet.Network
	log *lines

	mu struct {
		sync.Mutex

		// addresses overrides where a node is found; others are at "<id>:1".
		addresses map[string]string
	}
}

// inWorld runs a test in a bubble, which fails when a goroutine stays, and
// checks that no connection does.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, net: memnet.New(), log: &lines{}}
		w.mu.addresses = make(map[string]string)
		t.Cleanup(func() {
			synctest.Wait()
			if n := w.net.Conns(); n != 0 {
				t.Errorf("%d ends of connections were left open", n)
			}
		})
		test(w)
	})
}

// open opens a node that is closed at the end of the test.
func (w *world) open(id string, edits ...func(*Config)) *Transport {
	w.Helper()
	cfg := Config{
		Network: w.net.Host(id),
		Listen:  id + ":1",
		Cluster: "test",
		ID:      id,
		Resolve: w.resolve,
		Logger:  hclog.New(&hclog.LoggerOptions{Name: id, Output: w.log, Level: hclog.Info}),
	}
	for _, edit := range edits {
		edit(&cfg)
	}
	t, err := Open(w.Context(), cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		t.Close()
		if len(t.mu.conns) > 0 || t.mu.accepted != 0 || len(t.mu.peers) > 0 {
			w.Errorf("after Close %q lists %d connections, %d of them accepted, and %d peers",
				id, len(t.mu.conns), t.mu.accepted, len(t.mu.peers))
		}
	})
	t.Handle(kindEcho, echo)
	t.Handle(kindRefuse, func(_ context.Context, _ string, body []byte) ([]byte, error) {
		return nil, errors.New(string(body))
	})
	t.Handle(kindWait, waitForEnd)
	t.Handle(kindLarge, func(context.Context, string, []byte) ([]byte, error) {
		return make([]byte, DefaultMaxBodyBytes+1), nil
	})
	return t
}

func echo(_ context.Context, _ string, body []byte) ([]byte, error) { return body, nil }

func waitForEnd(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (w *world) resolve(id string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if address, ok := w.mu.addresses[id]; ok {
		return address, address != ""
	}
	return id + ":1", true
}

// place says where a node is found from now on; the empty address means
// nowhere.
func (w *world) place(id, address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.addresses[id] = address
}

// mustCall calls and expects the body back.
func (w *world) mustCall(t *Transport, to string) {
	w.Helper()
	got, err := t.Call(w.Context(), to, kindEcho, []byte("hello"))
	if err != nil || string(got) != "hello" {
		w.Fatalf("call to %q returned %q, %v", to, got, err)
	}
}

// mustFail expects a CallError for a reason, which says whether the request was
// sent.
func (w *world) mustFail(err error, reason error, sent bool) *CallError {
	w.Helper()
	called, ok := errors.AsType[*CallError](err)
	switch {
	case !ok:
		w.Fatalf("error is %v, not a CallError", err)
	case !errors.Is(err, reason):
		w.Fatalf("error is %v, not %v", err, reason)
	case called.Sent != sent:
		w.Fatalf("error says sent = %v, and it is %v: %v", called.Sent, sent, err)
	}
	return called
}

// background starts a call and returns where its error comes.
func (w *world) background(ctx context.Context, t *Transport, to string, kind Kind, body []byte) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := t.Call(ctx, to, kind, body)
		done <- err
	}()
	return done
}

// connect dials a node as a stranger would, from the host "stranger".
func (w *world) connect(id string) net.Conn {
	w.Helper()
	c, err := w.net.Host("stranger").Dial(w.Context(), id+":1")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { c.Close() })
	return c
}

// lines collects a log.
type lines struct {
	mu struct {
		sync.Mutex
		text bytes.Buffer
	}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.text.Write(p)
}

// count returns the number of lines that contain all of the parts.
func (l *lines) count(parts ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := 0
	for line := range strings.Lines(l.mu.text.String()) {
		matches := true
		for _, part := range parts {
			matches = matches && strings.Contains(line, part)
		}
		if matches {
			found++
		}
	}
	return found
}
