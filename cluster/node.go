package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
	"example.com/gstate/transport"
)

// Node is one instance's member of the cluster. All methods are safe for
// concurrent use, also while and after the node is closed.
type Node struct {
	cfg      Config
	identity identity
	log      hclog.Logger
	// engineLog is where the engine logs to.
	engineLog *engineLog

	machine       *fsm.Machine
	progress      progress
	hub           *hub
	stores        *stores
	transport     *transport.Transport
	raftTransport *raftTransport
	raft          *raft.Raft
	leadership    *leadership
	proposer      *proposer
	outbox        *outbox
	readIndex     readIndexes
	notices       *notices
	contention    contention
	announcers    []*announcer

	// caughtUp says that the state once was up to date since Open.
	caughtUp atomic.Bool
	life     lifetime
	done     chan struct{}
}

// Open starts a member of the cluster that cfg describes, and returns as soon
// as it runs: it does not wait for the other members, since they may be
// waiting for this one. WaitReady does. ctx bounds taking the address; reading
// the data folder takes as long as it takes. When ctx ends later, the node goes
// on: Shutdown or Close ends it.
//
// Open is the same call at the first start and at each restart, on all members
// at once. An error leaves nothing behind that runs. It matches ErrInvalid,
// ErrInUse, ErrAddressInUse, ErrWrongIdentity, ErrCorrupt or ErrVersion, or is
// one of the operating system.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("opening member %q: %w", cfg.ID, context.Cause(ctx))
	}
	n := &Node{cfg: cfg.withDefaults(), done: make(chan struct{}), contention: make(contention, 1)}
	n.log = n.cfg.Logger.Named("gstate")
	n.engineLog = newEngineLog(n.log.Named("raft"))
	n.life.init()
	n.machine = fsm.New(n.published)
	n.progress.publish(n.machine.State())
	n.hub = newHub(&n.progress)
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening member %q: %w", cfg.ID, err), n.teardown())
	}
	n.startAll()
	return n, nil
}

// open opens the parts from the bottom up. After an error, teardown closes
// those that were opened.
func (n *Node) open(ctx context.Context) error {
	notify := make(chan bool, 1)
	engine := &Engine{Config: n.raftConfig(notify)}
	if n.cfg.Tune != nil {
		n.cfg.Tune(engine)
		engine.Config = cmp.Or(engine.Config, n.raftConfig(notify))
		engine.Config.LocalID, engine.Config.NotifyCh = raft.ServerID(n.cfg.ID), notify
		engine.Config.BatchApplyCh = false // a buffered entry would get no answer at the end
	}
	if err := n.openFolder(engine); err != nil {
		return err
	}
	t, err := transport.Open(ctx, transport.Config{
		Network: n.cfg.Network,
		Listen:  n.cfg.Listen,
		Cluster: n.identity.ClusterID,
		ID:      n.cfg.ID,
		Resolve: n.resolve,
		Logger:  n.log.Named("transport"),
	})
	if err != nil {
		return err
	}
	n.transport = t
	n.raftTransport = newRaftTransport(t, n.stores.covered, n.engineLog)
	if err := n.openRaft(engine); err != nil {
		return err
	}
	n.raftTransport.engine.Store(n.raft)
	n.assemble(notify)
	return nil
}

// openFolder claims the data folder and opens the stores. A node whose stores
// are all brought along needs no folder.
func (n *Node) openFolder(engine *Engine) (err error) {
	n.identity = newIdentity(n.cfg)
	if n.cfg.Dir != "" {
		n.identity, err = claimFolder(n.cfg)
	} else if !engine.ownStores() {
		err = fmt.Errorf("%w configuration: Dir is empty, and Tune has not given all stores", ErrInvalid)
	}
	if err != nil {
		return err
	}
	n.stores, err = n.openStores(engine)
	return err
}

// openRaft forms the cluster if this member has no log yet, and starts the
// engine. All members do the same with the same list, so that the first entry
// of their logs is the same.
//
// It does so on a goroutine of its own, which ends early if a store fails: see
// stableStore.
func (n *Node) openRaft(engine *Engine) error {
	var problem error
	finished := false
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		problem = n.startRaft(engine)
		finished = true
	}()
	<-opened
	if !finished {
		return n.Err()
	}
	return problem
}

func (n *Node) startRaft(engine *Engine) error {
	cfg, stores := engine.Config, n.stores
	if err := n.form(cfg); err != nil {
		return fmt.Errorf("forming the cluster: %w", err)
	}
	if n.cfg.Dir != "" && engine.Logs == nil {
		if err := n.identity.markFormed(n.cfg.Dir); err != nil {
			return err
		}
	}
	machine := &restoredMachine{Machine: n.machine, log: stores.covered}
	err := catchFaults(func() (err error) {
		n.raft, err = raft.NewRaft(cfg, machine, stores.logs, stores.stable, stores.snapshots, n.raftTransport)
		return err
	})
	if err != nil {
		return fmt.Errorf("starting from the data folder: %w", err)
	}
	return nil
}

// form writes the first entry of the log. The engine first stores its term and
// then the entry: a member that ended between the two has begun to form, and
// is formed here, though the engine by itself would take it for a member that
// has lost its log.
func (n *Node) form(cfg *raft.Config) error {
	stores := n.stores
	last, err := stores.logs.LastIndex()
	if err != nil || last > 0 || stores.covered.newest() > 0 {
		return err
	}
	if n.identity.Formed {
		return fmt.Errorf("%w: %w", ErrCorrupt, errLogGone)
	}
	err = raft.BootstrapCluster(cfg, stores.logs, forming{stores.stable}, stores.snapshots, n.raftTransport, n.formation())
	if errors.Is(err, raft.ErrCantBootstrap) {
		return fmt.Errorf("%w: %w", ErrCorrupt, errLogGone)
	}
	return err
}

// forming shows the engine a term that it has stored itself while forming a
// cluster as none. A later term stands: it is not to be forgotten.
type forming struct{ raft.StableStore }

// GetUint64 implements raft.StableStore.
func (f forming) GetUint64(key []byte) (uint64, error) {
	value, err := f.StableStore.GetUint64(key)
	if value <= 1 {
		value = 0
	}
	return value, err
}

// formation is the engine's first configuration. The engine knows members by
// their ids alone; see raftTransport.
func (n *Node) formation() raft.Configuration {
	var formation raft.Configuration
	for _, id := range peerIDs(n.cfg.Peers) {
		formation.Servers = append(formation.Servers, raft.Server{
			ID:      raft.ServerID(id),
			Address: raft.ServerAddress(id),
		})
	}
	return formation
}

func (n *Node) raftConfig(notify chan<- bool) *raft.Config {
	cfg := raft.DefaultConfig()
	cfg.LocalID = raft.ServerID(n.cfg.ID)
	cfg.HeartbeatTimeout = n.cfg.HeartbeatTimeout
	cfg.ElectionTimeout = n.cfg.ElectionTimeout
	if len(n.cfg.Peers) == 1 {
		cfg.HeartbeatTimeout, cfg.ElectionTimeout = loneTimeout, loneTimeout
	}
	cfg.LeaderLeaseTimeout = cfg.HeartbeatTimeout / 2
	cfg.MaxAppendEntries = appendedEntries
	cfg.TrailingLogs = n.cfg.TrailingLogs
	// Snapshots are ours to trigger: see snapshotter.
	cfg.SnapshotThreshold = math.MaxUint64
	cfg.SnapshotInterval = 24 * time.Hour
	cfg.NotifyCh = notify
	cfg.Logger = n.engineLog
	cfg.NoLegacyTelemetry = true
	return cfg
}

// loneTimeout is how long the only member of a cluster waits for a leader to
// appear before it becomes one.
const loneTimeout = 50 * time.Millisecond

// appendedEntries is how many entries the engine sends in one message. Ours are
// batches of up to entryBytes, so that its default of 64 would be too much.
const appendedEntries = 16

// assemble connects the parts above the engine.
func (n *Node) assemble(notify <-chan bool) {
	n.leadership = newLeadership(n.raft, notify, n.log)
	n.proposer = newProposer(n.raft, n.announceCommitted)
	n.outbox = newOutbox(n, n.cfg.LeaderWait)
	n.readIndex.ask, n.readIndex.start = n.askReadIndex, n.start
	n.notices = newNotices(n.stores.stored, func(news notice) {
		n.raftTransport.inject(n.life.ctx, news)
	})
	for _, id := range peerIDs(n.cfg.Peers) {
		if id != n.cfg.ID {
			n.announcers = append(n.announcers, n.announceTo(id))
		}
	}
	n.transport.Handle(kindForward, n.serveForward)
	n.transport.Handle(kindReadIndex, n.serveReadIndex)
	n.transport.Handle(kindTerm, n.serveTerm)
	n.transport.Handle(kindCommitted, n.serveCommitted)
}

// startAll starts all goroutines that live as long as the node: the table in
// doc.go lists them.
func (n *Node) startAll() {
	n.start(n.raftTransport.run)
	n.start(func(ctx context.Context) { n.leadership.run(ctx, n.startOnEngine) })
	n.start(n.proposer.run)
	n.startOnEngine(n.proposer.collect)
	n.start(func(ctx context.Context) {
		n.outbox.run(ctx, func(deliver func()) bool { return n.start(func(context.Context) { deliver() }) })
	})
	n.start(n.notices.run)
	n.start(n.hub.run)
	n.start(n.keepTime)
	n.start(n.keepSession)
	for _, announcer := range n.announcers {
		n.start(announcer.run)
	}
	n.startOnEngine(func() { (&snapshotter{node: n}).run(n.life.ctx) })
	n.start(n.catchUp)
	n.life.begin(n)
	n.log.Info("member started", "id", n.cfg.ID, "cluster", n.identity.ClusterID, "address", n.transport.Addr())
}

// published is called by the state machine, on the goroutine that applies.
func (n *Node) published(state fsm.State) {
	n.progress.publish(state)
	if state.Err != nil {
		n.fail(state.Err)
	}
}

// resolve tells where a member is now.
func (n *Node) resolve(id string) (address string, ok bool) {
	peer, ok := n.cfg.peer(id)
	return peer.Address, ok
}

// catchUp notes when this node is up to date for the first time.
func (n *Node) catchUp(ctx context.Context) {
	_ = n.WaitReady(ctx) // it ends with the node
}

// WaitReady waits until a leader is known and this node has applied what was
// committed when it was called. It waits until ctx ends, which may be for ever
// while a majority is missing; the error is that of Read.
func (n *Node) WaitReady(ctx context.Context) error {
	_, err := n.Read(ctx)
	if err == nil {
		n.caughtUp.Store(true)
	}
	return err
}
