package cluster

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

// snapshotLog keeps log and snapshots consistent where the engine does not.
// Raft (section 7) wants a follower that installs a snapshot to discard its log
// unless the log has the snapshot's last entry, of the same term: else it is of
// leaders that were replaced. The engine keeps such a log:
//
//   - What lies before the snapshot it sends on when it leads, as if it had
//     been committed. So it is deleted, and also at the next start, should this
//     process end before.
//   - With a log that reaches the snapshot's last index it refuses what follows
//     the snapshot, and is sent the snapshot again, for ever
//     (hashicorp/raft#697). So raftTransport has what follows accepted without
//     a comparison; the engine's own rule then removes the false rest. Until
//     that has happened the log is tainted: this node must not be elected. The
//     false entry stays as the evidence of it, for the next start.
type snapshotLog struct {
	raft.LogStore

	mu struct {
		sync.Mutex
		// index and term are those of the last entry of the newest snapshot
		// that the state is, or is newer than.
		index, term uint64
		// taint says that the log reaches index, with another entry there.
		taint bool
	}
}

// newSnapshotLog also ends what an earlier process did not: the engine has not
// read the log yet, so that a false one can be deleted as a whole.
//
// A member whose newest snapshot is damaged may start from an older one only if
// the log leads from there to where the damaged one was. Else it would have
// lost what it has acknowledged.
func newSnapshotLog(logs raft.LogStore, from snapshots) (*snapshotLog, error) {
	s := &snapshotLog{LogStore: logs}
	s.mu.index, s.mu.term = from.index, from.term
	if from.damage != nil {
		first, last, err := s.bounds()
		if err == nil && (first == 0 || first > from.index+1 || last < from.newest) {
			err = fmt.Errorf("%w; the log has entries %d to %d and cannot replace it", from.damage, first, last)
		}
		return s, err
	}
	if from.index == 0 {
		return s, nil
	}
	last, matches, err := s.compare(s.mu.index, s.mu.term)
	if err != nil || matches {
		return s, err
	}
	return s, s.forget(max(last, s.mu.index))
}

// bounds returns the first and the last index of the log, 0 when it is empty.
func (s *snapshotLog) bounds() (first, last uint64, err error) {
	if first, err = s.LogStore.FirstIndex(); err != nil {
		return 0, 0, err
	}
	last, err = s.LogStore.LastIndex()
	return first, last, err
}

// compare returns the last index of the log, and whether the log goes with a
// snapshot that ends with this entry: it has the entry, or begins after it.
func (s *snapshotLog) compare(index, term uint64) (last uint64, matches bool, err error) {
	first, last, err := s.bounds()
	if err != nil {
		return 0, false, err
	}
	var entry raft.Log
	err = s.LogStore.GetLog(index, &entry)
	if errors.Is(err, raft.ErrLogNotFound) {
		if first <= index && index <= last {
			err = fmt.Errorf("%w: the log has entries %d to %d, but not %d", ErrCorrupt, first, last, index)
			return last, false, err
		}
		return last, first > index || last == 0, nil
	}
	return last, entry.Term == term, err
}

// newest returns the last index that the newest snapshot covers, 0 without one.
func (s *snapshotLog) newest() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.index
}

// tainted reports whether this node must not be elected.
func (s *snapshotLog) tainted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.taint
}

// stored is called when a snapshot is complete, before the engine uses it. One
// that the log does not go with came from the leader, and nothing is done until
// the state machine has taken it: it may turn out to be unreadable, and the log is
// still needed. Meanwhile this node may complete one of its own.
func (s *snapshotLog) stored(index, term uint64) error {
	_, matches, err := s.compare(index, term)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if matches {
		s.coverLocked(index, term, false)
	}
	return nil
}

// restored is called when the state machine has taken a snapshot, while the
// engine waits for it. The engine remembers a log that reaches the snapshot,
// and would miss its entries; a shorter one it no longer needs. At a start
// newSnapshotLog has done the same.
func (s *snapshotLog) restored(index, term uint64) error {
	last, matches, err := s.compare(index, term)
	if err == nil && !matches && last < index {
		err = s.forget(last)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coverLocked(index, term, !matches && last >= index)
	return nil
}

func (s *snapshotLog) coverLocked(index, term uint64, taint bool) {
	if index > s.mu.index {
		s.mu.index, s.mu.term, s.mu.taint = index, term, taint
	}
}

// GetLog implements raft.LogStore. The engine panics over an entry that it
// cannot read, which would end the process that we are embedded in: its goroutine
// ends instead, as in stableStore, and the node, which has been told, stops.
func (s *snapshotLog) GetLog(index uint64, entry *raft.Log) error {
	err := s.LogStore.GetLog(index, entry)
	if err != nil && !errors.Is(err, raft.ErrLogNotFound) {
		runtime.Goexit()
	}
	return err
}

// StoreLogs implements raft.LogStore. The first entries after a snapshot end a
// taint: the engine has just deleted the false entries after the snapshot, and
// those before it go first, so that no end of the process in between leaves
// good entries behind false ones.
func (s *snapshotLog) StoreLogs(logs []*raft.Log) error {
	if s.tainted() {
		if err := s.forget(s.newest()); err != nil {
			return err
		}
		s.mu.Lock()
		s.mu.taint = false
		s.mu.Unlock()
	}
	return s.LogStore.StoreLogs(logs)
}

// StoreLog implements raft.LogStore.
func (s *snapshotLog) StoreLog(log *raft.Log) error { return s.StoreLogs([]*raft.Log{log}) }

// forget deletes the log up to an index.
func (s *snapshotLog) forget(last uint64) error {
	first, err := s.LogStore.FirstIndex()
	if err != nil || first == 0 || first > last {
		return err
	}
	return s.LogStore.DeleteRange(first, last)
}

// accept prepares a message for the engine, which compares the entry before the
// new ones with its log, and has none to compare where the log was compacted.
// What the newest snapshot covers is committed, and every leader of this or a
// later term has it; one of an earlier term the engine refuses in any case. Of
// that only what the engine says is applied counts: it may have failed to use
// the snapshot, and its log would get a gap.
//
// It also bounds the commit index by the last entry of the message, as Raft
// (figure 2) does: the engine takes the last entry of its log, which may be one
// that the leader has not compared yet.
func (s *snapshotLog) accept(message *raft.AppendEntriesRequest, applied uint64) {
	message.LeaderCommitIndex = min(message.LeaderCommitIndex, message.PrevLogEntry+uint64(len(message.Entries)))
	covered := min(s.newest(), applied)
	if message.PrevLogEntry == 0 || message.PrevLogEntry > covered {
		return
	}
	for len(message.Entries) > 0 && message.Entries[0].Index <= covered {
		message.Entries = message.Entries[1:]
	}
	// Without a previous entry the engine compares none.
	message.PrevLogEntry, message.PrevLogTerm = 0, 0
}

// restoredMachine is the engine's view of the state machine: it tells the log
// which snapshot was taken.
type restoredMachine struct {
	*fsm.Machine
	log *snapshotLog
}

// Restore implements raft.FSM.
func (m *restoredMachine) Restore(source io.ReadCloser) error {
	meta, err := metaOf(source)
	if err != nil {
		return err
	}
	if err := m.Machine.Restore(source); err != nil {
		return err
	}
	return m.log.restored(meta.Index, meta.Term)
}

// snapshotSource is an open snapshot that knows which one it is.
type snapshotSource struct {
	io.ReadCloser
	meta *raft.SnapshotMeta
}

// metaOf returns which snapshot the engine lets the state machine read: what was
// completed last may be another one.
func metaOf(source io.ReadCloser) (*raft.SnapshotMeta, error) {
	for {
		switch s := source.(type) {
		case *snapshotSource:
			return s.meta, nil
		case raft.ReadCloserWrapper:
			source = s.WrappedReadCloser()
		default:
			return nil, fmt.Errorf("a snapshot of unknown origin, read by %T", source)
		}
	}
}

// snapshotStore is the engine's view of the snapshots: it tells the log of each
// new one, and does not show those that were found damaged at the start. The
// engine would believe what such a one says about itself.
type snapshotStore struct {
	raft.SnapshotStore
	log *snapshotLog
	// damaged holds their ids.
	damaged map[string]bool
}

// List implements raft.SnapshotStore.
func (s *snapshotStore) List() ([]*raft.SnapshotMeta, error) {
	list, err := s.SnapshotStore.List()
	list = slices.DeleteFunc(list, func(meta *raft.SnapshotMeta) bool { return s.damaged[meta.ID] })
	return list, err
}

// Open implements raft.SnapshotStore.
func (s *snapshotStore) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	meta, source, err := s.SnapshotStore.Open(id)
	if err != nil {
		return nil, nil, err
	}
	return meta, &snapshotSource{source, meta}, nil
}

// Create implements raft.SnapshotStore.
func (s *snapshotStore) Create(version raft.SnapshotVersion, index, term uint64, configuration raft.Configuration, configurationIndex uint64, trans raft.Transport) (raft.SnapshotSink, error) {
	sink, err := s.SnapshotStore.Create(version, index, term, configuration, configurationIndex, trans)
	if err != nil {
		return nil, err
	}
	return &snapshotSink{SnapshotSink: sink, stored: func() error { return s.log.stored(index, term) }}, nil
}

// snapshotSink calls stored when the snapshot is complete.
type snapshotSink struct {
	raft.SnapshotSink
	stored func() error
}

// Close implements raft.SnapshotSink.
func (s *snapshotSink) Close() error {
	if err := s.SnapshotSink.Close(); err != nil {
		return err
	}
	return s.stored()
}
