package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

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
