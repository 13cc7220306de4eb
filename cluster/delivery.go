package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/gstate/fsm"
)

// numbering is what the outbox knows of its replicated session.
type numbering struct {
	// session is the number of the open session, 0 when there is none.
	session uint64
	// sequence is the last one given out in it.
	sequence uint64
	// sealed are the numbered batches that are not settled, oldest first. The
	// first sequence of the oldest is the floor of all of them.
	sealed  []*batch
	settled signal // when a batch leaves sealed
}

// batch is writes that were numbered together: first, first+1...
type batch struct {
	writes         []*write
	session, first uint64
	floor          uint64
	// unsure says that an attempt may have put it into the log.
	unsure bool
}

// run sends what is queued until ctx ends. It waits for a slot before it looks
// at the queue, so that writes gather while the slots are taken; a lone write
// goes out at once. Deliveries run on goroutines of spawn, which reports false
// when no more can be started.
func (o *outbox) run(ctx context.Context, spawn func(func()) bool) {
	for o.next(ctx) {
		batch := o.seal(ctx)
		if batch == nil {
			<-o.slots
			continue
		}
		started := spawn(func() {
			o.deliver(ctx, batch)
			<-o.slots
		})
		if !started {
			batch.abandon(ErrClosed)
			o.settle(batch)
			return
		}
	}
}

// next takes a slot and waits for a write. It reports false when ctx has ended.
func (o *outbox) next(ctx context.Context) bool {
	if !o.takeSlot(ctx) {
		return false
	}
	for {
		if _, waiting := o.oldest(); waiting {
			return ctx.Err() == nil
		}
		select {
		case <-o.queued:
		case <-ctx.Done():
			return false
		}
	}
}

// takeSlot waits for a slot. All may be held by batches that are repeated until
// there is a leader again; the writes that wait behind them are refused in
// time.
func (o *outbox) takeSlot(ctx context.Context) bool {
	ticker := time.NewTicker(max(o.leaderWait/10, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case o.slots <- struct{}{}:
			return true
		case <-ticker.C:
			if !o.cluster.hasLeader() {
				o.refuseOverdue()
			}
		case <-ctx.Done():
			return false
		}
	}
}

// refuseOverdue ends the writes that have waited for a leader for too long.
func (o *outbox) refuseOverdue() {
	overdue := func(w *write) bool { return time.Since(w.since) >= o.leaderWait }
	o.refuse(overdue, fmt.Errorf("%w for %v", ErrNoLeader, o.leaderWait))
}

// seal takes a batch from the queue and numbers it. It returns nil when there
// is nothing to send, or no way: it refuses the writes that have waited for a
// leader for too long.
func (o *outbox) seal(ctx context.Context) *batch {
	oldest, ok := o.oldest()
	if !ok {
		return nil
	}
	deadline := oldest.Add(o.leaderWait)
	if o.cluster.hasLeader() {
		// It has waited for others that are on their way, not for a leader.
		deadline = time.Now().Add(o.leaderWait)
	}
	waiting, cancel := context.WithDeadlineCause(ctx, deadline, ErrNoLeader)
	defer cancel()
	if err := o.openSession(waiting); err != nil {
		if ctx.Err() == nil {
			o.refuseOverdue()
		}
		return nil
	}
	o.awaitWindow(ctx)
	return o.number(o.take())
}

// number gives the writes their sequences in the open session.
func (o *outbox) number(writes []*write) *batch {
	if len(writes) == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n := &o.mu.numbering
	b := &batch{writes: writes, session: n.session, first: n.sequence + 1}
	for _, w := range writes {
		n.sequence++
		w.id = WriteID{Session: n.session, Sequence: n.sequence}
	}
	n.sealed = append(n.sealed, b)
	b.floor = n.floor(b.session)
	return b
}

// floor returns the lowest unsettled sequence of a session.
func (n *numbering) floor(session uint64) uint64 {
	for _, b := range n.sealed {
		if b.session == session {
			return b.first
		}
	}
	return n.sequence + 1
}

// awaitWindow waits until a whole batch more fits the window of sequences that
// the state machine keeps answers for.
func (o *outbox) awaitWindow(ctx context.Context) {
	for {
		o.mu.Lock()
		n := &o.mu.numbering
		fits := n.sequence+batchCommands-n.floor(n.session) < fsm.MaxWindow
		settled := n.settled.wait()
		o.mu.Unlock()
		if fits {
			return
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return
		}
	}
}

// settle takes a batch out of the numbers: its answers are no longer needed.
func (o *outbox) settle(b *batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := &o.mu.numbering
	n.sealed = slices.DeleteFunc(n.sealed, func(other *batch) bool { return other == b })
	n.settled.fire()
}

// openSession waits for a leader, and opens a session if there is none. Doing
// so twice, because an answer was lost, leaves one that nobody uses, and that
// will be evicted.
func (o *outbox) openSession(ctx context.Context) error {
	o.mu.Lock()
	open := o.mu.numbering.session != 0
	o.mu.Unlock()
	command := fsm.AppendCommand(nil, fsm.KindOpenSession, fsm.Header{}, nil)
	for attempt := 0; ; attempt++ {
		leader, err := o.cluster.awaitLeader(ctx)
		if open || err != nil {
			return err
		}
		result, err := o.cluster.route(ctx, leader, [][]byte{command})
		if err != nil || len(result.answers) != 1 {
			o.cluster.pause(ctx, attempt)
			continue
		}
		o.mu.Lock()
		o.mu.numbering.session, o.mu.numbering.sequence = result.answers[0].Detail, 0
		o.mu.Unlock()
		return nil
	}
}

// forgetSession gives up a session that the state machine no longer knows.
func (o *outbox) forgetSession(session uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.numbering.session == session {
		o.mu.numbering.session = 0
	}
}

// deliver repeats a batch until it is answered or the node is closed. The
// writes that were abandoned before they can have reached the log leave it;
// those that may have are resolved, so that they are not applied much later,
// when nobody expects it any more.
func (o *outbox) deliver(ctx context.Context, b *batch) {
	defer o.settle(b)
	for attempt := 0; ; attempt++ {
		leader, err := o.cluster.awaitLeader(ctx)
		if err != nil {
			b.abandon(ErrClosed)
			return
		}
		b.markSent()
		if len(b.writes) == 0 {
			return
		}
		result, err := o.cluster.route(ctx, leader, b.commands())
		if err == nil && len(result.answers) == len(b.writes) {
			o.finish(ctx, b, result)
			return
		}
		b.markFailed(err)
		o.cluster.pause(ctx, attempt)
	}
}

// markSent marks the writes as sent. Those that were abandoned, and cannot be
// in the log, leave the batch.
func (b *batch) markSent() {
	b.writes = slices.DeleteFunc(b.writes, func(w *write) bool {
		w.state.CompareAndSwap(writeWaiting, writeSent)
		if w.state.Load() != writeAbandoned || b.unsure {
			return false
		}
		w.finish(fsm.Answer{Code: fsm.CodeGivenUp}, nil)
		return true
	})
}

// markFailed notes that an attempt has failed. Only as long as each of them has
// certainly not reached the log can a caller still take its write back.
func (b *batch) markFailed(err error) {
	b.unsure = b.unsure || !certain(err)
	if b.unsure {
		return
	}
	for _, w := range b.writes {
		w.state.CompareAndSwap(writeSent, writeWaiting)
	}
}

// abandon ends all writes of the batch with a cause.
func (b *batch) abandon(cause error) {
	for _, w := range b.writes {
		if b.unsure {
			w.finish(fsm.Answer{}, &UnknownOutcome{ID: w.id, Err: cause})
		} else {
			w.finish(fsm.Answer{}, cause)
		}
	}
}

func (b *batch) commands() [][]byte {
	commands := make([][]byte, len(b.writes))
	for i, w := range b.writes {
		if w.state.Load() == writeAbandoned {
			commands[i] = w.id.resolving()
			continue
		}
		header := fsm.Header{Session: b.session, Sequence: w.id.Sequence, Floor: b.floor}
		commands[i] = fsm.AppendCommand(nil, fsm.KindApply, header, w.body)
	}
	return commands
}

// finish hands out the answers, once this node has applied the entry: so that
// callers read their own writes here.
func (o *outbox) finish(ctx context.Context, b *batch, result proposed) {
	if err := o.cluster.awaitApplied(ctx, result); err != nil {
		b.unsure = true
		b.abandon(err)
		return
	}
	var evicted []*write
	for i, w := range b.writes {
		answer := result.answers[i]
		switch err := answer.Code.Err(); {
		case errors.Is(err, fsm.ErrUnknownSession) && !b.unsure:
			evicted = append(evicted, w)
		case errors.Is(err, fsm.ErrUnknownSession), errors.Is(err, fsm.ErrAnswered):
			w.finish(fsm.Answer{}, &UnknownOutcome{ID: w.id, Err: err})
		default:
			w.finish(answer, nil)
		}
	}
	if len(evicted) > 0 {
		o.forgetSession(b.session)
		o.putBack(evicted)
	}
}
