package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"example.com/gstate/cluster/bench/system"
)

// nodeCommand is the argument with which this program is a node.
const nodeCommand = "node"

// serveNode is a node of a fleet until its input ends.
func serveNode() error {
	server := rpc.NewServer()
	if err := server.Register(new(Worker)); err != nil {
		return err
	}
	input := &lastInput{Reader: os.Stdin, ended: make(chan struct{})}
	go server.ServeConn(pipe{input, os.Stdout})
	// Whatever is under way then, nobody waits for it any more.
	<-input.ended
	return nil
}

// lastInput tells when there is no more input.
type lastInput struct {
	io.Reader
	ended chan struct{}
}

func (r *lastInput) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		close(r.ended)
	}
	return n, err
}

// Worker does in the process of a node what the program wants. Its methods are
// those of package net/rpc.
type Worker struct {
	member system.Member
	told   *told
}

// Place is where a node is, and in which system.
type Place struct {
	System             string
	Number             int
	Addresses, Clients []string
	Dir                string
}

// Open opens the node.
func (w *Worker) Open(p Place, _ *struct{}) (err error) {
	open, known := system.All()[p.System]
	if !known {
		return fmt.Errorf("there is no system %q", p.System)
	}
	w.member, err = open(system.Node{Number: p.Number, Addresses: p.Addresses, Clients: p.Clients, Dir: p.Dir})
	return err
}

// settlePause is the time between two looks at a system that does not serve yet.
const settlePause = 20 * time.Millisecond

// Settle waits until the node has what was acknowledged.
func (w *Worker) Settle(struct{}, *struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	const key, value = "settled", "yes"
	for {
		err := w.member.Write(ctx, key, value)
		if errors.Is(err, system.ErrNotLeader) {
			err = nil
		}
		if got, _ := w.member.Local(ctx, key); err == nil && got == value {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(settlePause):
		}
	}
}

// Leads reports whether the node leads.
func (w *Worker) Leads(_ struct{}, leads *bool) error {
	*leads = w.member.Leads()
	return nil
}

// Load is what the clients of a node do for a while.
type Load struct {
	Kind    Kind
	Clients int
	Lasts   time.Duration
	// Keys is how many there are, and Bytes the length of a value.
	Keys, Bytes int
}

// Kind is a kind of operations.
type Kind string

const (
	Writes Kind = "writes"
	Reads  Kind = "reads"
	Locals Kind = "locals"
)

// Done is what has come of a load.
type Done struct {
	// Operations were successful, within Took. Failed were not, and Error is one of
	// their errors.
	Operations, Failed int
	Took               time.Duration
	Error              string
	// Latencies are in nanoseconds.
	Latencies *hdrhistogram.Snapshot
}

// The latencies that are told apart: up to a minute, to one in a thousand.
const (
	leastLatency = int64(100 * time.Nanosecond)
	mostLatency  = int64(time.Minute)
	digits       = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(leastLatency, mostLatency, digits)
}

// Run lets clients work for a while, each with one operation at a time.
func (w *Worker) Run(load Load, done *Done) error {
	ctx, cancel := context.WithTimeout(context.Background(), load.Lasts+settleTime)
	defer cancel()
	var clients sync.WaitGroup
	results := make([]client, load.Clients)
	began := time.Now()
	for i := range results {
		clients.Go(func() { results[i].run(ctx, w.member, load, i, began.Add(load.Lasts)) })
	}
	clients.Wait()
	done.Took = time.Since(began)
	all := newHistogram()
	for _, c := range results {
		done.Operations += c.done
		if done.Failed += c.failed; c.err != nil {
			done.Error = c.err.Error()
		}
		all.Merge(c.latencies)
	}
	done.Latencies = all.Export()
	return nil
}

// client is one that makes operations.
type client struct {
	done, failed int
	err          error
	latencies    *hdrhistogram.Histogram
}

func (c *client) run(ctx context.Context, member system.Member, load Load, number int, until time.Time) {
	c.latencies = newHistogram()
	value := strings.Repeat("v", load.Bytes)
	for at := time.Now(); at.Before(until); {
		key := keyOf((number*7919 + c.done) % load.Keys)
		err := operate(ctx, member, load.Kind, key, value)
		now := time.Now()
		if err != nil {
			c.failed, c.err = c.failed+1, err
		} else {
			c.done++
			c.latencies.RecordValue(max(int64(now.Sub(at)), leastLatency))
		}
		at = now
	}
}

func keyOf(number int) string { return fmt.Sprint("key-", number) }

func operate(ctx context.Context, member system.Member, kind Kind, key, value string) (err error) {
	switch kind {
	case Writes:
		err = member.Write(ctx, key, value)
	case Reads:
		_, err = member.Read(ctx, key)
	default:
		_, err = member.Local(ctx, key)
	}
	return err
}

// Stamp is a moment at which a value was acknowledged or told, in nanoseconds of the
// machine's clock.
type Stamp struct {
	Value string
	At    int64
}

// Pace is a series of writes of one key, so far apart.
type Pace struct {
	Key   string
	Count int
	Apart time.Duration
}

// Write makes the writes and returns when each was acknowledged.
func (w *Worker) Write(pace Pace, acknowledged *[]Stamp) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(pace.Count)*pace.Apart+settleTime)
	defer cancel()
	ticks := time.NewTicker(pace.Apart)
	defer ticks.Stop()
	for i := range pace.Count {
		<-ticks.C
		value := fmt.Sprint("value-", i)
		if err := w.member.Write(ctx, pace.Key, value); err != nil {
			return err
		}
		*acknowledged = append(*acknowledged, Stamp{value, time.Now().UnixNano()})
	}
	return nil
}

// told is what the watchers of a node were told, until they are stopped.
type told struct {
	mu     sync.Mutex
	stamps []Stamp
	err    error
	stop   context.CancelFunc
}

// Audience are watchers of one key.
type Audience struct {
	Key   string
	Count int
}

// Watch lets watchers begin, and waits until none can miss anything.
func (w *Worker) Watch(audience Audience, _ *struct{}) error {
	ctx, stop := context.WithCancel(context.Background())
	told := &told{stop: stop}
	w.told = told
	var begin sync.WaitGroup
	for range audience.Count {
		begin.Add(1)
		ready := sync.OnceFunc(begin.Done)
		go func() {
			defer ready() // also when the watch ends at once
			told.fail(w.member.Watch(ctx, audience.Key, ready, told.hear))
		}()
	}
	begin.Wait()
	return nil
}

func (t *told) hear(value string) {
	at := time.Now().UnixNano()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stamps = append(t.stamps, Stamp{value, at})
}

func (t *told) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = errors.Join(t.err, err)
}

// Told stops the watchers and returns what they were told until then. It does not
// wait for their ends, which with etcd may not come.
func (w *Worker) Told(_ struct{}, stamps *[]Stamp) error {
	w.told.mu.Lock()
	defer w.told.mu.Unlock()
	*stamps = slices.Clone(w.told.stamps)
	w.told.stop()
	return w.told.err
}

// Gap lets clients write for a while, and returns the longest time in which none of
// their writes was acknowledged. A write that fails is made anew at once.
func (w *Worker) Gap(load Load, gap *time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), load.Lasts)
	defer cancel()
	var clients sync.WaitGroup
	var mu sync.Mutex
	last := time.Now()
	acknowledged := func() {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		*gap, last = max(*gap, now.Sub(last)), now
	}
	value := strings.Repeat("v", load.Bytes)
	for i := range load.Clients {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if w.attempt(ctx, keyOf((i*7919+n)%load.Keys), value) == nil {
					acknowledged()
				}
			}
		})
	}
	clients.Wait()
	*gap = max(*gap, time.Since(last))
	return nil
}

// attemptTime is how long a client waits for a write when a leader may be gone,
// and attemptPause what it waits after a failure.
const (
	attemptTime  = 10 * time.Second
	attemptPause = time.Millisecond
)

func (w *Worker) attempt(ctx context.Context, key, value string) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	err := w.member.Write(ctx, key, value)
	if err != nil {
		time.Sleep(attemptPause)
	}
	return err
}
