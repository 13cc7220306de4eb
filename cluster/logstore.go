package cluster

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/raft"
)

// deletedAtOnce is how many entries one transaction of the log store deletes:
// compaction of a long log in one transaction has been seen to stall writes
// for more than half a second.
const deletedAtOnce = 512

// logStore seals what the log store below it keeps, and guards it against three
// habits of the engine:
//
//   - It goes on using a store after a failed write. What a failed fsync has
//     left on disk cannot be known, so the first failure is final (until the
//     process starts anew and reads back what is there).
//   - It compacts the log in one transaction: here it is bounded.
//   - It does not tell when an entry is stored: last does.
type logStore struct {
	raft.LogStore
	latch *latch

	mu struct {
		sync.Mutex
		lastIndex uint64
		stored    signal // of lastIndex
	}
}

func newLogStore(below raft.LogStore, latch *latch) (*logStore, error) {
	last, err := below.LastIndex()
	if err != nil {
		return nil, fmt.Errorf("reading the log: %w", err)
	}
	s := &logStore{LogStore: below, latch: latch}
	s.mu.lastIndex = last
	return s, nil
}

// last returns the index of the last stored entry and a channel that is closed
// when it changes.
func (s *logStore) last() (uint64, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.lastIndex, s.mu.stored.wait()
}

func (s *logStore) setLast(index uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.lastIndex = index
	s.mu.stored.fire()
}

// StoreLog implements raft.LogStore.
func (s *logStore) StoreLog(log *raft.Log) error { return s.StoreLogs([]*raft.Log{log}) }

// StoreLogs implements raft.LogStore.
func (s *logStore) StoreLogs(logs []*raft.Log) error {
	sealed := make([]*raft.Log, len(logs))
	for i, entry := range logs {
		sealed[i] = sealedEntry(entry)
	}
	err := s.latch.guard(func() error { return s.LogStore.StoreLogs(sealed) })
	if err == nil && len(logs) > 0 {
		s.setLast(logs[len(logs)-1].Index)
	}
	return err
}

// GetLog implements raft.LogStore. A member that cannot read what it has stored
// must not lead, nor tell others what it has: it stops.
func (s *logStore) GetLog(index uint64, entry *raft.Log) error {
	err := s.LogStore.GetLog(index, entry)
	if errors.Is(err, raft.ErrLogNotFound) {
		return err
	}
	if err == nil {
		err = unsealEntry(index, entry)
	}
	if err != nil {
		return s.latch.close(fmt.Errorf("reading entry %d: %w", index, err))
	}
	return nil
}

// DeleteRange implements raft.LogStore. The head of the log is deleted piece by
// piece from its beginning, so that a crash between two pieces leaves no gap.
// The tail, which conflicts with the leader's log, goes at once. The engine
// also asks to delete from an empty log, with 0 as its first index.
func (s *logStore) DeleteRange(first, last uint64) error {
	end, _ := s.last()
	first, last = max(first, 1), min(last, end)
	if first > last {
		return nil
	}
	if last == end {
		err := s.latch.guard(func() error { return s.LogStore.DeleteRange(first, last) })
		if err == nil {
			s.setLast(first - 1)
		}
		return err
	}
	for ; first <= last; first += deletedAtOnce {
		piece := min(first+deletedAtOnce-1, last)
		if err := s.latch.guard(func() error { return s.LogStore.DeleteRange(first, piece) }); err != nil {
			return err
		}
	}
	return nil
}
