package fsm

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/hashicorp/raft"
)

// outcome is all that a replica shows of a log.
type outcome struct {
	responses []any
	// snapshot covers the tree with its metadata and the sessions.
	snapshot []byte
}

// replay applies logs in batches of the size, 0 for one batch.
func replay(t testing.TB, m *Machine, logs []*raft.Log, size int) outcome {
	t.Helper()
	var o outcome
	for rest := logs; len(rest) > 0; {
		n := len(rest)
		if size > 0 {
			n = min(n, size)
		}
		o.responses = append(o.responses, m.ApplyBatch(rest[:n])...)
		rest = rest[n:]
	}
	if err := m.State().Err; err != nil {
		t.Fatal(err)
	}
	o.snapshot = persist(t, m)
	return o
}

func (o outcome) mustEqual(t testing.TB, want outcome, what string) {
	t.Helper()
	for i, response := range want.responses {
		if !reflect.DeepEqual(o.responses[i], response) {
			t.Fatalf("%s: response %d is %+v, want %+v", what, i, o.responses[i], response)
		}
	}
	if !bytes.Equal(o.snapshot, want.snapshot) {
		t.Fatalf("%s: the snapshots differ", what)
	}
}

// throughSnapshot replays logs on a machine that is exchanged, after prefix
// entries, for one made from its snapshot.
func throughSnapshot(t testing.TB, logs []*raft.Log, prefix int) outcome {
	t.Helper()
	before := replay(t, New(nil), logs[:prefix], 0)
	after := replay(t, restored(t, before.snapshot), logs[prefix:], 0)
	after.responses = append(before.responses, after.responses...)
	return after
}

// Replicas get the same log in other batches, and some of them get a part of it
// as a snapshot. None of that may be seen.
func TestReplayGivesTheSameOutcome(t *testing.T) {
	for seed := range uint64(30) {
		logs := planLogs(t, randomPlan(seed, 3000), everything)
		want := replay(t, New(nil), logs, 0)
		t.Run(fmt.Sprintf("seed %d in a second run", seed), func(t *testing.T) {
			replay(t, New(nil), logs, 0).mustEqual(t, want, "again")
		})
		t.Run(fmt.Sprintf("seed %d in other batches", seed), func(t *testing.T) {
			for _, size := range []int{1, 2, 7} {
				replay(t, New(nil), logs, size).mustEqual(t, want, fmt.Sprintf("batches of %d", size))
			}
		})
		t.Run(fmt.Sprintf("seed %d through a snapshot", seed), func(t *testing.T) {
			for prefix := 0; prefix <= len(logs); prefix += 1 + len(logs)/20 {
				throughSnapshot(t, logs, prefix).mustEqual(t, want, fmt.Sprintf("snapshot after %d entries", prefix))
			}
		})
	}
}

// The plans must reach what they are meant to test.
func TestPlansReachEveryOutcome(t *testing.T) {
	seen, removed := map[Code]int{}, map[Reason]int{}
	for seed := range uint64(150) {
		machine := New(nil)
		responses := machine.ApplyBatch(planLogs(t, randomPlan(seed, 3000), everything))
		for _, change := range machine.State().Changes {
			for _, gone := range change.Expelled {
				removed[gone.Reason]++
			}
		}
		for _, response := range responses {
			for _, answer := range response.(Applied).Answers {
				seen[answer.Code]++
			}
		}
	}
	for code := CodeOK; code <= CodeAnswered; code++ {
		if code != CodeTooLarge && seen[code] < 20 {
			t.Errorf("outcome %v: seen %d times, want at least 20", code.Err(), seen[code])
		}
	}
	for reason := ReasonLease; reason <= ReasonKeeper; reason++ {
		if removed[reason] < 20 {
			t.Errorf("reason %v: seen %d times, want at least 20", reason, removed[reason])
		}
	}
}
