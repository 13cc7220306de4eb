package harness

import (
	"context"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
)

const (
	// samplePeriod is the time from one look at the nodes to the next: a third of
	// what an election takes at least.
	samplePeriod = 100 * time.Millisecond
	// sampleTimeout is how long a node may take to answer: of what it says later,
	// nobody knows from which moment it is.
	sampleTimeout = samplePeriod / 2
)

// Sample is what the nodes said of themselves at one moment of the run. All are
// asked at once, so that their revisions can be compared.
type Sample struct {
	// Time is that of the question, as in history.Event.
	Time time.Duration `json:"time_ns"`
	// Statuses has no entry of a node that did not answer in time.
	Statuses map[string]client.Status `json:"statuses"`
}

// measured is a cluster that can tell what its nodes take of the machine.
type measured interface {
	Usage(id string) history.Usage
}

// watchNodes takes samples until ctx ends. What the rules need of them goes into the
// history.
func (h *Harness) watchNodes(ctx context.Context) {
	ticks := time.NewTicker(samplePeriod)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		starts := h.starts()
		sample := h.sample(ctx)
		h.samples = append(h.samples, sample)
		h.look(sample, starts)
	}
}

// starts returns how often each node was started so far.
func (h *Harness) starts() map[string]int {
	starts := map[string]int{}
	for _, id := range h.cluster.IDs() {
		starts[id] = h.cluster.Starts(id)
	}
	return starts
}

// look records a sample of the nodes that were not started anew meanwhile.
func (h *Harness) look(sample Sample, starts map[string]int) {
	for _, id := range h.cluster.IDs() {
		status, answered := sample.Statuses[id]
		if !answered || starts[id] != h.cluster.Starts(id) {
			continue
		}
		seen := history.Sample{Role: status.Role, Term: status.Term, TreeRevision: status.Revision, Digest: status.Digest}
		if m, ok := h.cluster.(measured); ok {
			seen.Usage = m.Usage(id)
		}
		seen.Start = starts[id]
		h.recorder.Look(id, seen)
	}
}

// sample asks all nodes for their status. It waits for sampleTimeout at most.
func (h *Harness) sample(ctx context.Context) Sample {
	ctx, cancel := context.WithTimeout(ctx, sampleTimeout)
	defer cancel()
	s := Sample{Time: h.recorder.Elapsed(), Statuses: map[string]client.Status{}}
	var lock sync.Mutex
	var asking sync.WaitGroup
	for _, id := range h.cluster.IDs() {
		asking.Go(func() {
			status, err := h.client.Status(ctx, id)
			if err != nil {
				return
			}
			lock.Lock()
			defer lock.Unlock()
			s.Statuses[id] = status
		})
	}
	asking.Wait()
	return s
}
