package system

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
)

// engine is hashicorp/raft with raft-boltdb and nothing else: one entry for each
// write, at the leader.
type engine struct {
	raft      *raft.Raft
	log       *raftboltdb.BoltStore
	transport *raft.NetworkTransport
	store     *store
}

const (
	// connections and patience are those of the engine's own examples.
	connections = 3
	patience    = 10 * time.Second
	// keptSnapshots is the least that the engine takes.
	keptSnapshots = 1
)

func openEngine(n Node) (Member, error) {
	e := &engine{store: newStore()}
	address, err := net.ResolveTCPAddr("tcp", n.Addresses[n.Number])
	if err != nil {
		return nil, err
	}
	if e.transport, err = raft.NewTCPTransport(n.Addresses[n.Number], address, connections, patience, io.Discard); err != nil {
		return nil, err
	}
	if e.log, err = raftboltdb.NewBoltStore(filepath.Join(n.Dir, "raft.db")); err != nil {
		return nil, errors.Join(err, e.transport.Close())
	}
	if err := e.start(n); err != nil {
		return nil, errors.Join(err, e.log.Close(), e.transport.Close())
	}
	return e, nil
}

func (e *engine) start(n Node) error {
	snapshots, err := raft.NewFileSnapshotStore(n.Dir, keptSnapshots, io.Discard)
	if err != nil {
		return err
	}
	cfg := raft.DefaultConfig()
	cfg.LocalID, cfg.Logger = raft.ServerID(id(n.Number)), hclog.NewNullLogger()
	if e.raft, err = raft.NewRaft(cfg, engineMachine{e.store}, e.log, e.log, snapshots, e.transport); err != nil {
		return err
	}
	var members raft.Configuration
	for i, address := range n.Addresses {
		members.Servers = append(members.Servers, raft.Server{ID: raft.ServerID(id(i)), Address: raft.ServerAddress(address)})
	}
	if err := e.raft.BootstrapCluster(members).Error(); err != nil && !errors.Is(err, raft.ErrCantBootstrap) {
		return errors.Join(err, e.raft.Shutdown().Error())
	}
	return nil
}

func (e *engine) Write(ctx context.Context, key, value string) error {
	err := e.raft.Apply(encode(key, value), 0).Error()
	if errors.Is(err, raft.ErrNotLeader) {
		return ErrNotLeader
	}
	return errors.Join(err, ctx.Err())
}

// Read asks whether this node still leads, which is not sound by itself, and what is
// to be had from the engine.
func (e *engine) Read(_ context.Context, key string) (string, error) {
	if err := e.raft.VerifyLeader().Error(); err != nil {
		return "", ErrNotLeader
	}
	return e.store.get(key), nil
}

func (e *engine) Local(_ context.Context, key string) (string, error) { return e.store.get(key), nil }

func (e *engine) Watch(ctx context.Context, key string, ready func(), told func(string)) error {
	e.store.watch(ctx.Done(), key, ready, told)
	return nil
}

func (e *engine) Leads() bool { return e.raft.State() == raft.Leader }

func (e *engine) Close() error {
	return errors.Join(e.raft.Shutdown().Error(), e.transport.Close(), e.log.Close())
}

// engineMachine is the store as the engine's state machine.
type engineMachine struct{ store *store }

func (m engineMachine) Apply(entry *raft.Log) any {
	m.store.apply(entry.Data)
	return nil
}

func (m engineMachine) Snapshot() (raft.FSMSnapshot, error) { return values(m.store.copied()), nil }

func (m engineMachine) Restore(from io.ReadCloser) error { return m.store.load(from) }

// values are those of a snapshot.
type values map[string]string

func (v values) Persist(sink raft.SnapshotSink) error {
	if err := save(v, sink); err != nil {
		return errors.Join(err, sink.Cancel())
	}
	return sink.Close()
}

func (v values) Release() {}
