package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// scenes are those that need no processes, in their order.
func (s *stage) scenes(ctx context.Context, writes *ledger) error {
	return errors.Join(s.sample(ctx), s.staleUpdate(ctx), s.writeSome(ctx, writes), s.summarize(ctx, writes))
}

// writeSome lets every instance make 200 writes, and stops them before any is
// at the next one.
func (s *stage) writeSome(ctx context.Context, writes *ledger) error {
	ctx, cancel := context.WithTimeout(ctx, 200*writePause+writePause/2)
	defer cancel()
	for _, i := range s.instances {
		go i.writeJobs(ctx, i.id, make(chan struct{}), writes)
	}
	<-ctx.Done()
	synctest.Wait()
	return nil
}

func TestScenesHoldOnAClusterThatKeepsItsPromises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, said := newMemory(faults{}).stage()
		if err := s.scenes(t.Context(), newLedger()); err != nil || s.broken != 0 {
			t.Errorf("error %v, %d broken promises in:\n%s", err, s.broken, said)
		}
		for _, part := range []string{
			"[ ok ] instance c was told of all 8 items, in their order",
			"2) Instance b reads {\"age\":41,\"name\":\"Anna\"}",
			"[ ok ] 5) It comes after the removal, and is refused: update users.anna: item not found.",
			"600 of 600    0 of 0   0 of 0   0",
		} {
			if !strings.Contains(said.String(), part) {
				t.Errorf("nothing was said of %q in:\n%s", part, said)
			}
		}
	})
}

func TestScenesCatchAClusterThatBreaksAPromise(t *testing.T) {
	tests := []struct {
		name   string
		faults faults
		want   []string // the beginnings of the claims that do not hold
	}{
		{"a stale update is accepted", faults{staleUpdates: true}, []string{"5) ", "6) "}},
		{"a refused update leaves a trace", faults{quietly: true}, []string{"6) "}},
		{"a watcher is told something else", faults{renames: true}, []string{"instance c was told"}},
		{"an acknowledged write is lost", faults{forgets: "a-000007"}, []string{"b has every"}},
		{"there is a write that nobody made", faults{invents: "x-000001"}, []string{"b has every"}},
		{"a member has another tree", faults{differs: true}, []string{"all members have"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, said := newMemory(test.faults).stage()
				if err := s.scenes(t.Context(), newLedger()); err != nil {
					t.Fatal(err)
				}
				claims := failedChecks(t, said.String())
				matches := slices.EqualFunc(claims, test.want, strings.HasPrefix)
				if !matches || s.broken != len(test.want) {
					t.Errorf("broken promises %d, %q, want %q", s.broken, claims, test.want)
				}
			})
		})
	}
}

func TestDemoWaitsForTheFirstWriteAfterASlowElection(t *testing.T) {
	tests := []struct {
		name string
		// written is when a write is acknowledged after the election.
		written, want time.Duration
	}{
		{"and not when it was early", time.Second, 2 * time.Second},
		{"and goes on at once when it was late", 7 * time.Second, 7 * time.Second},
		{"and not for ever", time.Hour, callTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := newMemory(faults{}).stage()
				writes := newLedger()
				acknowledged := time.AfterFunc(test.written, func() { writes.record("a-1", nil) })
				defer acknowledged.Stop()
				begin := time.Now()
				err := s.goOnWithout(t.Context(), s.instances[0], 2*time.Second, writes)
				if took := time.Since(begin); err != nil || took != test.want {
					t.Errorf("went on after %v, error %v, want %v", took, err, test.want)
				}
			})
		})
	}
}

func TestSampleEndsWhenTheWatcherIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newMemory(faults{mutes: true}).stage()
		err := s.sample(t.Context())
		if err == nil || err.Error() != "instance c was told of 0 items, where 8 were inserted" {
			t.Errorf("error %v", err)
		}
	})
}

func TestAuditFindsWhatMustNotBe(t *testing.T) {
	account := account{acknowledged: []string{"a", "b"}, refused: []string{"r"}, unknown: []string{"u", "v"}}
	tests := []struct {
		name  string
		found map[string]string
		holds bool
	}{
		{"all is well with one unknown write made", map[string]string{"a": "a", "b": "b", "u": "u"}, true},
		{"all is well with no unknown write made", map[string]string{"a": "a", "b": "b"}, true},
		{"an acknowledged write is missing", map[string]string{"a": "a", "u": "u"}, false},
		{"an acknowledged write has another value", map[string]string{"a": "a", "b": "a"}, false},
		{"a refused write was made", map[string]string{"a": "a", "b": "b", "r": "r"}, false},
		{"something nobody wrote is there", map[string]string{"a": "a", "b": "b", "x": "x"}, false},
		{"nothing is there", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if audit := account.audit(test.found); audit.holds(account) != test.holds {
				t.Errorf("audit %+v holds: %v, want %v", audit, !test.holds, test.holds)
			}
		})
	}
}

func TestLedgerSortsWritesByWhatTheirWriterWasTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes := newLedger()
		for _, write := range []struct {
			key  string
			wait time.Duration
			err  error
		}{
			{"a1", time.Second, nil},
			{"r1", time.Second, &dialError{err: errors.New("connection refused")}},
			{"a2", time.Second, nil},
			{"u1", time.Second, &lostError{write: true, err: errors.New("EOF")}},
			{"u2", time.Second, &problem{Code: "outcome_unknown"}},
			{"r2", time.Second, &problem{Code: "no_leader"}},
			{"a3", time.Second, nil},
			{"a4", time.Second, nil},
		} {
			time.Sleep(write.wait)
			writes.record(write.key, write.err)
		}
		account := writes.account()
		got := fmt.Sprint(account.acknowledged, account.refused, account.unknown, account.pause)
		if want := "[a1 a2 a3 a4] [r1 r2] [u1 u2] 4s"; got != want {
			t.Errorf("account %s, want %s", got, want)
		}
	})
}
