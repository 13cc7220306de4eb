package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
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

// Cluster is what a run needs of the nodes: the processes, those of a
// simulation, or a stand-in.
type Cluster interface {
	nemesis.Nodes
	// Addresses returns the base URL of each node, by id.
	Addresses() map[string]string
	// Starts returns how often a node was started so far.
	Starts(id string) int
	// Crashes returns the nodes that have ended without being killed.
	Crashes() []nodes.Crash
}

// Harness is one run. Make one with New.
type Harness struct {
	config   Config
	cluster  Cluster
	faults   []nemesis.Nemesis
	client   *client.Client
	recorder *history.Recorder
	shares   []workload.Share
	load     *load
	out      io.Writer
	// missing says which faults were wanted, and why there are none of them.
	missing []error
	// samples, feeds and end are what Run leaves behind.
	samples []Sample
	feeds   []history.Feed
	end     Ending
	// failure is what the nemesis could not do, nil if nothing.
	failure error
}

// New prepares a run on nodes that are not started yet. The faults are all that
// can be made of them; the history goes to file, and what people read to out.
// The error says which workload or fault of the configuration there is not.
func New(config Config, c Cluster, faults []nemesis.Nemesis, transport http.RoundTripper, file, out io.Writer) (*Harness, error) {
	faults = config.fit(faults)
	chosen, err := nemesis.Choose(faults, config.Nemeses)
	if err != nil {
		return nil, err
	}
	var missing []error
	if slices.Contains(config.Nemeses, nemesis.Every) {
		missing = nemesis.Missing(faults)
	}
	shares, err := workload.Choose(workload.All(c.IDs()), config.Workloads)
	if err != nil {
		return nil, err
	}
	h := &Harness{
		config:   config,
		cluster:  c,
		faults:   chosen,
		client:   client.New(c.Addresses(), transport),
		recorder: history.NewRecorder(file),
		shares:   shares,
		out:      out,
		missing:  missing,
	}
	h.load = h.newLoad()
	return h, nil
}

// Run is the whole procedure. The error says that the harness is broken or that
// ctx has ended: there is no verdict then. A nemesis that fails ends the faults, and
// what was seen until then is judged: the verdict says so.
func (h *Harness) Run(ctx context.Context) (Verdict, error) {
	if err := h.Play(ctx); err != nil {
		return Verdict{}, err
	}
	record := h.Record()
	v := record.judge(h.shares)
	record.Print(h.out, v)
	return v, nil
}

// Play is Run without the judgement, which Record gives then: a simulation judges
// outside of its virtual time.
func (h *Harness) Play(ctx context.Context) error {
	fmt.Fprintln(h.out, h.header())
	for _, reason := range h.missing {
		fmt.Fprintln(h.out, "missing:", reason)
	}
	if err := h.form(ctx); err != nil {
		return fmt.Errorf("the cluster does not form: %w", err)
	}
	h.observe(ctx)
	if err := h.recorder.Flush(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", errors.Join(context.Cause(ctx), h.failure))
	}
	return nil
}

// observe is the part of the run that is recorded: faults, recovery, and what is
// left. Meanwhile the nodes are sampled, their change feeds heard, and followers
// read what they tell.
func (h *Harness) observe(ctx context.Context) {
	looking, stop := context.WithCancel(ctx)
	var onlookers sync.WaitGroup
	defer onlookers.Wait()
	defer stop()
	onlookers.Go(func() { h.watchNodes(looking) })
	for i, follower := range h.followers() {
		onlookers.Go(func() { follower.Follow(looking, h.random(followerStream+uint64(i)), h.client, h.recorder) })
	}
	listening := h.listen(ctx)
	defer func() { h.feeds = listening.end(h.end.revision()) }()
	healed := h.disturb(ctx)
	h.end = h.recover(ctx, healed)
	stop()
	onlookers.Wait()
	if h.end.Problem == "" {
		h.catchUp(ctx)
	}
}

// followers are the workloads that have readers of their own.
func (h *Harness) followers() (followers []workload.Follower) {
	for _, share := range h.shares {
		if follower, ok := share.Workload.(workload.Follower); ok {
			followers = append(followers, follower)
		}
	}
	return followers
}

// catchUp lets all followers read what is left, now that nothing changes.
func (h *Harness) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, healTimeout)
	defer cancel()
	for _, follower := range h.followers() {
		follower.CatchUp(ctx, h.client, h.recorder)
	}
}

// form starts all nodes and waits until they serve.
func (h *Harness) form(ctx context.Context) error {
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

// disturb lets the clients work while the nemesis does, until the time is over, all
// writes are invoked, or the nemesis has failed: without faults the rest would prove
// nothing. It returns when the faults were healed; the last answers have come a
// little later.
func (h *Harness) disturb(ctx context.Context) (healed time.Time) {
	working, stop := context.WithTimeout(ctx, h.config.Time)
	defer stop()
	var others sync.WaitGroup
	others.Go(func() {
		h.failure = h.schedule().Run(working)
		healed = time.Now()
		if h.failure != nil {
			stop()
		}
	})
	others.Go(func() { h.reportEachSecond(working) })
	h.load.work(ctx, working, stop, h.config.Writes)
	stop()
	others.Wait()
	return healed
}

func (h *Harness) schedule() nemesis.Schedule {
	return nemesis.Schedule{
		Faults: h.faults,
		Nodes:  h.cluster.IDs(),
		Period: h.config.Period,
		Random: func(kind nemesis.Kind) *rand.Rand { return h.random(nemesisStream + uint64(kind[0])) },
		FindLeader: func(ctx context.Context) string {
			return h.client.Leader(ctx, h.cluster.IDs())
		},
		Record: h.recorder.Fault,
	}
}

// nemesisStream is the first random stream of the nemesis, which has one for
// each kind of fault. Client i has stream i.
const nemesisStream = 1 << 32

// followerStream is the first random stream of the followers.
const followerStream = 1 << 33

// random returns a source that depends on the seed and on who draws from it:
// how fast one client gets on does not change what another one draws.
func (h *Harness) random(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(h.config.Seed, stream))
}
