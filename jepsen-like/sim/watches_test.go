package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestWatchesAgree(t *testing.T) {
	holds(t, "watches")
}

// watchedQueries are what is watched.
var watchedQueries = []tree.Query{
	tree.Subtree(tree.Path{"watched"}),
	tree.Subtree(watchedPath(0)),
	watchedQuery(`{"_": "$key"}`),
	watchedQuery(`{"_": 1, "where": {"on": true}, "keyed": true}`),
	watchedQuery(`{"_": {"n": 1, "more": {"_": "$key"}}, "order": [{"desc": "n"}], "limit": 3}`),
	watchedQuery(`{"_": "$count", "where": {"n": {">": 1}}}`),
	watchedQuery(`{"0": 1, "1": {"more": {"_": "$count"}}, "none": 1}`),
	watchedQuery(`{"2": {"#": {"beside": 1}}}`),
}

// readsAll is how many of the queries, the first ones, read all at their path.
const readsAll = 6

// itemsWatched are so few that most writes concern most queries.
const itemsWatched = 6

func watchedPath(i int) tree.Path { return tree.Path{"watched", fmt.Sprint(i)} }

// watchedQuery returns a query about all items.
func watchedQuery(text string) tree.Query {
	query, err := tree.ParseQuery([]byte(text))
	if err != nil {
		panic(err)
	}
	return query.At(tree.Path{"watched"})
}

// watches is the workload of readers that follow queries from node to node, while
// everybody writes what they read.
type watches struct {
	entries entries
	streams []*stream
	mu      sync.Mutex
	// free are the streams that nobody reads at the moment.
	free []*stream
	ends []end
}

// manner is how a stream is to be told.
type manner int

const (
	latest manner = iota // perhaps in wider steps
	every                // each change, or an event with Reset set
	strict               // each change, or the end of the watch
)

// stream is one reader of a query, on whatever nodes it reads. One client has it at
// a time.
type stream struct {
	query  int
	manner manner
	told   []told
	// lost says that the stream has to begin anew.
	lost bool
}

// told is one event, and what the reader knows beside.
type told struct {
	cluster.Event
	on string
	// begins says that the event is the first of a watch, and anew that it is one
	// without Since.
	begins, anew bool
	// floor is what the node had before the watch.
	floor uint64
}

func newWatches() *watches {
	w := &watches{entries: newEntries()}
	for query := range watchedQueries {
		for _, manner := range []manner{latest, every, every, strict} {
			w.streams = append(w.streams, &stream{query: query, manner: manner})
		}
	}
	w.free = append(w.free, w.streams...)
	return w
}

// tune lets the workload see what the nodes store.
func (w *watches) tune(cfg *cluster.Config) {
	stores := cfg.Tune
	cfg.Tune = func(e *cluster.Engine) {
		stores(e)
		e.Logs = seen{e.Logs, w.entries}
	}
}

func (w *watches) step(c *client, n node) {
	if c.random.IntN(8) > 0 {
		w.write(c, n)
		return
	}
	s := w.take(c)
	defer w.put(s)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(c.random.IntN(1000))*time.Millisecond)
	defer cancel()
	events := 1 + c.random.IntN(60)
	s.follow(ctx, c, n, func(told) bool {
		if c.random.IntN(4) == 0 {
			time.Sleep(time.Duration(c.random.IntN(40)) * time.Millisecond)
		}
		events--
		return events > 0
	})
}

// take returns a stream that nobody reads.
func (w *watches) take(c *client) *stream {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, last := c.random.IntN(len(w.free)), len(w.free)-1
	s := w.free[i]
	w.free[i] = w.free[last]
	w.free = w.free[:last]
	return s
}

func (w *watches) put(s *stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = append(w.free, s)
}

// follow reads the stream on a node, from where it stands, for as long as more says.
func (s *stream) follow(ctx context.Context, c *client, n node, more func(told) bool) {
	next := told{on: n.Status().ID, begins: true, anew: s.lost || len(s.told) == 0, floor: n.Tree().Revision()}
	for event, err := range n.Watch(ctx, watchedQueries[s.query], s.options(c, n, next.anew)...) {
		if s.lost = errors.Is(err, cluster.ErrSlow) && s.manner == strict; s.lost {
			return
		}
		if err != nil {
			if !expected(err) {
				c.find("a watch ends with %v", err)
			}
			return
		}
		next.Event = event
		s.told = append(s.told, next)
		if !more(next) {
			return
		}
		next.begins, next.anew = false, false
	}
}

// options are those of the next watch.
func (s *stream) options(c *client, n node, anew bool) (options []cluster.WatchOption) {
	switch s.manner {
	case every:
		options = append(options, cluster.EveryChange())
	case strict:
		options = append(options, cluster.EndWhenSlow())
	}
	if !anew {
		options = append(options, n.Since(s.told[len(s.told)-1].Revision))
	}
	if c.random.IntN(2) == 0 {
		options = append(options, cluster.Progress(20*time.Millisecond))
	}
	return options
}

// write makes one write: of one operation, of several, or one that takes back what
// it has done.
func (w *watches) write(c *client, n node) {
	var ops []cluster.Op
	item := watchedPath(c.random.IntN(itemsWatched))
	switch draw := c.random.IntN(10); {
	case draw < 6:
		ops = w.ops(c)
	case draw < 8:
		for range 2 + c.random.IntN(3) {
			ops = append(ops, w.ops(c)...)
		}
	case draw < 9:
		ops = []cluster.Op{cluster.Set(item, w.value(c)), cluster.Remove(item), cluster.Set(item, w.value(c))}
	default:
		ops = []cluster.Op{cluster.Set(tree.Path{"beside", fmt.Sprint(c.random.IntN(3))}, c.random.IntN(3))}
	}
	ctx, cancel := c.patience()
	defer cancel()
	_, err := n.Apply(ctx, ops...)
	if outcome := resultOf(err); outcome == absent && !expected(err) {
		c.find("a write ends with %v", err)
	}
}

// ops draws operations on one item. Values are so few that some change nothing.
func (w *watches) ops(c *client) []cluster.Op {
	i := c.random.IntN(itemsWatched)
	item, other := watchedPath(i), watchedPath((i+1)%itemsWatched)
	switch c.random.IntN(11) {
	case 0:
		return []cluster.Op{cluster.Insert(item, w.value(c))}
	case 1:
		return []cluster.Op{cluster.Update(item, map[string]any{"on": c.random.IntN(2) == 0})}
	case 2:
		return []cluster.Op{cluster.Remove(item)}
	case 3:
		return []cluster.Op{cluster.Replace(item, w.value(c))}
	case 4:
		return []cluster.Op{cluster.Set(item.Child("more").Child(fmt.Sprint(c.random.IntN(3))), 1)}
	case 5:
		return []cluster.Op{cluster.Set(item, c.random.IntN(3))}
	case 6:
		ttl := time.Duration(1+c.random.IntN(300)) * time.Millisecond
		return []cluster.Op{cluster.Set(item, w.value(c)), cluster.Expire(cluster.Written, ttl)}
	case 7:
		return []cluster.Op{cluster.KeepWhile(item, other)}
	case 8:
		return []cluster.Op{cluster.OnLeave(item, cluster.Set(other, w.value(c)))}
	case 9:
		return []cluster.Op{cluster.Union(item.Child("tags"), c.random.IntN(9), c.random.IntN(9), c.random.IntN(9))}
	}
	return []cluster.Op{cluster.Set(item, w.value(c))}
}

func (w *watches) value(c *client) map[string]any {
	return map[string]any{"n": c.random.IntN(4), "on": c.random.IntN(2) == 0}
}

// readBack lets every stream reach the end on each node.
func (w *watches) readBack(c *client, n node) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	state, err := n.Read(ctx)
	if err != nil {
		c.find("%s serves no read when all is healed: %v", c.home, err)
		return
	}
	w.ends = append(w.ends, end{c.home, state})
	for _, s := range w.streams {
		s.follow(ctx, c, n, func(e told) bool { return !e.Synced })
		if s.lost { // it begins anew, with the end
			s.follow(ctx, c, n, func(told) bool { return false })
		}
	}
}
