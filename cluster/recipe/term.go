package recipe

import (
	"context"
	"sync"
	"time"
)

const (
	// RefreshesPerTTL: one refresh may be lost, or meet an election, without
	// an end of the lease.
	RefreshesPerTTL = 3
	// RetriesPerTTL is how soon a refresh that has failed is tried again.
	RetriesPerTTL = 20
	// marginOfTTL is the part of a lease on which its holder does not rely: it
	// covers clocks of different speed, and the time that a program needs to
	// notice that its context has ended.
	marginOfTTL = 5
)

// Term is the time of a lease as its holder counts it. The cluster counts a lease
// from the moment at which it applied the last refresh; the term counts, on the
// holder's own monotonic clock, from before that refresh was sent, and only
// Reliable(ttl) of it: so it ends here before the lease can end there. The locks
// of this package have one; who holds an item under a lease by other means, such
// as over HTTP, may have its own. It refreshes nothing. All methods may be called
// from any goroutine.
type Term struct {
	ttl    time.Duration
	late   func() error
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu struct {
		sync.Mutex
		// until is the local end, at which timer looks.
		until time.Time
		timer *time.Timer
	}
}

// NewTerm returns the term of a lease that was granted by a write sent at that
// time. When it is not renewed in time its context, which has the values of ctx
// and ends with it, ends with what late returns as its cause. The caller ends
// the term with End.
func NewTerm(ctx context.Context, ttl time.Duration, sent time.Time, late func() error) *Term {
	t := &Term{ttl: ttl, late: late}
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	t.mu.timer = time.AfterFunc(ttl, t.Check)
	t.Renew(sent)
	return t
}

// Reliable returns how much of a lease its holder relies on.
func Reliable(ttl time.Duration) time.Duration { return ttl - ttl/marginOfTTL }

// Context ends with the term.
func (t *Term) Context() context.Context { return t.ctx }

// Renew moves the end to where a refresh sent at that time puts it.
func (t *Term) Renew(sent time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.until = sent.Add(Reliable(t.ttl))
	t.mu.timer.Reset(time.Until(t.mu.until))
}

// Check ends the term if its time has passed: what a timer does, but for one that
// is late because the process was paused.
func (t *Term) Check() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !time.Now().Before(t.mu.until) {
		t.cancel(t.late())
	}
}

// Left returns how long the term lasts.
func (t *Term) Left() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Until(t.mu.until)
}

// End ends the term now; the first cause is that of its context.
func (t *Term) End(cause error) {
	t.cancel(cause)
	t.mu.timer.Stop()
}
