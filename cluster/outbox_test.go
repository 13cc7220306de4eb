package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// scripted is a router whose attempts go as a test says.
type scripted struct {
	// attempt is asked for each attempt but those that open a session.
	attempt func(number int, commands []fsm.Command) (proposed, error)
	// opened counts the sessions.
	opened   uint64
	attempts atomic.Int64
	noLeader atomic.Bool
}

func (s *scripted) awaitLeader(ctx context.Context) (string, error) {
	if s.noLeader.Load() {
		<-ctx.Done()
	}
	return "leader", context.Cause(ctx)
}

func (s *scripted) route(ctx context.Context, _ string, encoded [][]byte) (proposed, error) {
	var commands []fsm.Command
	for _, data := range encoded {
		command, err := fsm.DecodeCommand(data)
		if err != nil {
			return proposed{}, err
		}
		if command.Kind == fsm.KindOpenSession {
			s.opened++
			return proposed{answers: []fsm.Answer{{Detail: s.opened}}}, nil
		}
		commands = append(commands, command)
	}
	return s.attempt(int(s.attempts.Add(1)), commands)
}

func (s *scripted) hasLeader() bool                              { return !s.noLeader.Load() }
func (s *scripted) awaitApplied(context.Context, proposed) error { return nil }
func (s *scripted) explainWait(cause error) error                { return cause }

func (s *scripted) pause(ctx context.Context, _ int) {
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
	}
}

// accepted answers each command with its sequence as the revision.
func accepted(commands []fsm.Command) (proposed, error) {
	var result proposed
	for _, command := range commands {
		result.answers = append(result.answers, fsm.Answer{Revision: command.Header.Sequence})
	}
	return result, nil
}

// withOutbox runs a test on an outbox in virtual time.
func withOutbox(t *testing.T, router *scripted, test func(t *testing.T, o *outbox)) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(router, time.Second)
		ctx, cancel := context.WithCancelCause(context.Background())
		go o.run(ctx, func(deliver func()) bool { go deliver(); return true })
		test(t, o)
		cancel(ErrClosed)
		synctest.Wait()
	})
}

func setBody(t *testing.T) []byte {
	t.Helper()
	body, err := fsm.EncodeBody(fsm.Transaction{Operations: []fsm.Operation{{Kind: fsm.OpSet, Path: tree.Path{"a"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestAttemptsRepeatTheSameNumber(t *testing.T) {
	var seen []fsm.Header
	router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
		seen = append(seen, commands[0].Header)
		if number < 4 {
			return proposed{}, errors.New("connection lost")
		}
		return accepted(commands)
	}}
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		answer, err := o.write(t.Context(), setBody(t))
		if err != nil || answer.Revision != 1 {
			t.Errorf("answer %+v, %v", answer, err)
		}
		if len(slices.Compact(seen)) != 1 || router.opened != 1 {
			t.Errorf("the attempts had the headers %+v, of %d sessions", seen, router.opened)
		}
	})
}

func TestFloorRisesWhenTheOldestBatchIsAnswered(t *testing.T) {
	var stuck chan struct{} // made in the bubble
	var floors []uint64
	router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
		floors = append(floors, commands[0].Header.Floor)
		if number == 1 {
			<-stuck
		}
		return accepted(commands)
	}}
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		stuck = make(chan struct{})
		go o.write(t.Context(), setBody(t))
		synctest.Wait()
		for range 3 {
			if _, err := o.write(t.Context(), setBody(t)); err != nil {
				t.Fatal(err)
			}
		}
		close(stuck)
		synctest.Wait()
		if _, err := o.write(t.Context(), setBody(t)); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(floors) != "[1 1 1 1 5]" {
			t.Errorf("floors %v: the first batch was open until the fifth", floors)
		}
	})
}

func TestContextThatEnds(t *testing.T) {
	lost := errors.New("connection lost")
	cases := map[string]struct {
		first, later error
		unknown      bool
	}{
		"after attempts that certainly did not arrive":            {certainError{lost}, certainError{lost}, false},
		"after attempts that may have arrived":                    {lost, lost, true},
		"after one that may have arrived, and some that have not": {lost, certainError{lost}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			router := &scripted{attempt: func(number int, _ []fsm.Command) (proposed, error) {
				if number == 1 {
					return proposed{}, c.first
				}
				return proposed{}, c.later
			}}
			withOutbox(t, router, func(t *testing.T, o *outbox) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := o.write(ctx, setBody(t))
				if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrOutcomeUnknown) != c.unknown {
					t.Errorf("%v; outcome unknown should be %v", err, c.unknown)
				}
				before := router.attempts.Load()
				time.Sleep(time.Second)
				if goesOn := router.attempts.Load() > before+1; goesOn != c.unknown {
					t.Errorf("it goes on: %v", goesOn)
				}
				if unknown, ok := errors.AsType[*UnknownOutcome](err); ok != c.unknown || ok && unknown.ID != (WriteID{1, 1}) {
					t.Errorf("the error tells the id %+v", unknown)
				}
			})
		})
	}
}

// TestWriteThatNobodyWaitsForIsResolved: it must not be applied much later,
// when the way is free again.
func TestWriteThatNobodyWaitsForIsResolved(t *testing.T) {
	var applies, resolves atomic.Int64
	var free atomic.Bool
	router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
		if commands[0].Kind == fsm.KindApply {
			applies.Add(1)
		} else {
			resolves.Add(1)
		}
		if !free.Load() {
			return proposed{}, errors.New("connection lost")
		}
		return proposed{answers: []fsm.Answer{{Code: fsm.CodeGivenUp}}}, nil
	}}
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := o.write(ctx, setBody(t))
		unknown, ok := errors.AsType[*UnknownOutcome](err)
		if !ok {
			t.Fatal(err)
		}
		before := applies.Load()
		time.Sleep(time.Second)
		if after := applies.Load(); after > before+1 || resolves.Load() < 10 {
			t.Errorf("after the caller has left it was sent %d times, and resolved %d times", after-before, resolves.Load())
		}
		free.Store(true)
		w := o.recall(unknown.ID)
		<-w.done
		if w.answer.Code != fsm.CodeGivenUp || w.err != nil {
			t.Errorf("its outcome is %+v, %v", w.answer, w.err)
		}
	})
}

func TestOldestDoubtIsForgottenFirst(t *testing.T) {
	o := newOutbox(&scripted{}, time.Second)
	for i := range doubtedWrites + 2 {
		o.remember(&write{id: WriteID{1, uint64(i)}})
	}
	if o.recall(WriteID{1, 1}) != nil || o.recall(WriteID{1, 2}) == nil || len(o.mu.doubted) != doubtedWrites || len(o.mu.order) != doubtedWrites {
		t.Errorf("%d writes are remembered", len(o.mu.doubted))
	}
}

func TestEvictedSession(t *testing.T) {
	evicted := func(commands []fsm.Command) (proposed, error) {
		return proposed{answers: []fsm.Answer{{Code: fsm.CodeUnknownSession}}}, nil
	}
	t.Run("of a write that was not sent before is replaced", func(t *testing.T) {
		router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
			if commands[0].Header.Session == 1 {
				return evicted(commands)
			}
			return accepted(commands)
		}}
		withOutbox(t, router, func(t *testing.T, o *outbox) {
			if _, err := o.write(t.Context(), setBody(t)); err != nil || router.opened != 2 {
				t.Errorf("%v, with %d sessions", err, router.opened)
			}
		})
	})
	t.Run("of a write that was abandoned on its way gives it up", func(t *testing.T) {
		var arrived chan struct{} // made in the bubble
		router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
			<-arrived
			return evicted(commands)
		}}
		withOutbox(t, router, func(t *testing.T, o *outbox) {
			arrived = make(chan struct{})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := o.write(ctx, setBody(t))
			unknown, ok := errors.AsType[*UnknownOutcome](err)
			if !ok {
				t.Fatal(err)
			}
			close(arrived)
			w := o.recall(unknown.ID)
			<-w.done
			if w.answer.Code != fsm.CodeGivenUp {
				t.Errorf("its outcome is %+v, %v", w.answer, w.err)
			}
		})
	})
	t.Run("of a write that may be in the log leaves its outcome unknown", func(t *testing.T) {
		router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
			if number == 1 {
				return proposed{}, errors.New("connection lost")
			}
			return evicted(commands)
		}}
		withOutbox(t, router, func(t *testing.T, o *outbox) {
			if _, err := o.write(t.Context(), setBody(t)); !errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("%v, want ErrOutcomeUnknown", err)
			}
		})
	})
}

// TestWindowOfTheStateMachineIsNotExceeded has one batch stuck while many
// follow: the state machine would refuse what is too far from it.
func TestWindowOfTheStateMachineIsNotExceeded(t *testing.T) {
	var stuck chan struct{} // made in the bubble
	router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
		if number == 1 {
			<-stuck
		}
		for _, command := range commands {
			if h := command.Header; h.Sequence-h.Floor >= fsm.MaxWindow {
				return proposed{}, fmt.Errorf("sequence %d with floor %d", h.Sequence, h.Floor)
			}
		}
		return accepted(commands)
	}}
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		stuck = make(chan struct{})
		body := setBody(t)
		var returned atomic.Int64
		const writes = fsm.MaxWindow + 10*batchCommands
		for range writes {
			go func() {
				if _, err := o.write(t.Context(), body); err != nil {
					t.Error(err)
				}
				returned.Add(1)
			}()
			if returned.Load()%1000 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if n := returned.Load(); n >= fsm.MaxWindow {
			t.Errorf("%d writes were answered behind one that is not", n)
		}
		close(stuck)
		synctest.Wait()
		if n := returned.Load(); n != writes {
			t.Errorf("%d of %d writes were answered", n, writes)
		}
	})
}

func TestFullQueueRefusesAtOnce(t *testing.T) {
	router := &scripted{attempt: func(_ int, commands []fsm.Command) (proposed, error) { return accepted(commands) }}
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(router, time.Second) // nobody sends
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range queuedBytes / (1 << 20) {
			go o.write(ctx, make([]byte, 1<<20))
		}
		synctest.Wait()
		if _, err := o.write(ctx, []byte{0}); !errors.Is(err, ErrBusy) {
			t.Errorf("a write beyond the queue: %v, want ErrBusy", err)
		}
	})
}

func TestWritesGatherInBatchesWhileOthersAreUnderWay(t *testing.T) {
	var release chan struct{} // made in the bubble
	var sizes []int
	router := &scripted{attempt: func(number int, commands []fsm.Command) (proposed, error) {
		sizes = append(sizes, len(commands))
		<-release
		return accepted(commands)
	}}
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		release = make(chan struct{})
		body := setBody(t)
		for i := range batchesInFlight + 100 {
			go o.write(context.Background(), body)
			if i < batchesInFlight {
				synctest.Wait() // each of the first goes alone
			}
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		want := append(slices.Repeat([]int{1}, batchesInFlight), 100)
		if !slices.Equal(sizes, want) {
			t.Errorf("batches of %v, want %v", sizes, want)
		}
	})
}

func TestWriteBehindFullSlotsIsRefusedWithoutALeader(t *testing.T) {
	router := &scripted{}
	router.attempt = func(int, []fsm.Command) (proposed, error) {
		router.noLeader.Store(true)
		return proposed{}, errors.New("connection lost")
	}
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		for range batchesInFlight {
			go o.write(context.Background(), setBody(t))
			synctest.Wait()
			router.noLeader.Store(false)
		}
		router.noLeader.Store(true)
		time.Sleep(time.Second)
		began := time.Now()
		if _, err := o.write(context.Background(), setBody(t)); !errors.Is(err, ErrNoLeader) {
			t.Errorf("%v, want ErrNoLeader", err)
		}
		if took := time.Since(began); took > 1200*time.Millisecond {
			t.Errorf("refused after %v, want little more than a second", took)
		}
	})
}

func TestWritesEndWhenNoDeliveryCanBeStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(&scripted{}, time.Second)
		go o.run(t.Context(), func(func()) bool { return false })
		if _, err := o.write(context.Background(), setBody(t)); !errors.Is(err, ErrClosed) || errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("%v, want ErrClosed", err)
		}
	})
}

func TestReadersThatGiveUpAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		reads := &readIndexes{ask: func(ctx context.Context) (uint64, error) { <-ctx.Done(); return 0, context.Cause(ctx) }}
		reads.start = func(f func(context.Context)) bool { go f(ctx); return true }
		for range 100 {
			given, giveUp := context.WithTimeout(ctx, time.Millisecond)
			reads.await(given)
			giveUp()
		}
		if n := len(reads.mu.waiting); n != 0 {
			t.Errorf("%d readers that have given up are kept", n)
		}
		cancel()
		synctest.Wait()
	})
}

func TestWriteThatFindsNoLeaderIsRefusedAfterItsOwnWait(t *testing.T) {
	router := &scripted{attempt: func(_ int, commands []fsm.Command) (proposed, error) { return accepted(commands) }}
	router.noLeader.Store(true)
	withOutbox(t, router, func(t *testing.T, o *outbox) {
		refused := func() {
			began := time.Now()
			if _, err := o.write(context.Background(), setBody(t)); !errors.Is(err, ErrNoLeader) {
				t.Errorf("%v, want ErrNoLeader", err)
			}
			if took := time.Since(began); took != time.Second {
				t.Errorf("refused after %v, want a second", took)
			}
		}
		go refused()
		time.Sleep(900 * time.Millisecond)
		refused()
		router.noLeader.Store(false)
		if _, err := o.write(t.Context(), setBody(t)); err != nil {
			t.Errorf("with a leader: %v", err)
		}
	})
}
