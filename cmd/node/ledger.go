package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// ledger is what became of each write of the demo as its writer was told. It is
// safe for concurrent use.
type ledger struct {
	mu struct {
		sync.Mutex
		// acknowledged, refused and unknown are the keys of the writes; each
		// write is in one of them.
		acknowledged, refused, unknown []string
		// next is closed when the next write is acknowledged; nil while nobody
		// waits for that.
		next chan struct{}
		// last is when a write was last acknowledged, zero before the first.
		last time.Time
		// pause is the longest time between two writes that were acknowledged
		// one after the other.
		pause time.Duration
	}
}

// newLedger returns an empty ledger.
func newLedger() *ledger { return new(ledger) }

// record notes that the write of key has ended with err. A refusal is taken at
// its word: the node, or a dial that failed, says that the write was not made,
// and the audit will hold it to that.
func (l *ledger) record(key string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		now := time.Now()
		if !l.mu.last.IsZero() {
			l.mu.pause = max(l.mu.pause, now.Sub(l.mu.last))
		}
		l.mu.last = now
		l.mu.acknowledged = append(l.mu.acknowledged, key)
		if l.mu.next != nil {
			close(l.mu.next)
			l.mu.next = nil
		}
	case outcomeOf(err).code == exitUnknown:
		l.mu.unknown = append(l.mu.unknown, key)
	default:
		l.mu.refused = append(l.mu.refused, key)
	}
}

// acknowledged returns how many writes were acknowledged so far.
func (l *ledger) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.mu.acknowledged)
}

// awaitNext waits until a further write is acknowledged, at the longest for the
// given time: that none was is for the caller to find. The error is that of ctx
// when it ends before.
func (l *ledger) awaitNext(ctx context.Context, atMost time.Duration) error {
	l.mu.Lock()
	if l.mu.next == nil {
		l.mu.next = make(chan struct{})
	}
	next := l.mu.next
	l.mu.Unlock()
	select {
	case <-next:
		return nil
	case <-time.After(atMost):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// account is a copy of a ledger at one moment.
type account struct {
	acknowledged, refused, unknown []string
	// pause is the longest time between two writes that were acknowledged one
	// after the other.
	pause time.Duration
}

// account returns what the ledger has now. The caller owns the copy.
func (l *ledger) account() account {
	l.mu.Lock()
	defer l.mu.Unlock()
	return account{
		acknowledged: slices.Clone(l.mu.acknowledged),
		refused:      slices.Clone(l.mu.refused),
		unknown:      slices.Clone(l.mu.unknown),
		pause:        l.mu.pause,
	}
}

// audit is what a member's tree has of an account.
type audit struct {
	// acknowledged, refused and unknown count the writes of the account that
	// were found.
	acknowledged, refused, unknown int
	// foreign counts what was found and has no writer, or not the value that
	// its writer wrote.
	foreign int
}

// audit compares the account with what was found: the value of each key, which
// is the key itself. A key with another value counts as foreign.
func (a account) audit(found map[string]string) audit {
	var result audit
	count := func(keys []string) (n int) {
		for _, key := range keys {
			if found[key] == key {
				n++
			}
		}
		return n
	}
	result.acknowledged, result.refused, result.unknown = count(a.acknowledged), count(a.refused), count(a.unknown)
	result.foreign = len(found) - result.acknowledged - result.refused - result.unknown
	return result
}

// holds says whether nothing is lost, nothing refused was made, and nothing is
// there that nobody wrote.
func (r audit) holds(a account) bool {
	return r.acknowledged == len(a.acknowledged) && r.refused == 0 && r.foreign == 0
}
