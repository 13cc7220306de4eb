package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestWriteOnAnyNodeIsReadOnThatNodeAtOnce(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		for _, peer := range v.peers {
			node, began := v.nodes[peer.ID], time.Now()
			revision, err := node.Set(within(t, time.Minute), path("written", "by", peer.ID), 1)
			if err != nil {
				t.Fatal(err)
			}
			item, ok := node.Tree().Get(path("written", "by", peer.ID))
			if !ok || item.Modified() != revision {
				t.Errorf("%s does not see its own write of revision %d", peer.ID, revision)
			}
			// The network has no latency: what is left would be a follower that
			// waits for the engine's next message to learn of the commit.
			if took := time.Since(began); took > time.Millisecond {
				t.Errorf("a lone write through %s took %v", peer.ID, took)
			}
		}
		v.converged()
	})
}

func TestLoneWriteIsSeenElsewhereWithoutWaitingForTheNext(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader := v.nodes[v.leader()]
		revision, err := leader.Set(within(t, time.Minute), path("a"), 1)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for id, node := range v.nodes {
			if _, err := node.ReadAt(within(t, time.Minute), revision); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > time.Millisecond {
				t.Errorf("%s saw it %v after the acknowledgement", id, took)
			}
		}
	})
}

// TestStaleUpdateIsRefused is the six steps that gstate is made for: one
// instance removes a user, and another, which has not heard of it and still
// sees the user, updates it.
func TestStaleUpdateIsRefused(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		anna := path("users", "anna")
		leader, stale := v.leader(), v.follower()
		one, two := v.nodes[leader], v.nodes[stale]

		// 1. Instance 1 inserts the user, and 2. all instances see it.
		if _, err := one.Insert(within(t, time.Minute), anna, map[string]any{"name": "Anna"}); err != nil {
			t.Fatal(err)
		}
		v.converged()
		// 3. Instance 2 hears late of what happens from now on.
		v.net.Delay(leader, stale, 300*time.Millisecond)
		// 4. Instance 1 removes the user.
		removed, err := one.Remove(within(t, time.Minute), anna)
		if err != nil {
			t.Fatal(err)
		}
		// 5. Instance 2 still sees it, and updates it.
		if _, ok := two.Tree().Get(anna); !ok {
			t.Fatal("instance 2 has heard of the removal: the test tests nothing")
		}
		_, err = two.Update(within(t, time.Minute), anna, map[string]any{"name": "Annabel"})
		if !errors.Is(err, cluster.ErrNotFound) || errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Errorf("the update of a removed user: %v, want ErrNotFound", err)
		}
		if refused, ok := errors.AsType[*cluster.Error](err); !ok || refused.Operation != "update" || !refused.Path.Equal(anna) {
			t.Errorf("the error does not say what was refused: %#v", err)
		}
		// 6. No instance has the user, and none has changed.
		v.converged()
		for id, node := range v.nodes {
			if _, ok := node.Tree().Get(anna); ok || node.Tree().Revision() != removed {
				t.Errorf("%s is at revision %d, the removal was %d; it has the user: %v", id, node.Tree().Revision(), removed, ok)
			}
		}
	})
}

func TestConditionsAreDecidedWhereTheWriteIsApplied(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		item := path("item")
		one, two := v.nodes[v.leader()], v.nodes[v.follower()]
		read, err := one.Set(within(t, time.Minute), item, map[string]any{"n": 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := two.Set(within(t, time.Minute), item.Child("n"), 2, cluster.Unmodified(item, read)); err != nil {
			t.Errorf("first write decided on revision %d: %v", read, err)
		}
		cases := map[string]struct {
			condition cluster.Condition
			want      error
		}{
			"modified beneath it since":   {cluster.Unmodified(item, read), cluster.ErrConflict},
			"unmodified, but not there":   {cluster.Unmodified(path("none"), read), cluster.ErrNotFound},
			"exists, but does not":        {cluster.Exists(path("none")), cluster.ErrNotFound},
			"missing, but is there":       {cluster.Missing(item), cluster.ErrExists},
			"equals another value":        {cluster.Equals(item, map[string]any{"n": 1}), cluster.ErrConflict},
			"equals the value":            {cluster.Equals(item, map[string]any{"n": 2}), nil},
			"a value that cannot be kept": {cluster.Equals(item, math.NaN()), cluster.ErrInvalid},
		}
		for name, c := range cases {
			before := one.Tree().Revision()
			_, err := one.Set(within(t, time.Minute), path("beside"), name, c.condition)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if changed := one.Tree().Revision() != before; changed != (c.want == nil) {
				t.Errorf("%s: the tree changed: %v", name, changed)
			}
		}
	})
}

func TestWriteOfSeveralOperationsIsAllOrNothing(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		ctx := within(t, time.Minute)
		first, err := node.Apply(ctx, cluster.Insert(path("a"), 1), cluster.Insert(path("b"), 2))
		if err != nil {
			t.Fatal(err)
		}
		if first.Revision != 1 {
			t.Errorf("two operations of one write made revision %d", first.Revision)
		}
		_, err = node.Apply(ctx, cluster.Set(path("a"), 10), cluster.Remove(path("b")), cluster.Remove(path("c")))
		if !errors.Is(err, cluster.ErrNotFound) {
			t.Fatalf("removal of a missing item: %v", err)
		}
		if got := node.Tree().Root().Value().String(); got != `{"a":1,"b":2}` || node.Tree().Revision() != first.Revision {
			t.Errorf("a refused write left %s at revision %d", got, node.Tree().Revision())
		}
	})
}

func TestBadInputIsRefusedWithoutEffect(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		deep := make(tree.Path, tree.MaxDepth+1)
		for i := range deep {
			deep[i] = "k"
		}
		cases := map[string]struct {
			op   cluster.Op
			want error
			text string
		}{
			"insert at the root":     {cluster.Insert(nil, 1), cluster.ErrInvalid, "root"},
			"remove the root":        {cluster.Remove(nil), cluster.ErrInvalid, "root"},
			"a leaf at the root":     {cluster.Set(nil, 1), cluster.ErrInvalid, "an object or an array"},
			"a path too deep":        {cluster.Set(deep, 1), cluster.ErrTooLarge, fmt.Sprint(tree.MaxDepth)},
			"a key of invalid UTF-8": {cluster.Set(path("\xff"), 1), cluster.ErrInvalid, "UTF-8"},
			"an oversize key":        {cluster.Set(path(strings.Repeat("k", tree.MaxKeyBytes+1)), 1), cluster.ErrTooLarge, fmt.Sprint(tree.MaxKeyBytes)},
			"an oversize value":      {cluster.Set(path("a"), strings.Repeat("v", tree.MaxValueBytes+1)), cluster.ErrTooLarge, fmt.Sprint(tree.MaxValueBytes)},
			"an oversize command":    {cluster.Set(path("a"), hugeValue()), cluster.ErrTooLarge, "limit"},
			"NaN":                    {cluster.Set(path("a"), math.NaN()), cluster.ErrInvalid, ""},
			"a reserved key":         {cluster.Set(path("a", "_"), 1), cluster.ErrInvalid, "_"},
			"a reserved key inside":  {cluster.Set(path("a"), map[string]any{"#": 1}), cluster.ErrInvalid, "#"},
			"a value of no kind":     {cluster.Set(path("a"), func() {}), cluster.ErrInvalid, ""},
		}
		for name, c := range cases {
			_, err := node.Apply(within(t, time.Minute), c.op)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %.200q, want %q with %q in it", name, err, c.want, c.text)
			}
		}
		if _, err := node.Apply(t.Context()); !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("a write without operations: %v", err)
		}
		if node.Tree().Revision() != 0 || node.Tree().Len() != 0 {
			t.Errorf("refused input left %s", node.Tree().Root().Value())
		}
	})
}

// hugeValue has leaves below their limit that are too many for a command.
func hugeValue() []any {
	var leaves []any
	for range 5 {
		leaves = append(leaves, strings.Repeat("v", tree.MaxValueBytes))
	}
	return leaves
}

func TestWriteWithoutAMajoritySaysNoLeader(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		lonely := v.nodes[id]
		if _, err := lonely.Set(within(t, time.Minute), path("a"), 1); err != nil {
			t.Fatal(err)
		}
		v.net.Isolate(id)
		time.Sleep(5 * time.Second) // it has given up its leader by now
		began := time.Now()
		_, err := lonely.Set(context.Background(), path("a"), 2)
		if !errors.Is(err, cluster.ErrNoLeader) || errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Errorf("after LeaderWait: %v, want ErrNoLeader", err)
		}
		if took := time.Since(began); took > 2*cluster.DefaultLeaderWait {
			t.Errorf("ErrNoLeader took %v", took)
		}
		_, err = lonely.Set(within(t, 100*time.Millisecond), path("a"), 3)
		if !errors.Is(err, cluster.ErrNoLeader) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Errorf("when the context ends: %v, want ErrNoLeader and the deadline", err)
		}
		if item, _ := lonely.Tree().Get(path("a")); item.Value().Int() != 1 {
			t.Error("local reads do not go on")
		}
		v.net.HealAll()
		if _, err := lonely.Set(within(t, time.Minute), path("a"), 4); err != nil {
			t.Errorf("after the partition: %v", err)
		}
		v.converged()
	})
}

// TestRetriesAcrossLeaderChangesApplyOnce has writers on all nodes insert keys
// of their own while leaders are cut off. An insert that was repeated under
// another number would be refused with ErrExists, or be there twice.
func TestRetriesAcrossLeaderChangesApplyOnce(t *testing.T) {
	for seed := range 5 {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				v.leader()
				var stop atomic.Bool
				var acknowledged atomic.Int64
				var writers sync.WaitGroup
				for _, peer := range v.peers {
					node := v.nodes[peer.ID]
					for w := range 4 {
						writers.Go(func() {
							for i := 0; !stop.Load(); i++ {
								key := fmt.Sprintf("%s-%d-%d", peer.ID, w, i)
								if _, err := node.Insert(context.Background(), path("keys", key), i); err != nil && !errors.Is(err, cluster.ErrNoLeader) {
									t.Errorf("insert of %s: %v", key, err)
								} else if err == nil {
									acknowledged.Add(1)
								}
								time.Sleep(10 * time.Millisecond)
							}
						})
					}
				}
				for round := range 5 {
					time.Sleep(time.Duration(700+130*seed) * time.Millisecond)
					victim := v.peers[(round+seed)%3].ID
					if leader, ok := v.nodes[victim].Leader(); ok {
						victim = leader
					}
					v.net.Isolate(victim)
					time.Sleep(3 * time.Second)
					v.net.HealAll()
				}
				time.Sleep(5 * time.Second)
				stop.Store(true)
				writers.Wait()
				v.converged()
				keys, _ := v.nodes["a"].Tree().Get(path("keys"))
				if int64(keys.Count()) != acknowledged.Load() || acknowledged.Load() < 1000 {
					t.Errorf("%d inserts were acknowledged, and %d keys are there", acknowledged.Load(), keys.Count())
				}
			})
		})
	}
}

func TestWriteOfEqualContentIsNoChange(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		first, err := node.Set(within(t, time.Minute), path("a", "b"), []any{1, "x", nil})
		if err != nil {
			t.Fatal(err)
		}
		again, err := node.Set(within(t, time.Minute), path("a"), map[string]any{"b": []any{1, "x", nil}})
		if err != nil || again != first {
			t.Errorf("setting the same again: revision %d after %d, %v", again, first, err)
		}
		synctest.Wait()
	})
}

// TestSlowCommitsAreNotTakenForAMissingLeader: writes that wait behind others
// for longer than LeaderWait have waited for no leader.
func TestSlowCommitsAreNotTakenForAMissingLeader(t *testing.T) {
	tune := func(cfg *cluster.Config) { cfg.LeaderWait = 100 * time.Millisecond }
	inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
		leader := v.leader()
		if _, err := v.nodes[leader].Set(within(t, time.Minute), path("n"), 0); err != nil {
			t.Fatal(err)
		}
		for _, peer := range v.peers {
			if peer.ID != leader {
				v.net.Delay(leader, peer.ID, 150*time.Millisecond)
			}
		}
		var writers sync.WaitGroup
		for i := range 12 {
			writers.Go(func() {
				if _, err := v.nodes[leader].Set(within(t, time.Minute), path("n", fmt.Sprint(i)), i); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(time.Millisecond)
		}
		writers.Wait()
		v.net.HealAll()
	})
}
