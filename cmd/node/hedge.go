package main

import (
	"context"
	"sync"
	"time"
)

// readPatience is how long a node may be silent to a read before the next one
// is asked as well. A healthy node is silent for longer only if it was asked to
// wait for something; then the next one waits beside it.
const readPatience = 2 * time.Second

// attempt is what became of a read at one address.
type attempt struct {
	// index is that of the address.
	index int
	body  []byte
	err   error
}

// callAny sends a read to the first address, and to the next one when all that
// were asked have failed, or when the last one is silent. None is given up for
// that: each may take until the deadline, as one does that was asked to wait
// for a revision. The first answer counts, or the first decision against it.
func (c *client) callAny(ctx context.Context, r request, deadline time.Time) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	answers := make(chan attempt, len(c.bases))
	ask := func(index int) {
		asking.Go(func() {
			body, err := c.ask(ctx, c.bases[index], r, time.Until(deadline))
			answers <- attempt{index, body, err}
		})
	}
	return c.firstAnswer(ctx, ask, answers)
}

// firstAnswer calls ask for the addresses one by one, as callAny says, and
// returns the first answer that counts.
func (c *client) firstAnswer(ctx context.Context, ask func(index int), answers <-chan attempt) ([]byte, error) {
	failed := &unreachableError{attempts: make([]error, len(c.bases))}
	patience := min(readPatience, c.timeout/time.Duration(len(c.bases)))
	silence := time.NewTimer(patience)
	defer silence.Stop()
	late := false
	for asked, ended := 0, 0; ended < len(c.bases); {
		if asked == ended || late {
			ask(asked)
			asked++
			silence.Reset(patience)
		}
		select {
		case a := <-answers:
			if a.err == nil || isDecision(a.err) || ctx.Err() != nil {
				return a.body, a.err
			}
			failed.attempts[a.index] = a.err
			ended++
			late = false
		case <-silence.C:
			late = asked < len(c.bases)
		}
	}
	return nil, failed.orOnly()
}
