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

// simulate runs a workload, and returns what is wrong.
func simulate(t *testing.T, seed uint64, load workload, b bug) (findings []string, done int) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed, b, tuning(load))
		defer w.stopAll()
		w.play(load)
		findings = w.findings()
	})
	judged, done := load.judge()
	return append(findings, judged...), done
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
	for i := range clientsOfNode * len(w.peers) {
		c := w.client(i)
		clients.Go(func() { c.run(ctx, load) })
	}
	w.breakAll(plan(w.seed, len(w.peers)))
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
		random: rand.New(rand.NewPCG(w.seed, uint64(100+number))),
	}
}

// holds runs a workload with all seeds, and wants nothing to be wrong.
func holds(t *testing.T, enough int, newLoad func() workload) {
	for i := range uint64(*seeds) {
		seed := *first + i
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			findings, done := simulate(t, seed, newLoad(), none)
			t.Logf("%d operations were made", done)
			if done < enough {
				findings = append(findings, fmt.Sprintf("only %d operations were made: the run says nothing", done))
			}
			if len(findings) > 0 {
				report(t, seed, findings)
			}
		})
	}
}

// report prints the seed, what is wrong, and what the nemesis did.
func report(t *testing.T, seed uint64, findings []string) {
	test, _, _ := strings.Cut(t.Name(), "/")
	t.Errorf("seed %d has failed; to see it again:\n\tgo test ./jepsen-like/sim -run %s -first %d -seeds 1 -log", seed, test, seed)
	for _, finding := range findings[:min(len(findings), 10)] {
		t.Log(finding)
	}
	nodes := 3
	if seed%5 == 4 {
		nodes = 5
	}
	t.Logf("%d findings in all; the faults were %v", len(findings), plan(seed, nodes))
}
