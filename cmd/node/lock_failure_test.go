package main

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/gstate/cluster/recipe"
)

// isInsert and isRemoval tell the writes of lock apart.
func isInsert(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/v1/state/")
}

func isRemoval(r *http.Request) bool { return strings.Contains(bodyOf(r), `"remove"`) }

func isRefresh(r *http.Request) bool { return strings.Contains(bodyOf(r), `"expire"`) }

// refuse answers with a code of the contract.
func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	io.WriteString(w, `{"code":"`+code+`","detail":"`+code+` on purpose","write":"2048-17"}`)
}

// hang gives no answer until the client is gone, which a server notices only
// when it has read the body.
func hang(r *http.Request) {
	bodyOf(r)
	<-r.Context().Done()
}

// arrives waits for what a server tells.
func arrives(t *testing.T, told <-chan struct{}) {
	t.Helper()
	select {
	case <-told:
	case <-soon(t).Done():
		t.Fatal("a call did not come")
	}
}

func TestWritesOfUnknownOutcomeAreResolved(t *testing.T) {
	type spoil func(n *lockNode, w http.ResponseWriter, r *http.Request)
	lost := func(n *lockNode, w http.ResponseWriter, r *http.Request) { n.losing(w, r) }
	unmade := func(_ *lockNode, w http.ResponseWriter, r *http.Request) { hangUp(w, r) }
	unknown := func(_ *lockNode, w http.ResponseWriter, r *http.Request) { refuse(w, 504, "outcome_unknown") }
	made := func(n *lockNode, w http.ResponseWriter, r *http.Request) {
		n.handler.ServeHTTP(httptest.NewRecorder(), r)
		refuse(w, 504, "outcome_unknown")
	}
	for _, test := range []struct {
		name  string
		which func(*http.Request) bool
		spoil spoil
	}{
		{"an insert that was made, and its answer lost", isInsert, lost},
		{"an insert that did not arrive", isInsert, unmade},
		{"an insert that the node does not know the outcome of", isInsert, unknown},
		{"an insert that was made, and the node does not know", isInsert, made},
		{"a removal that was made, and its answer lost", isRemoval, lost},
		{"a removal that did not arrive", isRemoval, unmade},
		{"a removal that the node does not know the outcome of", isRemoval, unknown},
		{"a removal that was made, and the node does not know", isRemoval, made},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := openLockNode(t)
			var spoilt atomic.Int64
			server := node.front(t, func(w http.ResponseWriter, r *http.Request) {
				if test.which(r) && spoilt.Add(1) == 1 {
					test.spoil(node, w, r)
					return
				}
				node.handler.ServeHTTP(w, r)
			})
			got := lock(soon(t), server.URL, "--", "sh", "-c", `echo "$GSTATE_LOCK_TOKEN"`)
			if got.code != exitOK || got.stderr != "" || strings.Count(got.stdout, "\n") != 1 {
				t.Errorf("status %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
			}
			if spoilt.Load() == 0 {
				t.Error("nothing was spoilt")
			}
			node.checkFree(t)
		})
	}
}

// TestRemovalThatIsAnsweredLateIsNoLoss sends the removal to another node too,
// which finds nothing there any more.
func TestRemovalThatIsAnsweredLateIsNoLoss(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	first := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		removal := isRemoval(r)
		node.handler.ServeHTTP(w, r)
		if removal {
			hang(r)
		}
	})
	lock(soon(t), first.URL+","+node.url, "--", "echo", "mine").check(t, exitOK, "mine\n", "")
	node.checkFree(t)
}

func TestInsertThatNobodyAnswersLeavesNothing(t *testing.T) {
	node := openLockNode(t)
	server := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		if isInsert(r) {
			node.losing(w, r)
			return
		}
		node.handler.ServeHTTP(w, r)
	})
	// With each attempt after the first the item is there already, and the list
	// is lost too.
	lists := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			hangUp(w, r)
			return
		}
		server.Config.Handler.ServeHTTP(w, r)
	})
	lock(soon(t), lists.URL, "--timeout", "500ms", "--", "echo", "never").check(t, exitUnavailable, "", "lock locks.report: ")
	node.checkFree(t)
}

func TestInterruptedInsertLeavesNothing(t *testing.T) {
	node := openLockNode(t)
	made := make(chan struct{})
	server := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		node.handler.ServeHTTP(w, r)
		if isInsert(r) {
			close(made)
			hang(r)
		}
	})
	ctx, cancel := contextEndingAfter(t, made)
	defer cancel()
	lock(ctx, server.URL, "--", "echo", "never").check(t, exitError, "", "interrupted while waiting")
	node.checkFree(t)
}

func TestInterruptedWaitingLeavesNothing(t *testing.T) {
	node := openLockNode(t)
	held := node.mutex(t)
	ctx, cancel := context.WithCancel(t.Context())
	waiting := goLock(ctx, node.url, "--", "echo", "never")
	node.awaitPlaces(t, 2)
	cancel()
	(<-waiting).check(t, exitError, "", "lock locks.report: interrupted while waiting: context canceled")
	if node.places() != 1 {
		t.Errorf("%d stand in line, want the holder alone", node.places())
	}
	unlock(t, held)
}

func TestPlaceThatIsLostInLineIsTakenAnew(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	held := node.mutex(t)
	waiting := goLock(soon(t), node.url, "--ttl", "3s", "--", "echo", "mine")
	node.awaitPlaces(t, 2)
	former := node.last()
	if _, err := node.Remove(soon(t), former); err != nil {
		t.Fatal(err)
	}
	node.awaitPlaces(t, 2)
	if node.last().Equal(former) {
		t.Error("the place is the same")
	}
	unlock(t, held)
	(<-waiting).check(t, exitOK, "mine\n", "the place in line was lost, and is taken anew at its end: its item is gone")
	node.checkFree(t)
}

// TestRemovedLockEndsItsCommand removes the item of a holder, as an operator
// could.
func TestRemovedLockEndsItsCommand(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	holding := startProgram(t, "lock", lockText, "--ttl", "3s", "--addr", node.url, "--",
		"sh", "-c", `trap 'echo terminated; exit 0' TERM; echo running; while :; do sleep 0.05; done`)
	holding.await(t, "running")
	if _, err := node.Remove(soon(t), node.last()); err != nil {
		t.Fatal(err)
	}
	holding.await(t, "terminated")
	if code := holding.wait(); code != exitLockLost || !strings.Contains(holding.stderr.String(),
		"lock locks.report was lost while COMMAND ran: its item is gone") {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
}

func TestLockThatWasRemovedIsNotTakenForHeldAtItsEnd(t *testing.T) {
	node := openLockNode(t)
	holding := startProgram(t, "lock", lockText, "--addr", node.url, "--", "sh", "-c", "echo running; read x; exit 0")
	holding.await(t, "running")
	if _, err := node.Remove(soon(t), node.last()); err != nil {
		t.Fatal(err)
	}
	io.WriteString(holding.input.(io.Writer), "\n")
	if code := holding.wait(); code != exitLockLost || !strings.Contains(holding.stderr.String(), "its item is gone") {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
}

func TestHolderGoesOnWithAnotherAddress(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	first := node.front(t, node.handler.ServeHTTP)
	refreshed := make(chan struct{}, 8)
	second := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		refresh := isRefresh(r)
		node.handler.ServeHTTP(w, r)
		if refresh {
			refreshed <- struct{}{}
		}
	})
	holding := startProgram(t, "lock", lockText, "--ttl", "3s", "--addr", first.URL+","+second.URL, "--",
		"sh", "-c", "echo running; read x; echo ended")
	holding.await(t, "running")
	first.vanish()
	for range recipe.RefreshesPerTTL + 1 { // longer than the lease that it began with
		arrives(t, refreshed)
	}
	io.WriteString(holding.input.(io.Writer), "\n")
	holding.await(t, "ended")
	if code := holding.wait(); code != exitOK || holding.stderr.String() != "" {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
	node.checkFree(t)
}

// TestSilentNodeIsAskedOnce: a lock makes many calls, and each would wait.
func TestSilentNodeIsAskedOnce(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	held := node.mutex(t)
	silent := script(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	waiting := goLock(soon(t), silent.url+","+node.url, "--", "echo", "mine")
	node.awaitPlaces(t, 2)
	unlock(t, held)
	(<-waiting).check(t, exitOK, "mine\n", "")
	if asked := silent.only(t); asked.method != http.MethodPost {
		t.Errorf("the silent node was asked %+v", asked)
	}
}

func TestWaiterGoesOnWithAnotherAddress(t *testing.T) {
	node := openLockNode(t)
	held := node.mutex(t)
	watched, again := make(chan struct{}, 8), make(chan struct{}, 8)
	watching := func(told chan<- struct{}) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/watch" {
				told <- struct{}{}
			}
			node.handler.ServeHTTP(w, r)
		}
	}
	first, second := node.front(t, watching(watched)), node.front(t, watching(again))
	waiting := goLock(soon(t), first.URL+","+second.URL, "--", "echo", "mine")
	arrives(t, watched)
	first.vanish()
	arrives(t, again)
	unlock(t, held)
	(<-waiting).check(t, exitOK, "mine\n", "")
	node.checkFree(t)
}

// TestWaiterSeesBeyondAWatchThatIsCutOff watches at a node that is cut off from
// the others from then on, and says nothing new.
func TestWaiterSeesBeyondAWatchThatIsCutOff(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	held := node.mutex(t)
	watched := make(chan struct{}, 8)
	var cut atomic.Bool
	first := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/watch":
			cut.Store(true)
			io.WriteString(w, event(1, "true"))
			http.NewResponseController(w).Flush()
			watched <- struct{}{}
			hang(r)
		case cut.Load():
			refuse(w, 503, "no_leader")
		default:
			node.handler.ServeHTTP(w, r)
		}
	})
	waiting := goLock(soon(t), first.URL+","+node.url, "--ttl", "3s", "--", "echo", "mine")
	arrives(t, watched)
	unlock(t, held)
	(<-waiting).check(t, exitOK, "mine\n", "")
}

// TestWaiterReadsNoTreeFromBeforeItsPlace: in one that a node has which lags
// nobody may stand in line.
func TestWaiterReadsNoTreeFromBeforeItsPlace(t *testing.T) {
	node := openLockNode(t)
	held := node.mutex(t)
	asked := make(chan string, 8)
	server := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			asked <- cmp.Or(r.URL.Query().Get("revision"), r.Header.Get("Last-Event-ID"))
		}
		node.handler.ServeHTTP(w, r)
	})
	lock(soon(t), server.URL, "--wait", "100ms", "--", "echo", "never").check(t, exitNotGot, "", "not got")
	for _, what := range []string{"list", "watch"} {
		if revision, err := strconv.ParseUint(<-asked, 10, 64); err != nil || revision <= held.Token() {
			t.Errorf("a %s from revision %d on was asked for, the holder has token %d", what, revision, held.Token())
		}
	}
	unlock(t, held)
}

func TestLockWithALeafInItsPlace(t *testing.T) {
	node := openLockNode(t)
	if _, err := node.Insert(soon(t), lockPath, 5); err != nil {
		t.Fatal(err)
	}
	got := lock(soon(t), node.url, "--", "echo", "mine")
	mutex := node.mutex(t) // what a mutex does is what lock does
	unlock(t, mutex)
	got.check(t, exitOK, "mine\n", "")
}
