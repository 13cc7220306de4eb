package harness

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

// DefaultRate leaves a machine with two cores time for elections, and spreads
// 5,000 writes over a dozen faults.
const DefaultRate = 800

// restAfterRefusal is the pause of a client whose node is down or knows no
// leader, so that the operations of a run are not used up on that.
const restAfterRefusal = 100 * time.Millisecond

// load is the clients' common part. They work in shifts: one while there are
// faults, and one after.
type load struct {
	*Harness
	workers []*worker
	// working ends when no new operation may begin. Those that have begun go on
	// until they are answered.
	working context.Context
	stop    context.CancelFunc
	// left is how many writes may still be invoked; without a limit it is far away.
	left atomic.Int64
}

// worker is one client.
type worker struct {
	node string
	// process is its present number. Those of all clients differ in what is
	// left when they are divided by the number of clients.
	process int
	random  *rand.Rand
}

// newLoad returns the clients of a run.
func (h *Harness) newLoad() *load {
	l := &load{Harness: h}
	ids := h.cluster.IDs()
	for i := range h.config.Clients {
		l.workers = append(l.workers, &worker{node: ids[i%len(ids)], process: i, random: h.random(uint64(i))})
	}
	return l
}

// work runs all clients until working ends, and waits for their last answers.
// It calls stop when so many writes are invoked; 0: there is no limit.
func (l *load) work(ctx, working context.Context, stop context.CancelFunc, writes int64) {
	l.working, l.stop = working, stop
	l.left.Store(cmp.Or(writes, math.MaxInt64))
	var clients sync.WaitGroup
	for _, w := range l.workers {
		clients.Go(func() { l.serve(ctx, w) })
	}
	clients.Wait()
}

// serve is one client: it performs one operation after the other, in its share
// of the rate.
func (l *load) serve(ctx context.Context, w *worker) {
	ticks := time.NewTicker(time.Second * time.Duration(l.config.Clients) / time.Duration(l.config.Rate))
	defer ticks.Stop()
	for l.wait(ticks.C) {
		task := workload.Draw(w.random, l.shares)
		request := task.Next(w.random, w.node)
		if request.Function.Writes() && !l.take() {
			l.stop()
			return
		}
		if !l.perform(ctx, w, task, request) {
			l.wait(time.After(restAfterRefusal))
		}
	}
}

// wait returns true when the time has come, and false when the work is over.
func (l *load) wait(until <-chan time.Time) bool {
	select {
	case <-l.working.Done():
		return false
	case <-until:
		return l.working.Err() == nil
	}
}

// take reports whether one more write may be invoked.
func (l *load) take() bool { return l.left.Add(-1) >= 0 }

// perform records and runs one operation. It reports whether the tree has
// decided it, so that it is worth while to go on at once.
func (l *load) perform(ctx context.Context, w *worker, task workload.Workload, request history.Request) bool {
	life := l.cluster.Starts(request.Node)
	request = l.recorder.Invoke(w.process, request)
	kind, answer := task.Run(ctx, l.client, request)
	if l.cluster.Starts(request.Node) == life {
		answer.Life = life
	}
	l.recorder.Complete(w.process, request, kind, answer)
	if kind == history.Info {
		w.process += l.config.Clients
	}
	return kind != history.Fail || answer.Decided()
}
