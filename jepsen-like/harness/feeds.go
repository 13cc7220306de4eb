package harness

import (
	"context"
	"math"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
)

// feedTimeout is how long the followers of the change feed may take to hear of
// what the nodes hold at the end.
const feedTimeout = 10 * time.Second

// wholeTree asks a watch for every change of the tree.
var wholeTree = url.Values{"query": {`"$value"`}, "every": {"true"}, "only-changes": {"true"}}

// feeds are the followers of the change feed: one for each node.
type feeds struct {
	*Harness
	start     time.Time
	followers []*follower
	// target is the revision with which the run ends: a follower that has come
	// to it has heard all.
	target atomic.Uint64
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// follower is one who listens, to its own node if it can.
type follower struct {
	feed history.Feed
	// order are the nodes in the order in which it asks them.
	order []string
	// seen is the newest revision that it has heard of.
	seen uint64
}

// listen lets a follower for each node begin.
func (h *Harness) listen(ctx context.Context) *feeds {
	ctx, stop := context.WithCancel(ctx)
	f := &feeds{Harness: h, start: time.Now(), stop: stop}
	f.target.Store(math.MaxUint64)
	ids := h.cluster.IDs()
	for i, id := range ids {
		one := &follower{feed: history.Feed{Name: id}, order: append(ids[i:len(ids):len(ids)], ids[:i]...)}
		f.followers = append(f.followers, one)
		f.done.Go(func() { f.follow(ctx, one) })
	}
	return f
}

// end lets the followers hear of all up to a revision, and returns what they have
// heard. They do not wait for it for ever.
func (f *feeds) end(revision uint64) []history.Feed {
	f.target.Store(revision)
	enough := time.AfterFunc(feedTimeout, f.stop)
	f.done.Wait()
	enough.Stop()
	f.stop()
	var all []history.Feed
	for _, one := range f.followers {
		all = append(all, one.feed)
	}
	return all
}

// follow listens to one node after the other, from where it has come to, until it
// has heard all. It asks its own node first whenever a stream has ended: so each
// node is listened to after each of its faults, and what it has forgotten is
// often known by another one.
func (f *feeds) follow(ctx context.Context, one *follower) {
	for {
		for _, node := range one.order {
			if f.hear(ctx, one, node) {
				break
			}
		}
		if one.seen >= f.target.Load() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(askAgain):
		}
	}
}

// hear listens to a node until the stream ends or all is heard. It reports whether
// the node has said anything.
func (f *feeds) hear(ctx context.Context, one *follower, node string) (told bool) {
	stream, err := f.client.Watch(ctx, node, wholeTree, one.seen)
	if err != nil {
		return false
	}
	defer stream.Close()
	// A stream that has told of nothing but the empty tree begins anew, too.
	anew := one.seen == 0
	for one.seen < f.target.Load() {
		event, err := stream.Next()
		if err != nil {
			return told
		}
		one.learn(event, node, anew, time.Since(f.start))
		told, anew = true, false
	}
	return told
}

// learn takes note of an event. The first one of a stream that begins anew has all
// that there is. What marks progress alone is no news.
func (one *follower) learn(event client.Event, node string, anew bool, at time.Duration) {
	news := history.News{Time: at, Node: node, Revision: event.Revision}
	switch {
	case event.Name == client.ErrorEvent:
		return
	case event.Name == "" && (event.Reset || anew):
		news.Gap, news.Whole = true, event.Result
		one.feed.News = append(one.feed.News, news)
	case event.Name == "" && (len(event.Changes) > 0 || event.Revision != one.seen):
		news.Changes, news.Reasons = event.Changes, event.Reasons
		one.feed.News = append(one.feed.News, news)
	}
	one.seen = event.Revision
}
