package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

const (
	// sessionsAtOnce is how many sessions there are at a time, on all nodes.
	sessionsAtOnce = 12
	// sessionCalls is how many operations a session has before another takes its
	// place.
	sessionCalls = 200
	// movesIn is how many operations there are to one with which a session goes on
	// at another node.
	movesIn = 16
)

// Sessions are clients that write through a node and read what it has, without
// asking the others. Now and then one moves to another node, and takes along the
// revision that it has seen. Make one with NewSessions.
type Sessions struct {
	mu struct {
		sync.Mutex
		// free are the sessions that no client plays at the moment; byItem finds
		// the one of an answer.
		free   []*session
		byItem map[string]*session
		made   int
	}
}

// session has an item of its own.
type session struct {
	item, node string
	// seen is the newest revision that an answer has shown. moved says that it
	// was on another node, and the next read has to wait for it.
	seen  uint64
	moved bool
	calls int
}

// NewSessions returns the workload.
func NewSessions() *Sessions {
	w := new(Sessions)
	w.mu.byItem = map[string]*session{}
	return w
}

// Name returns "sessions".
func (w *Sessions) Name() string { return "sessions" }

// Needs returns the refusal of an insert of the session's own item.
func (w *Sessions) Needs() []string { return []string{history.Exists} }

// Next draws an operation of a session that stays with the node, or comes to it.
func (w *Sessions) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.takeLocked(random, node)
	s.moved = s.moved || s.node != node
	s.node = node
	request := history.Request{Workload: w.Name(), Node: node, Item: s.item, Function: history.Get}
	switch draw := random.IntN(10); {
	case s.calls == 0 || draw == 0:
		request.Function = history.Insert
	case s.moved:
		request.AtLeast = s.seen
	case draw < 4:
		request.Function = history.Put
	}
	s.calls++
	return request
}

// takeLocked returns a session that nobody plays: mostly one of the node, and a
// new one while there are too few.
func (w *Sessions) takeLocked(random *rand.Rand, node string) *session {
	at := slices.IndexFunc(w.mu.free, func(s *session) bool { return s.node == node })
	if n := len(w.mu.free); n > 0 && random.IntN(movesIn) == 0 {
		at = random.IntN(n)
	}
	if at >= 0 {
		s := w.mu.free[at]
		w.mu.free = slices.Delete(w.mu.free, at, at+1)
		return s
	}
	w.mu.made++
	s := &session{item: fmt.Sprintf("sessions/s%d", w.mu.made), node: node}
	w.mu.byItem[s.item] = s
	return s
}

// Run performs the operation and lets the session know the answer.
func (w *Sessions) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.mu.byItem[request.Item]; ok {
		w.learnLocked(s, request, kind, answer)
	}
	return kind, answer
}

// learnLocked lets a session go on, or ends one that does not know what it has
// written.
func (w *Sessions) learnLocked(s *session, request history.Request, kind history.Kind, answer history.Answer) {
	if kind == history.OK || answer.Decided() {
		s.seen = max(s.seen, answer.Revision)
	}
	if kind == history.OK && request.AtLeast > 0 {
		s.moved = false
	}
	if kind == history.Info || s.calls >= sessionCalls || len(w.mu.free) >= sessionsAtOnce {
		delete(w.mu.byItem, s.item)
		return
	}
	w.mu.free = append(w.mu.free, s)
}

// Check looks for reads that do not show what was written.
func (w *Sessions) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return checker.Items(calls, dumps)
}
