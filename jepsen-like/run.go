package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/workload"
)

// formTimeout is how long a new cluster may take until it serves. It needs one
// election; the rest is for a machine that is busy.
const formTimeout = 20 * time.Second

// cluster is what a run needs of the nodes: the processes, or a stand-in.
type cluster interface {
	nemesis.Nodes
	// Crashes returns the nodes that have ended without being killed.
	Crashes() []nodes.Crash
}

// harness is one run.
type harness struct {
	config   Config
	cluster  cluster
	client   *client.Client
	recorder *history.Recorder
	shares   []workload.Share
	out      io.Writer
}

// newHarness prepares a run on nodes that are not started yet. The history goes
// to file, and what people read to out.
func newHarness(config Config, c cluster, addresses map[string]string, transport http.RoundTripper, file, out io.Writer) *harness {
	return &harness{
		config:   config,
		cluster:  c,
		client:   client.New(addresses, transport),
		recorder: history.NewRecorder(file),
		shares:   workload.All(c.IDs()),
		out:      out,
	}
}

// run is the whole procedure. The error says that the harness is broken or that
// ctx has ended: there is no verdict then.
func (h *harness) run(ctx context.Context) (verdict, error) {
	if err := h.form(ctx); err != nil {
		return verdict{}, fmt.Errorf("the cluster does not form: %w", err)
	}
	healed, err := h.disturb(ctx)
	if err != nil {
		return verdict{}, err
	}
	end := h.recover(ctx, healed)
	if err := h.recorder.Flush(); err != nil {
		return verdict{}, err
	}
	if ctx.Err() != nil {
		return verdict{}, fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	return h.judge(end), nil
}

// form starts all nodes and waits until they serve.
func (h *harness) form(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, formTimeout)
	defer cancel()
	for _, id := range h.cluster.IDs() {
		if err := h.cluster.Start(id); err != nil {
			return err
		}
	}
	_, err := h.settle(ctx)
	return err
}

// disturb lets the clients work while the nemesis does, until the time is over
// or all writes are invoked. It returns when the faults were healed; the last
// answers have come a little later.
func (h *harness) disturb(ctx context.Context) (healed time.Time, err error) {
	schedule, err := h.schedule()
	if err != nil {
		return time.Time{}, err
	}
	working, stop := context.WithTimeout(ctx, h.config.Time)
	defer stop()
	var others sync.WaitGroup
	others.Go(func() {
		err = schedule.Run(working)
		healed = time.Now()
	})
	others.Go(func() { h.reportEachSecond(working) })
	h.work(ctx, working, stop)
	stop()
	others.Wait()
	return healed, err
}

func (h *harness) schedule() (nemesis.Schedule, error) {
	faults, err := nemesis.Choose(nemesis.All(h.cluster), h.config.Nemeses)
	return nemesis.Schedule{
		Faults: faults,
		Nodes:  h.cluster.IDs(),
		Period: h.config.Period,
		Random: h.random(nemesisStream),
		FindLeader: func(ctx context.Context) string {
			return h.client.Leader(ctx, h.cluster.IDs())
		},
		Record: h.recorder.Fault,
	}, err
}

// nemesisStream is the random stream of the nemesis. Client i has stream i.
const nemesisStream = 1 << 32

// random returns a source that depends on the seed and on who draws from it:
// how fast one client gets on does not change what another one draws.
func (h *harness) random(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(h.config.Seed, stream))
}
