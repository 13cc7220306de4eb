package sim

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/jepsen-like/overlay/seeded"
	"example.com/gstate/jepsen-like/swarm"
)

var (
	seeds   = flag.Int("seeds", 3, "how many seeds each workload is run with")
	first   = flag.Uint64("first", 1, "the first of the seeds")
	showLog = flag.Bool("log", false, "show the log of the nodes of a run that failed")
)

// workload is what clients do, and what must be true of it. It is used for one
// run.
type workload interface {
	// step makes one operation of a client.
	step(c *client, n node)
	// readBack looks at one of the nodes when all is healed, and no client
	// writes any more.
	readBack(c *client, n node)
	// judge returns what is wrong, and how many operations say so. It is
	// called outside of the bubble, where time is real.
	judge() (findings []string, done int)
}

// clientsOfNode are the clients that have the same home.
const clientsOfNode = 3

// runLoad runs a workload, and returns what is wrong.
func runLoad(t *testing.T, run swarm.Run, load workload, b bug) (findings []string, done int) {
	synctest.Test(t, func(t *testing.T) {
		seedBubble(t, run)
		w := newWorld(t, run, b, tuning(load))
		findings = w.through(load)
	})
	judged, done := load.judge()
	return append(findings, judged...), done
}

// seedBubble lets all that is drawn in the bubble follow from the seed, if the
// binary can do that.
func seedBubble(t *testing.T, run swarm.Run) {
	if err := seeded.Bubble(run.Seed); err != nil {
		t.Log(err)
	}
}

// through runs a workload from the start of the nodes to their end, and returns
// what was wrong on the way.
func (w *world) through(load workload) (findings []string) {
	defer w.stopAll()
	w.startAll()
	w.play(load)
	return w.findings()
}

// tuning returns how a workload wants nodes to be opened, nil when it does not care.
func tuning(load workload) func(*cluster.Config) {
	if load, cares := load.(interface{ tune(*cluster.Config) }); cares {
		return load.tune
	}
	return nil
}

// play lets clients work while the nemesis does, and for a second more.
func (w *world) play(load workload) {
	ctx, stop := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for i := range w.run.Clients {
		c := w.client(i)
		clients.Go(func() { c.run(ctx, load) })
	}
	w.breakAll(plan(w.run))
	time.Sleep(time.Second)
	stop()
	clients.Wait()
	w.recover()
	for i, peer := range w.peers {
		load.readBack(w.client(500+i), w.bug(sound{w.node(peer.ID)}))
	}
}

func (w *world) client(number int) *client {
	return &client{
		world: w, process: number, home: w.peers[number%len(w.peers)].ID,
		random: rand.New(rand.NewPCG(w.run.Seed, uint64(100+number))),
	}
}

// runKind is a workload as runs are made of it.
type runKind struct {
	load func() workload
	// enough is how many operations a short run must have made: with fewer it says
	// nothing.
	enough int
}

var kinds = map[string]runKind{
	"lists":     {func() workload { return &lists{} }, 150},
	"bookings":  {func() workload { return &bookings{} }, 150},
	"registers": {func() workload { return freshRegisters() }, 300},
	"counter":   {func() workload { return &counter{} }, 300},
	"leases":    {func() workload { return &leases{} }, 50},
	"locks":     {func() workload { return &locks{} }, 12},
	"watches":   {func() workload { return newWatches() }, 300},
}

// holds runs a workload with all seeds, and wants nothing to be wrong.
func holds(t *testing.T, name string) {
	for i := range uint64(*seeds) {
		seed := *first + i
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			findings, done := runLoad(t, shortRun(seed), kinds[name].load(), none)
			t.Logf("%d operations were made", done)
			if done < kinds[name].enough {
				findings = append(findings, fmt.Sprintf("only %d operations were made: the run says nothing", done))
			}
			if len(findings) > 0 {
				explain(t, seed, findings)
			}
		})
	}
}

// explain prints the seed, what is wrong, and what the nemesis did.
func explain(t *testing.T, seed uint64, findings []string) {
	test, _, _ := strings.Cut(t.Name(), "/")
	t.Errorf("seed %d has failed; to see it again:\n\tgo test ./jepsen-like/sim -run %s -first %d -seeds 1 -log", seed, test, seed)
	for _, finding := range findings[:min(len(findings), 10)] {
		t.Log(finding)
	}
	t.Logf("%d findings in all; the faults were %v", len(findings), plan(shortRun(seed)))
}
