package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.com/gstate/tree"
)

const (
	// writersEach is the number of writers at each instance: some, so that
	// their writes meet.
	writersEach = 2

	// writePause keeps the numbers such that the whole content can be read back
	// and compared in a moment.
	writePause = 5 * time.Millisecond

	// refusedPause is how long a writer waits after a refusal, most often
	// because its instance is down.
	refusedPause = 100 * time.Millisecond
)

// crash writes from all instances for the given time, meanwhile kills the
// leader and starts it again, and returns when the last write has ended. What
// became of each write is in the ledger then, and nobody writes any more. When
// ctx ends, so do the writes.
func (s *stage) crash(ctx context.Context, writing time.Duration, writes *ledger) error {
	s.title("The leader is killed while writes go on")
	s.say("%d writers at each of the instances insert jobs for %v.", writersEach, writing)
	leader, err := s.leader(ctx)
	if err != nil {
		return err
	}
	var writers sync.WaitGroup
	quit := make(chan struct{}) // closed to let the writers end after the write that each is at
	for _, i := range s.instances {
		for n := range writersEach {
			writers.Go(func() { i.writeJobs(ctx, i.id+strconv.Itoa(n), quit, writes) })
		}
	}
	err = s.killAndReturn(ctx, leader, writing, writes)
	close(quit)
	writers.Wait()
	return err
}

// leader returns the instance whose member leads.
func (s *stage) leader(ctx context.Context) (*instance, error) {
	status, err := s.instances[0].status(ctx)
	if err != nil {
		return nil, err
	}
	return s.named(status.Leader)
}

// killAndReturn kills the leader a quarter into the time of writing, and starts
// it again when five eighths are over.
func (s *stage) killAndReturn(ctx context.Context, leader *instance, writing time.Duration, writes *ledger) error {
	if err := pause(ctx, writing/4); err != nil {
		return err
	}
	s.say("After %d acknowledged writes the leader, %s, is killed (SIGKILL).", writes.acknowledged(), leader.id)
	leader.process.kill()
	before := writes.acknowledged()
	if err := s.goOnWithout(ctx, leader, writing*3/8, writes); err != nil {
		return err
	}
	after := writes.acknowledged()
	s.check(after > before, "writes went on without %s: %d more were acknowledged", leader.id, after-before)
	return s.comeBack(ctx, leader, writing*3/8)
}

// goOnWithout tells how the others elect a leader, and lets them work; both
// takes the given time, or longer, until a write was acknowledged: on a loaded
// machine the writers may come late to it, or the election itself. A
// linearizable read is what finds out who was elected: it is answered only once
// there is a leader that can confirm that it leads.
func (s *stage) goOnWithout(ctx context.Context, killed *instance, long time.Duration, writes *ledger) error {
	begin := time.Now()
	survivor := s.other(killed)
	if _, err := survivor.confirm(ctx, 0); err != nil {
		return fmt.Errorf("new leader: %w", err)
	}
	status, err := survivor.status(ctx)
	if err != nil {
		return err
	}
	took := time.Since(begin)
	s.say("%v later the other two have elected %s and go on.", took.Round(time.Millisecond), status.Leader)
	if err := writes.awaitNext(ctx, callTimeout); err != nil {
		return err
	}
	return pause(ctx, long-time.Since(begin))
}

// comeBack starts the member again and lets all work; both takes the given
// time.
func (s *stage) comeBack(ctx context.Context, killed *instance, long time.Duration) error {
	begin := time.Now()
	if err := killed.start(); err != nil {
		return err
	}
	if err := killed.waitReady(ctx); err != nil {
		return err
	}
	took := time.Since(begin)
	s.say("%s is started again. After %v it has caught up, from its disk and from the others.",
		killed.id, took.Round(time.Millisecond))
	return pause(ctx, long-took)
}

// other returns an instance that is not this one.
func (s *stage) other(than *instance) *instance {
	if s.instances[0] != than {
		return s.instances[0]
	}
	return s.instances[1]
}

// writeJobs inserts jobs with names of its own, one after the other, until quit
// is closed or ctx ends. No name is tried twice: an insert that is repeated
// after its answer was lost could meet itself. Each job's value is its own
// name, so that a mix-up would show.
func (i *instance) writeJobs(ctx context.Context, name string, quit <-chan struct{}, writes *ledger) {
	wait := writePause
	for n := 0; ; n++ {
		select {
		case <-quit:
			return
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		key := fmt.Sprintf("%s-%06d", name, n)
		_, err := i.write(ctx, http.MethodPost, tree.Path{"jobs", key}, strconv.Quote(key))
		writes.record(key, err)
		if wait = writePause; err != nil {
			wait = refusedPause
		}
	}
}

// pause waits for a time, which may be negative and is over then, or until ctx
// ends, which is its error.
func pause(ctx context.Context, long time.Duration) error {
	select {
	case <-time.After(long):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
