package cluster

import (
	"fmt"
	"sync"
	"time"
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
