package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Usage returns what the process takes, without garbage.
func (w *Worker) Usage(_ struct{}, usage *Usage) error {
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	usage.Heap = memory.HeapAlloc
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	usage.Processor = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var size, resident uint64
	if _, err := fmt.Fscan(bytes.NewReader(text), &size, &resident); err != nil {
		return err
	}
	usage.Resident = resident * uint64(os.Getpagesize())
	return nil
}

// Fill writes items, each once.
func (w *Worker) Fill(fill Fill, _ *struct{}) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 10*settleTime, fmt.Errorf("%d items were not written in time", fill.To-fill.From))
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	value := strings.Repeat("v", fill.Bytes)
	var next atomic.Int64
	next.Store(int64(fill.From))
	var clients sync.WaitGroup
	for range fill.Clients {
		clients.Go(func() {
			for number := int(next.Add(1)) - 1; number < fill.To && ctx.Err() == nil; number = int(next.Add(1)) - 1 {
				if err := w.member.Write(ctx, keyOf(number), value); err != nil {
					fail(err)
				}
			}
		})
	}
	clients.Wait()
	return context.Cause(ctx)
}

// Await waits until the node has a key.
func (w *Worker) Await(key string, _ *struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	for {
		value, err := w.member.Local(ctx, key)
		if err == nil && value != "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not there: %w", key, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}
