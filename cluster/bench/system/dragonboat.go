package system

import (
	"context"
	"io"

	"github.com/lni/dragonboat/v4"
	"github.com/lni/dragonboat/v4/client"
	"github.com/lni/dragonboat/v4/config"
	"github.com/lni/dragonboat/v4/logger"
	"github.com/lni/dragonboat/v4/statemachine"
)

const (
	shard = 1
	// roundTrip is the unit of dragonboat's timeouts, in milliseconds: a heartbeat
	// each 50, an election after half a second, as gstate.
	roundTrip     = 50
	heartbeatTrip = 1
	electionTrip  = 10
	// snapshotEntries and keptEntries are like those of gstate.
	snapshotEntries = 100_000
	keptEntries     = 10_000
)

// boat is a node of dragonboat with one shard.
type boat struct {
	host    *dragonboat.NodeHost
	session *client.Session
	store   *store
	replica uint64
}

func openDragonboat(n Node) (Member, error) {
	for _, name := range []string{"raft", "rsm", "transport", "grpc", "dragonboat", "logdb", "raftpb", "config", "utils", "order", "tan", "settings", "registry"} {
		logger.GetLogger(name).SetLevel(logger.CRITICAL)
	}
	host, err := dragonboat.NewNodeHost(config.NodeHostConfig{
		NodeHostDir: n.Dir, RTTMillisecond: roundTrip, RaftAddress: n.Addresses[n.Number],
	})
	if err != nil {
		return nil, err
	}
	b := &boat{host: host, session: host.GetNoOPSession(shard), store: newStore(), replica: uint64(n.Number) + 1}
	members := map[uint64]dragonboat.Target{}
	for i, address := range n.Addresses {
		members[uint64(i)+1] = address
	}
	machine := func(uint64, uint64) statemachine.IStateMachine { return boatMachine{b.store} }
	err = host.StartReplica(members, false, machine, config.Config{
		ReplicaID: b.replica, ShardID: shard, CheckQuorum: true, PreVote: true,
		HeartbeatRTT: heartbeatTrip, ElectionRTT: electionTrip,
		SnapshotEntries: snapshotEntries, CompactionOverhead: keptEntries,
	})
	if err != nil {
		host.Close()
		return nil, err
	}
	return b, nil
}

func (b *boat) Write(ctx context.Context, key, value string) error {
	_, err := b.host.SyncPropose(ctx, b.session, encode(key, value))
	return err
}

func (b *boat) Read(ctx context.Context, key string) (string, error) {
	value, err := b.host.SyncRead(ctx, shard, key)
	if err != nil {
		return "", err
	}
	return value.(string), nil
}

func (b *boat) Local(_ context.Context, key string) (string, error) {
	value, err := b.host.StaleRead(shard, key)
	if err != nil {
		return "", err
	}
	return value.(string), nil
}

func (b *boat) Watch(ctx context.Context, key string, ready func(), told func(string)) error {
	b.store.watch(ctx.Done(), key, ready, told)
	return nil
}

func (b *boat) Leads() bool {
	leader, _, known, err := b.host.GetLeaderID(shard)
	return err == nil && known && leader == b.replica
}

func (b *boat) Close() error {
	b.host.Close()
	return nil
}

// boatMachine is the store as dragonboat's state machine.
type boatMachine struct{ store *store }

func (m boatMachine) Update(entry statemachine.Entry) (statemachine.Result, error) {
	m.store.apply(entry.Cmd)
	return statemachine.Result{Value: 1}, nil
}

func (m boatMachine) Lookup(key any) (any, error) { return m.store.get(key.(string)), nil }

func (m boatMachine) SaveSnapshot(to io.Writer, _ statemachine.ISnapshotFileCollection, _ <-chan struct{}) error {
	return save(m.store.copied(), to)
}

func (m boatMachine) RecoverFromSnapshot(from io.Reader, _ []statemachine.SnapshotFile, _ <-chan struct{}) error {
	return m.store.load(from)
}

func (m boatMachine) Close() error { return nil }
