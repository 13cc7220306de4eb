package main

import (
	"context"
	"fmt"
	"time"
)

const (
	// items is how many are kept, and fillers how many clients write them.
	items   = 200_000
	fillers = 256
	// idleTime is how long a cluster is left alone.
	idleTime = 10 * time.Second
)

// Usage is what a process takes.
type Usage struct {
	Resident, Heap uint64
	Processor      time.Duration
}

// idle measures the processor time of nodes that nobody uses.
func idle(ctx context.Context, f *fleet, _ Options) ([]Figure, error) {
	before, err := f.usage(ctx)
	if err != nil {
		return nil, err
	}
	time.Sleep(idleTime)
	after, err := f.usage(ctx)
	if err != nil {
		return nil, err
	}
	used := (after.Processor - before.Processor) / nodes
	return []Figure{{Name: "idle node", Value: 100 * used.Seconds() / idleTime.Seconds(), Unit: "% of a core", Less: true}}, nil
}

// memory measures what items take in a node, and how soon one that was killed has
// them again.
func memory(ctx context.Context, f *fleet, _ Options) ([]Figure, error) {
	before, err := f.usage(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.fill(ctx); err != nil {
		return nil, err
	}
	after, err := f.usage(ctx)
	if err != nil {
		return nil, err
	}
	took, err := f.restart(ctx)
	if err != nil {
		return nil, err
	}
	each := func(after, before uint64) float64 { return (float64(after) - float64(before)) / (items * nodes) }
	return []Figure{
		{Name: "resident bytes an item", Value: each(after.Resident, before.Resident), Unit: "bytes", Less: true},
		{Name: "heap bytes an item", Value: each(after.Heap, before.Heap), Unit: "bytes", Less: true},
		{Name: "restart with 200,000 items", Value: float64(took.Microseconds()) / 1e3, Unit: "ms", Less: true},
	}, nil
}

// usage returns what all nodes together take, with no garbage.
func (f *fleet) usage(ctx context.Context) (all Usage, err error) {
	for number := range nodes {
		var one Usage
		if err := f.call(ctx, number, "Usage", struct{}{}, &one); err != nil {
			return Usage{}, err
		}
		all.Resident, all.Heap, all.Processor = all.Resident+one.Resident, all.Heap+one.Heap, all.Processor+one.Processor
	}
	return all, nil
}

// Fill is a range of items that a node writes.
type Fill struct{ From, To, Clients, Bytes int }

func (f *fleet) fill(ctx context.Context) error {
	numbers, err := f.everywhere(ctx)
	if err != nil {
		return err
	}
	return f.call(ctx, numbers[0], "Fill", Fill{0, items, fillers, valueBytes}, new(struct{}))
}

// restart kills a follower, starts it again, and returns how long it took until it
// had the last item.
func (f *fleet) restart(ctx context.Context) (time.Duration, error) {
	followers, err := f.followers(ctx)
	if err != nil {
		return 0, err
	}
	number := followers[0]
	if err := f.kill(number); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := f.start(number); err != nil {
		return 0, fmt.Errorf("starting again: %w", err)
	}
	err = f.call(ctx, number, "Await", keyOf(items-1), new(struct{}))
	return time.Since(began), err
}
