package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// mostAtOnce is how much a run may record in one instant of virtual time. The
// busiest honest instants have some hundreds. A run that goes round in circles
// without any time passing would go on until the memory of the machine is full.
const mostAtOnce = 20_000

// trace takes all that a run records, its events and the nodes' logs, in the
// order in which they come. Two runs with one hash were one run.
type trace struct {
	// copy takes the same; it may be nil.
	copy io.Writer
	mu   struct {
		sync.Mutex
		hash    hash.Hash
		records int
		// instant is the virtual time of the last record, whatever the clock of the
		// node shows that wrote it, and atOnce counts those that came at it.
		instant time.Time
		atOnce  int
	}
}

func newTrace(to io.Writer) *trace {
	t := &trace{copy: to}
	t.mu.hash = sha256.New()
	return t
}

// Write takes a record. It panics when the run has come to a livelock: nothing
// else would end it.
func (t *trace) Write(record []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := skew.SystemNow(); !now.Equal(t.mu.instant) {
		t.mu.instant, t.mu.atOnce = now, 0
	}
	t.mu.records++
	if t.mu.atOnce++; t.mu.atOnce > mostAtOnce {
		panic(fmt.Sprintf("livelock: %d records at one instant, the last is %s", t.mu.atOnce, bytes.TrimSpace(record)))
	}
	t.mu.hash.Write(record)
	if t.copy != nil {
		return t.copy.Write(record)
	}
	return len(record), nil
}

// sum returns how many records there were, and the hash of them all.
func (t *trace) sum() (records int, sum string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.records, hex.EncodeToString(t.mu.hash.Sum(nil)[:12])
}
