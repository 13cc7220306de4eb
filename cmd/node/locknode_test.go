package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/cluster/web"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// lockPath is the path of the lock in the tests of lock, and lockText its text.
var lockPath = tree.Path{"locks", "report"}

const lockText = "locks.report"

// lockNode is a member in this process that is a cluster by itself.
type lockNode struct {
	*cluster.Node
	handler http.Handler
	// url is where it can be reached.
	url string
}

// openLockNode opens a member, which is closed at the end of the test.
func openLockNode(t *testing.T) *lockNode {
	t.Helper()
	node, err := cluster.Open(t.Context(), cluster.Config{
		ID: "a", Dir: t.TempDir(), Network: memnet.New().Host("a"),
		Peers:            []cluster.Peer{{ID: "a", Address: "a:7000"}},
		HeartbeatTimeout: 100 * time.Millisecond, ElectionTimeout: 100 * time.Millisecond,
		Logger: hclog.New(&hclog.LoggerOptions{Output: t.Output(), Level: hclog.Error}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { node.Close() })
	if err := node.WaitReady(soon(t)); err != nil {
		t.Fatal(err)
	}
	n := &lockNode{Node: node, handler: web.Handler(node, web.Config{})}
	n.url = n.front(t, func(w http.ResponseWriter, r *http.Request) { n.handler.ServeHTTP(w, r) }).URL
	return n
}

// front is a server before a node, which can be taken away.
type front struct {
	*httptest.Server
	gone atomic.Bool
}

// front starts a server, which may lead to the node or not.
func (n *lockNode) front(t *testing.T, serve http.HandlerFunc) *front {
	t.Helper()
	f := &front{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.gone.Load() {
			hangUp(w, r)
			return
		}
		serve(w, r)
	}))
	t.Cleanup(f.vanish)
	return f
}

// vanish breaks off all that the server is asked. A call that comes between
// the end of the connections and the end of the server must find nobody
// either: the server would wait for it.
func (f *front) vanish() {
	f.gone.Store(true)
	f.CloseClientConnections()
	f.Close()
}

// losing serves the node's answer to nobody: the call is made, and the
// connection breaks.
func (n *lockNode) losing(w http.ResponseWriter, r *http.Request) {
	n.handler.ServeHTTP(httptest.NewRecorder(), r)
	hangUp(w, r)
}

// bodyOf returns the body of a request, which can still be served afterwards.
func bodyOf(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// soon returns a context that ends when a test has waited long enough.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// places returns how many stand in line.
func (n *lockNode) places() int {
	item, _ := n.Tree().Get(lockPath)
	return item.Len()
}

// awaitPlaces waits until so many stand in line.
func (n *lockNode) awaitPlaces(t *testing.T, want int) {
	t.Helper()
	for _, err := range n.Watch(soon(t), tree.Subtree(lockPath)) {
		if err != nil {
			t.Fatalf("%d stand in line, want %d: %v", n.places(), want, err)
		}
		if n.places() == want {
			return
		}
	}
}

// last returns the path of the one who has come last.
func (n *lockNode) last() tree.Path {
	item, _ := n.Tree().Get(lockPath)
	var last tree.Item
	for _, child := range item.Children() {
		if child.Created() > last.Created() {
			last = child
		}
	}
	return lockPath.Child(last.Key())
}

// mutex takes the lock as a member does.
func (n *lockNode) mutex(t *testing.T) *recipe.Held {
	t.Helper()
	mutex, err := recipe.NewMutex(n.Node, lockPath, 0)
	if err != nil {
		t.Fatal(err)
	}
	held, err := mutex.Lock(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// unlock gives it back.
func unlock(t *testing.T, held *recipe.Held) {
	t.Helper()
	if err := held.Unlock(soon(t)); err != nil {
		t.Fatal(err)
	}
}

// lock runs lock in this process, at these addresses.
func lock(ctx context.Context, addresses string, args ...string) result {
	return runProgram(ctx, "", append([]string{"lock", lockText, "--addr", addresses}, args...)...)
}

// goLock is lock in a goroutine.
func goLock(ctx context.Context, addresses string, args ...string) <-chan result {
	ended := make(chan result, 1)
	go func() { ended <- lock(ctx, addresses, args...) }()
	return ended
}

// checkFree checks that nobody has the lock, or waits for it.
func (n *lockNode) checkFree(t *testing.T) {
	t.Helper()
	if left := n.places(); left != 0 {
		t.Errorf("%d items are left at the lock", left)
	}
}
