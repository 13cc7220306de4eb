package cluster

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/gstate/fsm"
)

const (
	// batchBytes and batchCommands bound what goes to the leader in one frame.
	// One command may exceed the bytes.
	batchBytes    = 1 << 20
	batchCommands = 1024
	// batchesInFlight is how many frames may await their answers at once: as
	// many as the leader has entries in flight, and two that travel.
	batchesInFlight = entriesInFlight + 2
	// queuedWrites and queuedBytes bound what waits on this instance. Beyond
	// them a write is refused with ErrBusy.
	queuedWrites = 1 << 16
	queuedBytes  = 64 << 20
	// doubtedWrites is how many writes are remembered whose callers left before
	// their answers. What is forgotten can be asked for as by another instance.
	doubtedWrites = 1 << 12
)

// outbox is this instance's way to the leader. It numbers the writes in a
// replicated session, sends them in batches, and repeats a batch under the
// same numbers until it is answered: the state machine applies each number
// once. This file is the queue; delivery.go is the way of a batch.
type outbox struct {
	cluster router
	// leaderWait is how long a write may wait for a leader: Config.LeaderWait.
	leaderWait time.Duration
	// slots has room for batchesInFlight.
	slots chan struct{}
	// queued wakes run; it has room for one.
	queued chan struct{}

	mu struct {
		sync.Mutex
		queue []*write
		bytes int
		// callers is how many writes have not returned yet.
		callers int
		idle    signal // of callers, when it falls to 0
		// err is why no further writes are taken.
		err error
		// numbering is that of the session that is open now.
		numbering numbering
		// doubted holds the writes whose callers left before their answers, by
		// their ids, and order is their ids, oldest first.
		doubted map[WriteID]*write
		order   []WriteID
	}
}

// router is what the outbox needs of its node.
type router interface {
	// awaitLeader waits until a leader is known or ctx ends.
	awaitLeader(ctx context.Context) (leader string, err error)
	// hasLeader reports whether one is known now.
	hasLeader() bool
	// route makes one attempt to have the leader propose the commands.
	route(ctx context.Context, leader string, commands [][]byte) (proposed, error)
	// awaitApplied waits until this node has applied the entry.
	awaitApplied(ctx context.Context, result proposed) error
	// pause waits before an attempt is repeated.
	pause(ctx context.Context, attempt int)
	// explainWait adds to the cause of a wait's end that no leader is known, if
	// it is so.
	explainWait(cause error) error
}

// write is one write between its caller and its answer.
type write struct {
	body  []byte
	since time.Time
	// id is set when the write is numbered, and again should it be numbered
	// anew.
	id    WriteID
	state atomic.Int32
	// done is closed when answer and err are set.
	done   chan struct{}
	answer fsm.Answer
	err    error
}

// The states of a write. Its caller may abandon it at any time: while it waits
// it is then certainly never applied. One that was sent is resolved.
const (
	writeWaiting int32 = iota
	writeSent
	writeAbandoned
)

func newOutbox(cluster router, leaderWait time.Duration) *outbox {
	return &outbox{
		cluster:    cluster,
		leaderWait: leaderWait,
		slots:      make(chan struct{}, batchesInFlight),
		queued:     make(chan struct{}, 1),
	}
}

// write sends one command (a body of fsm.EncodeBody) and waits for its answer,
// until ctx ends. The error matches ErrOutcomeUnknown if it may be applied.
func (o *outbox) write(ctx context.Context, body []byte) (fsm.Answer, error) {
	w := &write{body: body, since: time.Now(), done: make(chan struct{})}
	if err := o.enqueue(w); err != nil {
		return fsm.Answer{}, err
	}
	defer o.leave()
	select {
	case <-w.done:
		return w.answer, w.err
	case <-ctx.Done():
	}
	if w.state.Swap(writeAbandoned) == writeWaiting {
		return fsm.Answer{}, o.cluster.explainWait(context.Cause(ctx))
	}
	o.remember(w)
	return fsm.Answer{}, &UnknownOutcome{ID: w.id, Err: context.Cause(ctx)}
}

func (o *outbox) enqueue(w *write) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.err != nil {
		return o.mu.err
	}
	if len(o.mu.queue) >= queuedWrites || o.mu.bytes+len(w.body) > queuedBytes {
		return fmt.Errorf("%w: %d writes of %d bytes, the limits are %d and %d", ErrBusy, len(o.mu.queue), o.mu.bytes, queuedWrites, queuedBytes)
	}
	o.mu.queue = append(o.mu.queue, w)
	o.mu.bytes += len(w.body)
	o.mu.callers++
	o.wake()
	return nil
}

func (o *outbox) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.callers--; o.mu.callers == 0 {
		o.mu.idle.fire()
	}
}

// remember keeps a write for those who ask for its outcome.
func (o *outbox) remember(w *write) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.doubted == nil {
		o.mu.doubted = make(map[WriteID]*write)
	}
	if len(o.mu.order) == doubtedWrites {
		delete(o.mu.doubted, o.mu.order[0])
		o.mu.order = o.mu.order[1:]
	}
	o.mu.doubted[w.id] = w
	o.mu.order = append(o.mu.order, w.id)
}

// recall returns a write that was remembered, nil if it is not.
func (o *outbox) recall(id WriteID) *write {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mu.doubted[id]
}

// session returns the number of the open session, 0 when there is none.
func (o *outbox) session() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mu.numbering.session
}

func (o *outbox) wake() {
	select {
	case o.queued <- struct{}{}:
	default:
	}
}

// take removes the oldest writes from the queue, as many as fit a batch.
// Abandoned ones leave it on the way.
func (o *outbox) take() []*write {
	o.mu.Lock()
	defer o.mu.Unlock()
	var taken []*write
	bytes, seen := 0, 0
	for _, w := range o.mu.queue {
		if len(taken) == batchCommands || bytes+len(w.body) > batchBytes && bytes > 0 {
			break
		}
		seen++
		o.mu.bytes -= len(w.body)
		if w.state.Load() != writeAbandoned {
			taken = append(taken, w)
			bytes += len(w.body)
		}
	}
	o.mu.queue = slices.Delete(o.mu.queue, 0, seen)
	return taken
}

// putBack returns writes to the head of the queue, to be numbered anew. Nobody
// waits for those that were abandoned meanwhile: they are given up.
func (o *outbox) putBack(writes []*write) {
	o.mu.Lock()
	defer o.mu.Unlock()
	writes = slices.DeleteFunc(writes, func(w *write) bool {
		if w.state.CompareAndSwap(writeSent, writeWaiting) {
			o.mu.bytes += len(w.body)
			return false
		}
		w.finish(fsm.Answer{Code: fsm.CodeGivenUp}, nil)
		return true
	})
	o.mu.queue = slices.Insert(o.mu.queue, 0, writes...)
	o.wake()
}

// drain waits until all writes have returned, or until ctx ends.
func (o *outbox) drain(ctx context.Context) {
	o.mu.Lock()
	callers, idle := o.mu.callers, o.mu.idle.wait()
	o.mu.Unlock()
	if callers == 0 {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// oldest returns when the first write in the queue came.
func (o *outbox) oldest() (since time.Time, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.mu.queue) == 0 {
		return time.Time{}, false
	}
	return o.mu.queue[0].since, true
}

// refuse ends the writes in the queue for which which is true. They were not
// sent.
func (o *outbox) refuse(which func(*write) bool, err error) {
	o.mu.Lock()
	var refused []*write
	o.mu.queue = slices.DeleteFunc(o.mu.queue, func(w *write) bool {
		if !which(w) {
			return false
		}
		refused = append(refused, w)
		o.mu.bytes -= len(w.body)
		return true
	})
	o.mu.Unlock()
	for _, w := range refused {
		w.finish(fsm.Answer{}, err)
	}
}

// close refuses further writes, with err.
func (o *outbox) close(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.err == nil {
		o.mu.err = err
	}
}

// finish gives the caller its answer. A write that is remembered needs its body
// no more.
func (w *write) finish(answer fsm.Answer, err error) {
	w.answer, w.err, w.body = answer, err, nil
	close(w.done)
}
