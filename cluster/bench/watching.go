package main

import (
	"context"
	"fmt"
	"time"
)

// The watched writes: far enough apart that each is told by itself, and one in a
// second that no other write follows.
var paces = []struct {
	name  string
	apart time.Duration
	count int
}{
	{"200 writes/s", 5 * time.Millisecond, 600},
	{"1 write/s", time.Second, 8},
}

func watchLatency(ctx context.Context, f *fleet, _ Options) (all []Figure, err error) {
	writer, watchers, err := f.apart(ctx)
	if err != nil {
		return nil, err
	}
	for _, pace := range paces {
		key := "watched at " + pace.name
		waits, err := f.watchWaits(ctx, Pace{Key: key, Count: pace.count, Apart: pace.apart}, writer, watchers[:1], 1)
		if err != nil {
			return nil, err
		}
		all = append(all, quantiles("watch after the acknowledgement, "+pace.name, waits)...)
	}
	return all, nil
}

// apart returns a node that writes, the leader, and the others, which watch.
func (f *fleet) apart(ctx context.Context) (writer int, watchers []int, err error) {
	if writer, err = f.leader(ctx); err != nil {
		return 0, nil, err
	}
	watchers, err = f.followers(ctx)
	return writer, watchers, err
}

// watchWaits lets a node write a key that others watch, and returns for each write how
// long after its acknowledgement the last of the watchers was told. One that was told
// before counts as told at once.
func (f *fleet) watchWaits(ctx context.Context, pace Pace, writer int, watching []int, each int) (waits []time.Duration, err error) {
	for _, number := range watching {
		if err := f.call(ctx, number, "Watch", Audience{Key: pace.Key, Count: each}, new(struct{})); err != nil {
			return nil, err
		}
	}
	var acknowledged []Stamp
	if err := f.call(ctx, writer, "Write", pace, &acknowledged); err != nil {
		return nil, err
	}
	// What comes later than this is not waited for: it is missing then.
	time.Sleep(time.Second)
	last, heard := map[string]int64{}, map[string]int{}
	for _, number := range watching {
		var stamps []Stamp
		if err := f.call(ctx, number, "Told", struct{}{}, &stamps); err != nil {
			return nil, err
		}
		for _, s := range stamps {
			last[s.Value], heard[s.Value] = max(last[s.Value], s.At), heard[s.Value]+1
		}
	}
	for _, s := range acknowledged {
		if heard[s.Value] == each*len(watching) {
			waits = append(waits, time.Duration(max(last[s.Value]-s.At, 0)))
		}
	}
	if len(waits)*10 < len(acknowledged)*9 {
		return nil, fmt.Errorf("of %d writes only %d were told to all watchers", len(acknowledged), len(waits))
	}
	return waits, nil
}

// audience is how many watchers there are of one change.
const audience = 1000

func fanOut(ctx context.Context, f *fleet, _ Options) ([]Figure, error) {
	writer, watchers, err := f.apart(ctx)
	if err != nil {
		return nil, err
	}
	pace := Pace{Key: "fan-out", Count: 20, Apart: 100 * time.Millisecond}
	waits, err := f.watchWaits(ctx, pace, writer, watchers, audience/len(watchers))
	if err != nil {
		return nil, err
	}
	return quantiles("1,000 watchers told", waits), nil
}

// quantiles returns the middle and the end of some waits.
func quantiles(name string, waits []time.Duration) []Figure {
	h := newHistogram()
	for _, wait := range waits {
		h.RecordValue(max(int64(wait), leastLatency))
	}
	at := func(quantile float64) float64 { return float64(h.ValueAtQuantile(quantile)) / 1e6 }
	return []Figure{
		{Name: name + ", p50", Value: at(50), Unit: "ms", Less: true},
		{Name: name + ", p99", Value: at(99), Unit: "ms", Less: true},
	}
}
