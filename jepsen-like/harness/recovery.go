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
	// livenessProcess is the process number of those operations: no client
	// comes that far, and none of theirs that still waits may be used again.
	livenessProcess = 1 << 30
)

// errUnsettled is matched by what settle returns when the nodes are not ready,
// or not at one revision.
var errUnsettled = errors.New("the nodes have not come together")

// ending is what is seen of the cluster after the faults.
type ending struct {
	// problem is why the nodes did not come together again, or nil.
	problem error
	// took is the time from the end of the last fault until they had. The last
	// answers to the clients are waited for in between.
	took time.Duration
	// statuses and dumps are those of all nodes at the end, empty if there is
	// a problem.
	statuses []client.Status
	dumps    []history.Dump
}

// recover waits until the nodes agree again, sees whether all of them serve,
// and reads everything back from each.
func (h *Harness) recover(ctx context.Context, healed time.Time) ending {
	var end ending
	if end.statuses, end.problem = h.settleIn(ctx, healTimeout); end.problem != nil {
		return end
	}
	end.took = time.Since(healed)
	h.exercise(ctx)
	if end.statuses, end.problem = h.settleIn(ctx, healTimeout); end.problem != nil {
		return end
	}
	for _, status := range end.statuses {
		dump, err := h.client.Dump(ctx, status.ID, status.Revision)
		if err != nil {
			end.problem = fmt.Errorf("reading node %s back: %w", status.ID, err)
			return end
		}
		end.dumps = append(end.dumps, dump)
	}
	return end
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
	for _, id := range h.cluster.IDs() {
		for i := range livenessEach {
			item := fmt.Sprintf("%s/%s%d", livenessWorkload, id, i)
			request := history.Request{Workload: livenessWorkload, Node: id, Item: item, Function: history.Put}
			h.exerciseOnce(ctx, request)
			request.Function, request.Linearizable = history.Get, true
			h.exerciseOnce(ctx, request)
		}
	}
}

func (h *Harness) exerciseOnce(ctx context.Context, request history.Request) {
	request = h.recorder.Invoke(livenessProcess, request)
	kind, answer := h.client.Do(ctx, request)
	h.recorder.Complete(livenessProcess, request, kind, answer)
}
