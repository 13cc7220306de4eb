package cluster

import (
	"context"
	"sync"

	"github.com/hashicorp/raft"
)

// A follower of the engine learns that an entry is committed with the entry
// after it, or after CommitTimeout when there is none: a lone write would be
// seen elsewhere, and a forwarded one return, only that much later.
//
// So the leader tells the others of a committed entry that nothing follows,
// and a follower turns that into an AppendEntries without entries, whose
// previous entry is the committed one. That is sound by the protocol itself:
// the leader of that term could have sent it, since it has the entry, of its
// own term, and has committed it; and the engine checks term and previous
// entry of this message as of any other. It must never reach the leader
// itself, whom a message of its own term would depose.

// notice says that the entry at index was proposed and committed by leader in
// term.
type notice struct {
	leader      string
	index, term uint64
}

// notices is the follower's half: it hands the newest notice to the engine as
// soon as the log has the entry.
type notices struct {
	logs   *logStore
	inject func(notice)
	// news wakes run; it has room for one.
	news chan struct{}

	mu struct {
		sync.Mutex
		newest notice
	}
}

func newNotices(logs *logStore, inject func(notice)) *notices {
	return &notices{logs: logs, inject: inject, news: make(chan struct{}, 1)}
}

// learn takes a notice. It never waits; of several the newest counts.
func (c *notices) learn(news notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if news.index <= c.mu.newest.index {
		return
	}
	c.mu.newest = news
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// run hands over the notices until ctx ends.
func (c *notices) run(ctx context.Context) {
	for {
		select {
		case <-c.news:
			c.deliver(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// deliver waits until the log has the newest notice's entry. A still newer
// notice takes its place.
func (c *notices) deliver(ctx context.Context) {
	for {
		c.mu.Lock()
		newest := c.mu.newest
		c.mu.Unlock()
		last, stored := c.logs.last()
		if last >= newest.index {
			c.inject(newest)
			return
		}
		select {
		case <-stored:
		case <-c.news:
		case <-ctx.Done():
			return
		}
	}
}

// request is the AppendEntries that the notice stands for.
func (c notice) request() *raft.AppendEntriesRequest {
	return &raft.AppendEntriesRequest{
		RPCHeader: raft.RPCHeader{
			ProtocolVersion: raft.ProtocolVersionMax,
			ID:              []byte(c.leader),
			Addr:            []byte(c.leader),
		},
		Term:              c.term,
		PrevLogEntry:      c.index,
		PrevLogTerm:       c.term,
		LeaderCommitIndex: c.index,
	}
}

// announcer is the leader's half: it sends the newest committed entry to one
// follower. One message is under way at a time; what is committed meanwhile
// goes with the next.
type announcer struct {
	send func(ctx context.Context, index, term uint64)
	// news holds the newest entry that is not announced yet.
	news chan [2]uint64
}

func newAnnouncer(send func(ctx context.Context, index, term uint64)) *announcer {
	return &announcer{send: send, news: make(chan [2]uint64, 1)}
}

// announce is called by one goroutine (the proposer's) and never waits.
func (a *announcer) announce(index, term uint64) {
	select {
	case <-a.news:
	default:
	}
	a.news <- [2]uint64{index, term}
}

func (a *announcer) run(ctx context.Context) {
	for {
		select {
		case entry := <-a.news:
			a.send(ctx, entry[0], entry[1])
		case <-ctx.Done():
			return
		}
	}
}

// announceTo returns an announcer to one member. An announcement that does not
// arrive in time is no loss: the engine's next heartbeat-like message says so.
func (n *Node) announceTo(member string) *announcer {
	return newAnnouncer(func(ctx context.Context, index, term uint64) {
		ctx, cancel := context.WithTimeout(ctx, n.cfg.HeartbeatTimeout)
		defer cancel()
		if _, err := n.transport.Call(ctx, member, kindCommitted, encodeNumbers(index, term)); err != nil {
			n.log.Debug("commit notice not delivered", "member", member, "error", err)
		}
	})
}

// announceCommitted tells all other members. See proposer.committed.
func (n *Node) announceCommitted(index, term uint64) {
	for _, announcer := range n.announcers {
		announcer.announce(index, term)
	}
}

// serveCommitted takes a leader's notice.
func (n *Node) serveCommitted(_ context.Context, from string, body []byte) ([]byte, error) {
	news := notice{leader: from}
	if err := decodeNumbers(body, &news.index, &news.term); err != nil {
		return nil, err
	}
	n.notices.learn(news)
	return nil, nil
}
