package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// failoverWriters work while the leader is killed, after failoverAfter, for
	// failoverTime in all.
	failoverWriters = 64
	failoverAfter   = 3 * time.Second
	failoverTime    = 12 * time.Second
)

// failover measures the longest time in which no write was acknowledged when the
// leader is killed, on the nodes that stay.
func failover(ctx context.Context, f *fleet, _ Options) ([]Figure, error) {
	if f.system == engineSystem {
		return nil, nil // its clients would have to look for the leader
	}
	leader, followers, err := f.apart(ctx)
	if err != nil {
		return nil, err
	}
	var clients sync.WaitGroup
	gaps, errs := make([]time.Duration, len(followers)), make([]error, len(followers))
	for i, number := range followers {
		load := Load{Kind: Writes, Clients: failoverWriters / len(followers), Lasts: failoverTime, Keys: keys, Bytes: valueBytes}
		clients.Go(func() { errs[i] = f.call(ctx, number, "Gap", load, &gaps[i]) })
	}
	time.Sleep(failoverAfter)
	killed := f.kill(leader)
	clients.Wait()
	if err := errors.Join(append(errs, killed)...); err != nil {
		return nil, err
	}
	gap := slices.Max(gaps)
	return []Figure{{Name: "gap when the leader is killed", Value: float64(gap.Microseconds()) / 1e3, Unit: "ms", Less: true}}, nil
}
