package cluster

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// hub keeps the results of all watched queries up to date and wakes those who
// watch them. A change costs it a look at the queries that the change can concern,
// and nothing for all others; watches of one query share its result. It never
// waits for a reader, and the goroutine that applies never waits for it.
type hub struct {
	progress *progress
	// begun tells run that there is something to watch.
	begun chan struct{}

	mu struct {
		sync.Mutex
		// tree is what the results are for; nil when nothing is watched.
		tree    *tree.Tree
		topics  map[queryKey]*topic
		matcher tree.Matcher[*topic]
		indexes []*reader // those of AddIndex
	}
}

// topic is one query that is watched. It is guarded by the hub.
type topic struct {
	query   tree.Query
	key     queryKey
	match   *tree.Match[*topic]
	shown   *shown
	readers map[*reader]struct{}
	// touched says that the changes which the hub looks at can concern the query,
	// the last one of them being that with this revision; causes are theirs.
	touched uint64
	causes  causes
}

// queryKey is the same for queries that are the same. The path stands by itself:
// the text, which is JSON, may read alike for two that are not UTF-8.
type queryKey struct{ path, text string }

// shown is a result that readers have seen. One that differs from it in nothing
// takes its place, so that a reader which waits for another one keeps no old tree.
type shown struct{ atomic.Pointer[tree.Result] }

func newShown(result *tree.Result) *shown {
	s := new(shown)
	s.Store(result)
	return s
}

// reader is one watch of a topic. Its news is guarded by the hub.
type reader struct {
	topic *topic
	// every says that the watch wants to know of each change that can concern it,
	// and not only of new results.
	every bool
	// wake has a token when there is news.
	wake chan struct{}
	news news
}

// news is what has come for a reader since it last looked.
type news struct {
	// any says that the reader was woken for it.
	any bool
	// quiet is a revision up to which nothing has come.
	quiet  uint64
	causes causes
}

// causes are why a result has changed, and what has gone by itself meanwhile.
type causes struct {
	reasons  fsm.Reasons
	expelled []fsm.Expelled
}

// expelledKept bounds the removals that are remembered for one reader.
const expelledKept = 4096

// add adds what comes later.
func (c *causes) add(more causes) {
	c.reasons |= more.reasons
	c.expelled = append(c.expelled, more.expelled...)
	if surplus := len(c.expelled) - expelledKept; surplus > 0 {
		c.expelled = slices.Delete(c.expelled, 0, surplus)
	}
}

func newHub(p *progress) *hub {
	h := &hub{progress: p, begun: make(chan struct{}, 1)}
	h.mu.topics = make(map[queryKey]*topic)
	return h
}

// run keeps the results up to date until ctx ends.
func (h *hub) run(ctx context.Context) {
	for ctx.Err() == nil {
		_, changed, _ := h.progress.next()
		if !h.advance() {
			changed = h.begun
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// advance brings all results up to the present state. It is false when nothing is
// watched.
func (h *hub) advance() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.mu.topics) == 0 {
		return false
	}
	h.advanceLocked()
	return true
}

func (h *hub) advanceLocked() {
	old := h.mu.tree
	state, segments, known := h.progress.since(old.Revision())
	if state.Tree == old {
		return
	}
	h.mu.tree = state.Tree
	var touched []*topic
	if known {
		touched = h.concerned(segments, old.Revision())
	} else {
		for _, t := range h.mu.topics {
			touched = append(touched, t)
		}
	}
	for _, t := range touched {
		before := t.shown.Load()
		t.advance(old, state.Tree)
		h.mu.matcher.Follow(t.match, before, t.shown.Load())
	}
}

// concerned returns the topics that changes after a revision can concern, with
// what is to be told of these.
func (h *hub) concerned(segments []segment, after uint64) []*topic {
	var touched []*topic
	for _, s := range segments {
		for _, change := range s.changes {
			if change.Revision > after {
				touched = h.concernedBy(change, touched)
			}
		}
	}
	return touched
}

// concernedBy adds to touched the topics that are not there yet and that a change
// can concern.
func (h *hub) concernedBy(change fsm.Change, touched []*topic) []*topic {
	for _, write := range change.Writes {
		h.mu.matcher.Concerned(write, func(t *topic) {
			if t.touched == change.Revision {
				return
			}
			if t.touched == 0 {
				touched = append(touched, t)
			}
			t.touched = change.Revision
			t.causes.add(causes{change.Reasons, expelledAt(t.query.Path(), change.Expelled)})
		})
	}
	return touched
}

// expelledAt returns those of the items that stood at the path, beneath or above
// it.
func expelledAt(path tree.Path, expelled []fsm.Expelled) []fsm.Expelled {
	var at []fsm.Expelled
	for _, gone := range expelled {
		if gone.Path.HasPrefix(path) || path.HasPrefix(gone.Path) {
			at = append(at, gone)
		}
	}
	return at
}

// advance brings the result of a topic from one tree to another, and tells its
// readers.
func (t *topic) advance(old, new *tree.Tree) {
	before := t.shown.Load()
	next := before.Next(old, new)
	changed := !next.Equal(before)
	if changed || len(next.Deltas(before)) > 0 {
		t.shown = newShown(next)
	} else {
		t.shown.Store(next)
	}
	for r := range t.readers {
		r.tell(t, changed, old.Revision())
	}
	t.touched, t.causes = 0, causes{}
}

// tell passes on what has come after the revision quiet.
func (r *reader) tell(t *topic, changed bool, quiet uint64) {
	come := t.causes
	if !changed {
		come.reasons = 0 // of changes that the query does not see
	}
	r.news.causes.add(come)
	if !changed && !r.every {
		return
	}
	if !r.news.any {
		r.news.any, r.news.quiet = true, quiet
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// join begins a watch. It reflects everything that this node had when it was
// called.
func (h *hub) join(query tree.Query, every bool) *reader {
	key := queryKey{query.Path().String(), query.String()}
	r := &reader{every: every, wake: make(chan struct{}, 1)}
	for {
		before, result := h.prepare(query, key)
		if h.enter(r, query, key, before, result) {
			return r
		}
	}
}

// prepare evaluates a query that nobody watches yet, beside everything else.
func (h *hub) prepare(query tree.Query, key queryKey) (*tree.Tree, *tree.Result) {
	h.mu.Lock()
	_, watched := h.mu.topics[key]
	h.mu.Unlock()
	if watched {
		return nil, nil
	}
	present := h.progress.now().Tree
	return present, query.Result(present)
}

// enter adds a reader. It is false when the query has to be evaluated first.
func (h *hub) enter(r *reader, query tree.Query, key queryKey, before *tree.Tree, result *tree.Result) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.mu.topics[key]
	switch {
	case t == nil && result == nil:
		return false // the last reader has gone meanwhile
	case len(h.mu.topics) == 0:
		h.mu.tree = before
	}
	h.advanceLocked()
	if t == nil {
		t = &topic{query: query, key: key, shown: newShown(result.Next(before, h.mu.tree)), readers: make(map[*reader]struct{})}
		t.match = h.mu.matcher.Add(t.shown.Load(), t)
		h.mu.topics[key] = t
	}
	r.topic = t
	t.readers[r] = struct{}{}
	select {
	case h.begun <- struct{}{}:
	default:
	}
	return true
}

// leave ends a watch.
func (h *hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(r.topic.readers, r)
	if len(r.topic.readers) > 0 {
		return
	}
	h.mu.matcher.Remove(r.topic.match)
	if delete(h.mu.topics, r.topic.key); len(h.mu.topics) == 0 {
		h.mu.tree = nil                         // so that no old tree is kept,
		h.mu.topics = make(map[queryKey]*topic) // nor room for so many
	}
}

// take returns what has come for a reader since the last call, with the result and
// the tree that it is for.
func (h *hub) take(r *reader) (*shown, *tree.Tree, news) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.advanceLocked() // what has returned to the reader's own goroutine is in it
	taken := r.news
	r.news = news{}
	if !taken.any {
		taken.quiet = h.mu.tree.Revision()
	}
	result := r.topic.shown
	if r.every {
		result = newShown(result.Load()) // one that stays that of the tree
	}
	return result, h.mu.tree, taken
}
