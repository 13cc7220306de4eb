package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Options are what the experiments do how long.
type Options struct {
	// Lasts is how long a load goes on, and Writers the numbers of clients.
	Lasts   time.Duration
	Writers []int
}

// Figure is one result of an experiment.
type Figure struct {
	Name  string
	Value float64
	Unit  string
	// Less says that less is better.
	Less bool
}

// experiment drives a fleet that serves. What it returns are its figures.
type experiment struct {
	name string
	run  func(context.Context, *fleet, Options) ([]Figure, error)
}

// experiments are all of them, in the order in which they are made.
func experiments() []experiment {
	return []experiment{
		{"writes", writes},
		{"reads", reads},
		{"watch", watchLatency},
		{"fan-out", fanOut},
		{"failover", failover},
		{"idle", idle},
		{"memory", memory},
	}
}

// The work that all have: values of 128 bytes, over 10,000 keys.
const (
	keys       = 10_000
	valueBytes = 128
)

// mostFailed is the share of a load's operations that may fail.
const mostFailed = 0.01

// engineSystem is the one whose clients have to be where the leader is.
const engineSystem = "raft"

// everywhere returns the nodes that clients use.
func (f *fleet) everywhere(ctx context.Context) ([]int, error) {
	if f.system != engineSystem {
		return []int{0, 1, 2}, nil
	}
	leader, err := f.leader(ctx)
	return []int{leader}, err
}

// followers returns the nodes that do not lead.
func (f *fleet) followers(ctx context.Context) (numbers []int, err error) {
	leader, err := f.leader(ctx)
	for number := range nodes {
		if number != leader {
			numbers = append(numbers, number)
		}
	}
	return numbers, err
}

// load lets clients work on some nodes, as many on each, and returns what all have
// done.
func (f *fleet) load(ctx context.Context, numbers []int, load Load) (Done, error) {
	var all sync.WaitGroup
	parts, errs := make([]Done, len(numbers)), make([]error, len(numbers))
	for i, number := range numbers {
		part := load
		part.Clients = load.Clients / len(numbers)
		if i < load.Clients%len(numbers) {
			part.Clients++
		}
		all.Go(func() { errs[i] = f.call(ctx, number, "Run", part, &parts[i]) })
	}
	all.Wait()
	return sum(parts, errs)
}

func sum(parts []Done, errs []error) (Done, error) {
	if err := errors.Join(errs...); err != nil {
		return Done{}, err
	}
	total, latencies := Done{}, newHistogram()
	for _, part := range parts {
		total.Operations += part.Operations
		total.Failed += part.Failed
		total.Took = max(total.Took, part.Took)
		if part.Error != "" {
			total.Error = part.Error
		}
		latencies.Merge(hdrhistogram.Import(part.Latencies))
	}
	total.Latencies = latencies.Export()
	if total.Operations == 0 || float64(total.Failed) > mostFailed*float64(total.Operations) {
		return total, fmt.Errorf("%d operations have failed and %d have not, one with %q", total.Failed, total.Operations, total.Error)
	}
	return total, nil
}

// figures returns the rate and the latencies of a load.
func (d Done) figures(name string) []Figure {
	latencies := hdrhistogram.Import(d.Latencies)
	at := func(quantile float64) float64 { return float64(latencies.ValueAtQuantile(quantile)) / 1e6 }
	return []Figure{
		{Name: name, Value: float64(d.Operations) / d.Took.Seconds(), Unit: "/s"},
		{Name: name + " p50", Value: at(50), Unit: "ms", Less: true},
		{Name: name + " p99", Value: at(99), Unit: "ms", Less: true},
	}
}

func writes(ctx context.Context, f *fleet, o Options) (all []Figure, err error) {
	everywhere, err := f.everywhere(ctx)
	if err != nil {
		return nil, err
	}
	followers, err := f.followers(ctx)
	if err != nil {
		return nil, err
	}
	load := Load{Kind: Writes, Lasts: o.Lasts, Keys: keys, Bytes: valueBytes}
	for _, load.Clients = range o.Writers {
		done, err := f.load(ctx, everywhere, load)
		if err != nil {
			return nil, err
		}
		all = append(all, done.figures(fmt.Sprintf("writes, %d writers", load.Clients))...)
		if f.system == engineSystem {
			continue
		}
		if done, err = f.load(ctx, followers[:1], load); err != nil {
			return nil, err
		}
		all = append(all, done.figures(fmt.Sprintf("writes, %d writers on a follower", load.Clients))...)
	}
	return all, nil
}

// readers are as many as the issue of reads is about: enough that each round for
// the leadership serves many.
const readers = 256

func reads(ctx context.Context, f *fleet, o Options) ([]Figure, error) {
	numbers, err := f.everywhere(ctx)
	if err != nil {
		return nil, err
	}
	load := Load{Kind: Writes, Clients: 64, Lasts: time.Second, Keys: keys, Bytes: valueBytes}
	if _, err := f.load(ctx, numbers, load); err != nil {
		return nil, err
	}
	load.Kind, load.Clients, load.Lasts = Reads, readers, o.Lasts
	linearizable, err := f.load(ctx, numbers, load)
	if err != nil {
		return nil, err
	}
	load.Kind, load.Clients = Locals, 1
	local, err := f.load(ctx, numbers[:1], load)
	return append(linearizable.figures("linearizable reads, 256 readers"), local.figures("local reads, 1 reader")...), err
}
