package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"example.com/gstate/cluster/bench/system"
)

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
