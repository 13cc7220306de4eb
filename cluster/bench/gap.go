package main

import (
	"context"
	"strings"
	"sync"
	"time"
)

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
