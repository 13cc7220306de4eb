package cluster

import (
	"encoding/binary"
	"fmt"
	"runtime"

	"github.com/hashicorp/raft"
)

// stableStore guards the store of term and vote. The engine panics when it
// cannot store its term, which would end the process that we are embedded in.
// So a failure ends the goroutine instead: the engine stands still, as it must
// without a store, until the node, which has been told, shuts it down.
//
// Numbers are stored as values, so that both are sealed.
type stableStore struct {
	raft.StableStore
	latch *latch
}

// Set implements raft.StableStore.
func (s *stableStore) Set(key, value []byte) error {
	err := s.latch.guard(func() error { return s.StableStore.Set(key, sealedValue(key, value)) })
	if err != nil {
		runtime.Goexit()
	}
	return nil
}

// Get implements raft.StableStore.
func (s *stableStore) Get(key []byte) ([]byte, error) {
	sealed, err := s.StableStore.Get(key)
	if err != nil || sealed == nil {
		return nil, err
	}
	return unsealValue(key, sealed)
}

// SetUint64 implements raft.StableStore.
func (s *stableStore) SetUint64(key []byte, value uint64) error {
	return s.Set(key, binary.BigEndian.AppendUint64(nil, value))
}

// GetUint64 implements raft.StableStore.
func (s *stableStore) GetUint64(key []byte) (uint64, error) {
	value, err := s.Get(key)
	if err != nil || value == nil {
		return 0, err
	}
	if len(value) != 8 {
		return 0, fmt.Errorf("%w: %s has %d bytes, and is a number", ErrCorrupt, key, len(value))
	}
	return binary.BigEndian.Uint64(value), nil
}
