package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"
)

// snapshotCheck is how often the thresholds are looked at.
const snapshotCheck = time.Second

// snapshotter takes a snapshot when the log since the last one has become long,
// large or old. The engine itself looks at the number of entries alone.
type snapshotter struct {
	node *Node
	// index, bytes and at are those of the last snapshot.
	index, bytes uint64
	at           time.Time
}

// run looks at the thresholds until ctx ends.
func (s *snapshotter) run(ctx context.Context) {
	s.at = time.Now()
	ticker := time.NewTicker(snapshotCheck)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if s.due() {
				s.take()
			}
		case <-ctx.Done():
			return
		}
	}
}

// due reports whether a threshold is reached. A snapshot that came from the
// leader in the meantime counts as one of ours.
func (s *snapshotter) due() bool {
	state := s.node.progress.now()
	if state.Bytes < s.bytes {
		s.bytes, s.at = 0, time.Now()
	}
	s.index = max(s.index, s.node.stores.covered.newest())
	if state.Index <= s.index || state.Err != nil {
		return false
	}
	cfg := s.node.cfg
	return state.Index-s.index >= cfg.SnapshotEntries ||
		state.Bytes-s.bytes >= cfg.SnapshotBytes ||
		time.Since(s.at) >= cfg.SnapshotAge
}

// take makes a snapshot. When it fails the next check tries again: the log
// only grows meanwhile.
func (s *snapshotter) take() {
	state, began := s.node.progress.now(), time.Now()
	err := s.node.raft.Snapshot().Error()
	switch {
	case errors.Is(err, raft.ErrNothingNewToSnapshot), errors.Is(err, raft.ErrRaftShutdown):
		return
	case err != nil:
		s.node.log.Error("snapshot not taken", "entry", state.Index, "error", err)
		return
	}
	s.index, s.bytes, s.at = state.Index, state.Bytes, began
	s.node.log.Info("snapshot taken", "entry", state.Index, "revision", state.Tree.Revision(), "took", time.Since(began))
}
