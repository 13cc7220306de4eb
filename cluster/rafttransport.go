package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/transport"
)

// raftTransport is the engine's own network transport over our port, with some
// additions: requests of this node's own making (commit notices) can be put
// among those from the network; messages and elections respect what snapshotLog
// knows of the log; and heartbeats can be stopped for good.
//
// Members are addressed by their ids: the engine's configuration holds no
// network address, and transport finds the present one at each dial.
type raftTransport struct {
	*raft.NetworkTransport
	requests chan raft.RPC
	log      *snapshotLog
	// engine is set when the engine has started.
	engine atomic.Pointer[raft.Raft]

	heartbeats struct {
		sync.RWMutex
		// stopped ends the fast path of heartbeats, which runs on goroutines
		// that nobody waits for: after the engine is shut down it would write
		// to a closed store.
		stopped bool
	}
}

const (
	// raftConns is how many idle connections to a member the engine keeps:
	// one for votes and one for entries outside the pipeline.
	raftConns = 2
	// raftIOTimeout bounds one message of the engine. It is its own default,
	// which it scales by size for snapshots.
	raftIOTimeout = 10 * time.Second
	// messageBytes is how much of the log goes into one message. A link that
	// carries that in raftIOTimeout, 4 Mbit/s with the greatest command, can
	// bring a member up to date.
	messageBytes = 1 << 20
	// rpcsInFlight is one, which switches the engine's pipelining off: with it
	// a leader that learns of a newer term from an answer, while the next
	// message waits for its place, never ends that replication, and its
	// shutdown waits for it for ever (hashicorp/raft#612). Entries are batches
	// already, so that one message at a time is as fast.
	rpcsInFlight = 1
)

func newRaftTransport(t *transport.Transport, log *snapshotLog, logger hclog.Logger) *raftTransport {
	return &raftTransport{
		log: log,
		NetworkTransport: raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
			Stream:          t.StreamLayer(),
			MaxPool:         raftConns,
			Timeout:         raftIOTimeout,
			MaxRPCsInFlight: rpcsInFlight,
			Logger:          logger,
		}),
		requests: make(chan raft.RPC),
	}
}

// Consumer implements raft.Transport.
func (t *raftTransport) Consumer() <-chan raft.RPC { return t.requests }

// run passes on the requests from the network until ctx ends.
func (t *raftTransport) run(ctx context.Context) {
	for {
		select {
		case request := <-t.NetworkTransport.Consumer():
			t.pass(ctx, request)
		case <-ctx.Done():
			return
		}
	}
}

func (t *raftTransport) pass(ctx context.Context, request raft.RPC) {
	if message, ok := request.Command.(*raft.AppendEntriesRequest); ok {
		t.log.accept(message, t.engine.Load().AppliedIndex())
	}
	select {
	case t.requests <- request:
	case <-ctx.Done():
		request.Respond(nil, raft.ErrTransportShutdown)
	}
}

// redialPause is how often a leader tries a member that it cannot reach.
const redialPause = 100 * time.Millisecond

// AppendEntries implements raft.Transport. Of a member that does not answer it
// tells the engine only when this node no longer leads: the engine would wait
// longer and longer before it tries again, up to ten seconds, and a member that
// has returned would be of no use for so long.
//
// It sends no more entries than firstEntries says. The engine reads from args
// how far the member is after it, and goes on from there.
func (t *raftTransport) AppendEntries(id raft.ServerID, target raft.ServerAddress, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	message := *args
	message.Entries = firstEntries(args.Entries)
	for {
		err := t.NetworkTransport.AppendEntries(id, target, &message, resp)
		if err == nil {
			args.Entries = message.Entries
		}
		if err == nil || !t.leads(args.Term) || t.IsShutdown() {
			return err
		}
		time.Sleep(redialPause)
	}
}

// firstEntries returns the first of the entries, up to messageBytes, and one at
// least: the engine counts them, and raftIOTimeout is for a message of any
// size.
func firstEntries(entries []*raft.Log) []*raft.Log {
	bytes := 0
	for i, entry := range entries {
		if bytes += len(entry.Data); bytes > messageBytes && i > 0 {
			return entries[:i]
		}
	}
	return entries
}

// leads reports whether this node still leads in the term.
func (t *raftTransport) leads(term uint64) bool {
	engine := t.engine.Load()
	return engine != nil && engine.State() == raft.Leader && engine.CurrentTerm() == term
}

// errTainted keeps this node from being elected; see snapshotLog.
var errTainted = errors.New("this node's log contradicts its snapshot, and is about to be mended by the leader")

// RequestVote implements raft.Transport.
func (t *raftTransport) RequestVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	if t.log.tainted() {
		return errTainted
	}
	return t.NetworkTransport.RequestVote(id, target, args, resp)
}

// RequestPreVote implements raft.WithPreVote.
func (t *raftTransport) RequestPreVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	if t.log.tainted() {
		return errTainted
	}
	return t.NetworkTransport.RequestPreVote(id, target, args, resp)
}

// inject lets the engine handle a commit notice.
func (t *raftTransport) inject(ctx context.Context, news notice) {
	answer := make(chan raft.RPCResponse, 1)
	t.pass(ctx, raft.RPC{Command: news.request(), RespChan: answer})
	select {
	case <-answer:
	case <-ctx.Done():
	}
}

// SetHeartbeatHandler implements raft.Transport.
func (t *raftTransport) SetHeartbeatHandler(handle func(raft.RPC)) {
	t.NetworkTransport.SetHeartbeatHandler(func(heartbeat raft.RPC) {
		t.heartbeats.RLock()
		defer t.heartbeats.RUnlock()
		if t.heartbeats.stopped {
			heartbeat.Respond(nil, raft.ErrTransportShutdown)
			return
		}
		handle(heartbeat)
	})
}

// stopHeartbeats waits for those under way and refuses all later ones.
func (t *raftTransport) stopHeartbeats() {
	t.heartbeats.Lock()
	defer t.heartbeats.Unlock()
	t.heartbeats.stopped = true
}
