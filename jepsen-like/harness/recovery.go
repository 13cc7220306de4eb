package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
)

const (
	// healTimeout is how long the nodes may take, once all faults are healed,
	// until they all serve at one revision. An election takes one second, a
	// snapshot less; longer means that something is stuck.
	healTimeout = 30 * time.Second
	// askAgain is the pause after a node could not answer: it is starting, or
	// the nodes are electing.
	askAgain = 50 * time.Millisecond
	// livenessEach is how many writes and how many linearizable reads each node
	// must serve after the faults.
	livenessEach = 10
	// livenessWorkload names those operations in the history.
	livenessWorkload = "liveness"
	// livenessProcess is the process number of the first of those operations,
	// and each has its own: no client comes that far, and none that still waits
	// may be used again.
	livenessProcess = 1 << 30
)

// errUnsettled is matched by what settle returns when the nodes are not ready,
// or not at one revision.
var errUnsettled = errors.New("the nodes have not come together")

// recover sees what the cluster is like after the faults. That it does not come
// together again is what it may see, and no error.
func (h *Harness) recover(ctx context.Context, healed time.Time) Ending {
	end, err := h.recoverAll(ctx, healed)
	if err != nil {
		end = Ending{Problem: err.Error(), Took: end.Took}
	}
	return end
}

// recoverAll waits until the nodes agree again, sees whether all of them serve, also
// when the clients go on, and reads everything back from each.
func (h *Harness) recoverAll(ctx context.Context, healed time.Time) (end Ending, err error) {
	if _, err = h.settleIn(ctx, healTimeout); err != nil {
		return end, err
	}
	end.Took = time.Since(healed)
	h.recorder.Settle()
	h.calm(ctx)
	h.exercise(ctx)
	end.Statuses, end.Dumps, err = h.readBack(ctx)
	return end, err
}

// readBack returns what all nodes hold at one revision. It waits until all has
// ended that ends by itself.
func (h *Harness) readBack(ctx context.Context) ([]client.Status, []history.Dump, error) {
	ctx, cancel := context.WithTimeout(ctx, healTimeout)
	defer cancel()
	for {
		statuses, err := h.settle(ctx)
		if err != nil {
			return nil, nil, err
		}
		dumps, err := h.dump(ctx, statuses)
		if err == nil {
			return statuses, dumps, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, err
		case <-time.After(askAgain):
		}
	}
}

// dump reads everything back from each node. The error is one also when a node
// has another revision than it had, or than the others have.
func (h *Harness) dump(ctx context.Context, statuses []client.Status) ([]history.Dump, error) {
	var dumps []history.Dump
	for _, status := range statuses {
		dump, err := h.client.Dump(ctx, status.ID, status.Revision)
		if err == nil && dump.Revision != status.Revision {
			err = fmt.Errorf("%w: revision %d, was %d", errUnsettled, dump.Revision, status.Revision)
		}
		if err != nil {
			return nil, fmt.Errorf("reading node %s back: %w", status.ID, err)
		}
		dumps = append(dumps, dump)
	}
	return dumps, nil
}

// calm lets the clients work on without faults, and without a limit of their writes.
func (h *Harness) calm(ctx context.Context) {
	working, stop := context.WithTimeout(ctx, h.config.Calm)
	defer stop()
	h.load.work(ctx, working, stop, 0)
}

func (h *Harness) settleIn(ctx context.Context, timeout time.Duration) ([]client.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return h.settle(ctx)
}

// settle waits until all nodes are ready and at one revision, and returns their
// statuses. When ctx ends before, the error says what was missing last.
func (h *Harness) settle(ctx context.Context) ([]client.Status, error) {
	for {
		statuses, err := h.meet(ctx)
		if err == nil {
			return statuses, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", errUnsettled, err)
		case <-time.After(askAgain):
		}
	}
}

// meet reads linearizably on one node and waits for that revision on all: the
// nodes do the waiting. The statuses then show whether something is still
// under way.
func (h *Harness) meet(ctx context.Context) ([]client.Status, error) {
	ids := h.cluster.IDs()
	newest, err := h.client.Newest(ctx, ids[0])
	if err != nil {
		return nil, fmt.Errorf("node %s: linearizable read: %w", ids[0], err)
	}
	var statuses []client.Status
	for _, id := range ids {
		if _, err := h.client.Reach(ctx, id, newest); err != nil {
			return nil, fmt.Errorf("node %s: read of revision %d: %w", id, newest, err)
		}
		status, err := h.client.Status(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("node %s: status: %w", id, err)
		}
		if !status.Ready || status.Revision != newest {
			return nil, fmt.Errorf("node %s: ready %v, revision %d, want %d", id, status.Ready, status.Revision, newest)
		}
		statuses = append(statuses, status)
	}
	return statuses, nil
}

// exercise lets each node serve writes and linearizable reads, and records how
// they end.
func (h *Harness) exercise(ctx context.Context) {
	process := livenessProcess
	for _, id := range h.cluster.IDs() {
		for i := range livenessEach {
			item := fmt.Sprintf("%s/%s%d", livenessWorkload, id, i)
			request := history.Request{Workload: livenessWorkload, Node: id, Item: item, Function: history.Put}
			h.exerciseOnce(ctx, process, request)
			request.Function, request.Linearizable = history.Get, true
			h.exerciseOnce(ctx, process+1, request)
			process += 2
		}
	}
}

func (h *Harness) exerciseOnce(ctx context.Context, process int, request history.Request) {
	request = h.recorder.Invoke(process, request)
	kind, answer := h.client.Do(ctx, request)
	h.recorder.Complete(process, request, kind, answer)
}
