package cluster

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// diskPatience is how long one write of a store may take. A disk that hangs for
// longer would keep a leader in office that can write nothing, since its
// heartbeats go on (hashicorp/raft#503).
const diskPatience = 20 * time.Second

var errDiskHangs = fmt.Errorf("a write has not ended for %v: the disk hangs", diskPatience)

// latch makes the first failed write of a store final: what a failed fsync has
// left on disk cannot be known before it is read back, at the next start. A
// write that does not end has failed, too.
type latch struct {
	// failed is told once, of the first failure. It must not wait.
	failed func(error)

	mu struct {
		sync.Mutex
		err error
	}
}

// guard makes one change, unless an earlier one has failed.
func (l *latch) guard(change func() error) error {
	l.mu.Lock()
	err := l.mu.err
	l.mu.Unlock()
	if err != nil {
		return err
	}
	watchdog := time.AfterFunc(diskPatience, func() { l.close(errDiskHangs) })
	defer watchdog.Stop()
	if err = change(); err != nil {
		err = l.close(err)
	}
	return err
}

func (l *latch) close(cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.err == nil {
		l.mu.err = fmt.Errorf("the store failed and is not used again before a restart: %w", cause)
		l.failed(l.mu.err)
	}
	return l.mu.err
}

// stableStore guards the store of term and vote. The engine panics when it
// cannot store its term, which would end the process that we are embedded in.
// So a failure ends the goroutine instead: the engine stands still, as it must
// without a store, until the node, which has been told, shuts it down.
type stableStore struct {
	raft.StableStore
	latch *latch
}

// Set implements raft.StableStore.
func (s *stableStore) Set(key, value []byte) error {
	return s.must(s.latch.guard(func() error { return s.StableStore.Set(key, value) }))
}

// SetUint64 implements raft.StableStore.
func (s *stableStore) SetUint64(key []byte, value uint64) error {
	return s.must(s.latch.guard(func() error { return s.StableStore.SetUint64(key, value) }))
}

func (s *stableStore) must(err error) error {
	if err != nil {
		runtime.Goexit()
	}
	return nil
}
