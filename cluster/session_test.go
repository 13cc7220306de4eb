package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// sessionTTL is how long an instance may be silent in these tests.
const sessionTTL = 10 * time.Second

var (
	present = path("instances", "a")
	job     = path("jobs", "1")
	counted = path("left")
)

// attend makes a an instance with an item for as long as it lives, another one
// that lives with that, and something to do when it leaves.
func attend(t *testing.T, node *cluster.Node) {
	t.Helper()
	mustApply(t, node,
		cluster.Set(present, "here"), cluster.Ephemeral(cluster.Written, sessionTTL),
		cluster.OnLeave(cluster.Written, cluster.Add(counted, 1)),
		cluster.Set(job, "mine"), cluster.KeepWhile(cluster.Written, present))
}

func mustApply(t *testing.T, node *cluster.Node, ops ...cluster.Op) cluster.Result {
	t.Helper()
	result, err := node.Apply(within(t, time.Minute), ops...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// attends reports whether a node has both items.
func attends(node *cluster.Node) bool {
	_, first := node.Tree().Get(present)
	_, second := node.Tree().Get(job)
	if first != second {
		panic("one of the items is there without the other")
	}
	return first
}

// departure is how a node saw the items go.
type departure struct {
	after    time.Duration
	expelled []cluster.Expelled
}

// awaitDeparture waits until the items are gone on a node. What makes them go is
// done once the node's watch has begun, so that it can tell why they went.
func awaitDeparture(t *testing.T, node *cluster.Node, cause func()) departure {
	t.Helper()
	began := time.Now()
	for event, err := range node.Watch(within(t, time.Hour), parseQuery(t, `{"instances": {"_": "$key"}, "jobs": {"_": "$key"}}`)) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Synced {
			cause()
			continue
		}
		if !attends(node) {
			return departure{time.Since(began), event.Expelled}
		}
	}
	return departure{}
}

func (d departure) mustBe(t *testing.T, node *cluster.Node, from, to time.Duration) {
	t.Helper()
	if d.after < from || d.after > to {
		t.Errorf("they were gone after %v, want %v to %v", d.after, from, to)
	}
	revision := node.Tree().Revision()
	want := []cluster.Expelled{
		{Path: present, Revision: revision, Reason: cluster.ReasonSession},
		{Path: job, Revision: revision, Reason: cluster.ReasonKeeper},
	}
	if !reflect.DeepEqual(d.expelled, want) {
		t.Errorf("they went as %+v, want %+v", d.expelled, want)
	}
	if left, _ := node.Tree().Get(counted); left.Value().Int() != 1 {
		t.Errorf("what was to be done when it leaves was done %v times", left.Value())
	}
}

func TestEphemeralItemLivesAsLongAsItsInstance(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		attend(t, v.nodes["a"])
		for range 10 {
			time.Sleep(time.Minute)
			if !attends(v.nodes["b"]) {
				t.Fatal("it is gone, and its instance lives")
			}
		}
		mustApply(t, v.nodes["b"], cluster.Remove(present))
		if attends(v.nodes["b"]) {
			t.Error("what lived with it is left")
		}
		time.Sleep(sessionTTL)
		before := v.nodes["a"].Status().AppliedIndex
		time.Sleep(10 * time.Minute)
		if after := v.nodes["a"].Status().AppliedIndex; after > before {
			t.Errorf("%d entries in ten minutes, for an instance that has no ephemeral item", after-before)
		}
	})
}

// TestClosedInstanceLeavesAtOnce: others need not wait for its silence.
func TestClosedInstanceLeavesAtOnce(t *testing.T) {
	for name, end := range map[string]func(*cluster.Node) error{
		"Close":    (*cluster.Node).Close,
		"Shutdown": func(node *cluster.Node) error { return node.Shutdown(context.Background()) },
		"Shutdown that waits for nothing": func(node *cluster.Node) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return node.Shutdown(ctx)
		},
	} {
		for _, leads := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, leader %v", name, leads), func(t *testing.T) {
				inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
					id := v.follower()
					other := v.nodes[v.leader()]
					if leads {
						id, other = v.leader(), v.nodes[v.follower()]
					}
					attend(t, v.nodes[id])
					if err := other.WaitReady(within(t, time.Minute)); err != nil {
						t.Fatal(err)
					}
					seen := awaitDeparture(t, other, func() {
						go func() {
							if err := end(v.nodes[id]); err != nil {
								t.Error(err)
							}
						}()
					})
					seen.mustBe(t, other, 0, time.Second)
					<-v.nodes[id].Done()
				})
			})
		}
	}
}

// TestShorterSilenceIsKeptAtOnce: the one before may have been an hour, a third of
// which has hardly begun.
func TestShorterSilenceIsKeptAtOnce(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.follower()]
		mustApply(t, node, cluster.Set(path("first"), 1), cluster.Ephemeral(cluster.Written, time.Hour))
		time.Sleep(time.Minute)
		attend(t, node)
		time.Sleep(10 * sessionTTL)
		if _, there := node.Tree().Get(path("first")); !there || !attends(node) {
			t.Error("it is gone, and its instance lives")
		}
	})
}

// TestCloseWithoutAMajorityIsBounded, with ephemeral items, of a leader too, and
// again when it is closed.
func TestCloseWithoutAMajorityIsBounded(t *testing.T) {
	for _, leads := range []bool{true, false} {
		t.Run(fmt.Sprintf("leader %v", leads), func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				id := v.follower()
				if leads {
					id = v.leader()
				}
				attend(t, v.nodes[id])
				v.net.Isolate(id)
				began := time.Now()
				v.nodes[id].Close()
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				began = time.Now()
				v.nodes[id].Close()
				if took := time.Since(began); took > 0 {
					t.Errorf("a second time it took %v", took)
				}
			})
		})
	}
}

// TestDeadInstanceIsGoneAfterItsSilence, not earlier and little later.
func TestDeadInstanceIsGoneAfterItsSilence(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		follower := v.follower()
		attend(t, v.nodes[follower])
		time.Sleep(time.Minute)
		other := v.nodes[v.besides(follower)]
		seen := awaitDeparture(t, other, func() {
			v.net.Isolate(follower) // what it says while it is closed does not arrive
			v.stop(follower)
		})
		seen.mustBe(t, other, sessionTTL-sessionTTL/3, sessionTTL+leaseBound)
	})
}

// besides returns the id of another node.
func (v *virtual) besides(id string) string {
	for _, peer := range v.peers {
		if peer.ID != id {
			return peer.ID
		}
	}
	return ""
}

// TestInstanceThatWasCutOffBeginsAnew: it has lost its items and nothing else.
func TestInstanceThatWasCutOffBeginsAnew(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		node := v.nodes[id]
		attend(t, node)
		inDoubt := make(chan error, 1)
		other := v.nodes[v.besides(id)]
		seen := awaitDeparture(t, other, func() {
			v.net.Isolate(id)
			go func() {
				_, err := node.Apply(within(t, time.Hour), cluster.Add(path("writes"), 1))
				inDoubt <- err
			}()
		})
		seen.mustBe(t, other, sessionTTL-sessionTTL/3, sessionTTL+leaseBound)
		if !attends(node) {
			t.Error("the node that is cut off has seen it")
		}
		v.net.HealAll()
		if err := <-inDoubt; err != nil {
			t.Errorf("the write that was under way: %v", err)
		}
		if err := node.WaitReady(within(t, time.Minute)); err != nil || attends(node) {
			t.Errorf("%v; it has its items: %v", err, attends(node))
		}
		attend(t, node)
		time.Sleep(10 * time.Minute)
		if !attends(other) {
			t.Error("its new items have gone")
		}
		if writes, _ := other.Tree().Get(path("writes")); writes.Value().Int() != 1 {
			t.Errorf("the write was made %v times", writes.Value())
		}
	})
}

// TestEphemeralItemOutlivesLeaders: neither an election nor another leader ends
// it, wherever its instance is.
func TestEphemeralItemOutlivesLeaders(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		attend(t, v.nodes["a"])
		for range 20 {
			old := v.leader()
			v.net.Isolate(old)
			time.Sleep(3 * time.Second)
			v.net.HealAll()
			v.leader()
			if _, err := v.nodes["a"].Read(within(t, time.Minute)); err != nil || !attends(v.nodes["a"]) {
				t.Fatalf("it is gone, and its instance lives: %v", err)
			}
		}
	})
}

// TestEphemeralItemOutlivesShortCuts: a refresh that was lost is soon made up for.
func TestEphemeralItemOutlivesShortCuts(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		attend(t, v.nodes[id])
		other := v.nodes[v.besides(id)]
		for range 20 {
			v.net.Isolate(id)
			time.Sleep(4 * time.Second)
			v.net.HealAll()
			time.Sleep(8 * time.Second)
			if !attends(other) {
				t.Fatal("it is gone, and its instance was never silent for long")
			}
		}
	})
}

// TestNextSessionTakesItsItemsOver: an instance that was started again does not
// lose what it has set again to the silence of the one before.
func TestNextSessionTakesItsItemsOver(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		attend(t, v.nodes[id])
		v.net.Crash(id)
		v.stop(id)
		node := v.start(id)
		attend(t, node)
		time.Sleep(10 * sessionTTL)
		if !attends(node) {
			t.Error("it is gone with the session before")
		}
		if left, there := node.Tree().Get(counted); there {
			t.Errorf("it has left %v times", left.Value())
		}
	})
}

// TestItemOfCreateHasALeaseAtOnce: its key is not known before.
func TestItemOfCreateHasALeaseAtOnce(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.follower()]
		jobs := path("jobs")
		key := mustApply(t, node,
			cluster.Create(jobs, "first"), cluster.Expire(cluster.Written, time.Minute)).Value(0).Str()
		if left, ok := node.Lease(jobs.Child(key)); !ok || left != time.Minute {
			t.Errorf("%v is left of its lease, %v", left, ok)
		}
		result, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			if len(tx.Keys(jobs)) != 1 {
				t.Errorf("the view has %v", tx.Keys(jobs))
			}
			return tx.Do(
				cluster.Create(jobs, "second"), cluster.Expire(cluster.Written, time.Hour),
				cluster.KeepWhile(cluster.Written, jobs.Child(key)),
				cluster.OnLeave(cluster.Written, cluster.Set(counted, 1)))
		})
		if err != nil {
			t.Fatal(err)
		}
		if left, ok := node.Lease(jobs.Child(result.Value(0).Str())); !ok || left != time.Hour {
			t.Errorf("%v is left of the lease of a transaction, %v", left, ok)
		}
		time.Sleep(time.Minute + leaseBound)
		if item, _ := node.Tree().Get(jobs); item.Len() > 0 {
			t.Errorf("%v is left", item.Value())
		}
		if _, ok := node.Tree().Get(counted); !ok {
			t.Error("what was to be done then was not")
		}
	})
}

// TestViewOfATransactionShowsNothingThatFollowsLater: else the function would do
// what is then refused, for as long as others write.
func TestViewOfATransactionShowsNothingThatFollowsLater(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		v.leader()
		node := v.nodes["a"]
		mustApply(t, node, cluster.Set(present, 1), cluster.Set(job, 1))
		writing, stop := context.WithCancel(t.Context())
		var others sync.WaitGroup
		defer others.Wait()
		defer stop()
		others.Go(func() {
			for i := 0; writing.Err() == nil; i++ {
				_, _ = node.Set(writing, path("beside"), i)
				time.Sleep(time.Millisecond)
			}
		})
		_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			made := tx.Do(cluster.KeepWhile(job, present), cluster.OnLeave(present, cluster.Set(counted, 1)), cluster.Remove(present))
			if _, left := tx.Get(counted); left {
				t.Error("the view shows what is made when the item leaves")
			}
			return errors.Join(made, tx.Do(cluster.Update(job, 2), cluster.Insert(counted, 0)))
		})
		if err != nil {
			t.Fatal(err)
		}
		_, there := node.Tree().Get(job)
		if left, _ := node.Tree().Get(counted); there || left.Value().Int() != 1 {
			t.Errorf("the item that was kept is there: %v; left is %v", there, left.Value())
		}
	})
}

// TestWatchTellsWhyItemsWent, and only of what stood where it looks; also when
// it comes late, and not again with the next event.
func TestWatchTellsWhyItemsWent(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.follower()]
		a, b, n := path("a"), path("b"), path("a", "n")
		mustApply(t, node, cluster.Set(n, 0),
			cluster.Set(path("a", "1"), 1), cluster.Expire(cluster.Written, time.Second),
			cluster.Set(path("a", "2", "x"), 1), cluster.KeepWhile(path("a", "2"), path("a", "1")),
			cluster.Set(b, 1), cluster.Expire(cluster.Written, time.Second))
		on, deep := watch(t.Context(), node, tree.Subtree(a)), watch(t.Context(), node, tree.Subtree(path("a", "2", "x")))
		time.Sleep(2 * time.Second)
		mustApply(t, node, cluster.Set(n, 1))
		mustApply(t, node, cluster.Set(path("a", "3"), 1), cluster.Expire(cluster.Written, time.Second))
		mustApply(t, node, cluster.Remove(path("a", "3")))
		synctest.Wait()
		var told []cluster.Expelled
		for _, event := range on.events {
			told = append(told, event.Expelled...)
		}
		if len(told) != 2 || !told[0].Path.Equal(path("a", "1")) || told[0].Reason != cluster.ReasonLease ||
			!told[1].Path.Equal(path("a", "2")) || told[1].Reason != cluster.ReasonKeeper || told[0].Revision != told[1].Revision {
			t.Errorf("told %+v", told)
		}
		last := deep.events[len(deep.events)-1]
		if last.Exists || len(last.Expelled) != 1 || last.Expelled[0].Reason != cluster.ReasonKeeper {
			t.Errorf("what stood beneath an item that went: %+v", last)
		}
	})
}

func TestLivesThatCannotBe(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		v.leader()
		node := v.nodes["a"]
		mustApply(t, node, cluster.Set(path("a"), 1), cluster.Set(path("b"), 1))
		for name, test := range map[string]struct {
			ops  []cluster.Op
			want error
		}{
			"a session of no silence":          {[]cluster.Op{cluster.Ephemeral(path("a"), 999*time.Millisecond)}, cluster.ErrInvalid},
			"a session of nothing":             {[]cluster.Op{cluster.Ephemeral(path("none"), time.Second)}, cluster.ErrNotFound},
			"a session for the root":           {[]cluster.Op{cluster.Set(nil, map[string]any{}), cluster.Ephemeral(nil, time.Second)}, cluster.ErrInvalid},
			"nothing written before":           {[]cluster.Op{cluster.Expire(cluster.Written, time.Second)}, cluster.ErrInvalid},
			"written and gone":                 {[]cluster.Op{cluster.Remove(path("a")), cluster.Expire(cluster.Written, time.Second)}, cluster.ErrNotFound},
			"an item that keeps itself":        {[]cluster.Op{cluster.KeepWhile(path("a"), path("a"))}, cluster.ErrInvalid},
			"written, and keeping itself":      {[]cluster.Op{cluster.Set(path("a"), 2), cluster.KeepWhile(cluster.Written, path("a"))}, cluster.ErrInvalid},
			"a keeper that is not there":       {[]cluster.Op{cluster.KeepWhile(path("a"), path("none"))}, cluster.ErrNotFound},
			"no keeper":                        {[]cluster.Op{cluster.KeepWhile(path("a"), nil)}, cluster.ErrInvalid},
			"a keeper that no item can be":     {[]cluster.Op{cluster.KeepWhile(path("a"), path("_"))}, cluster.ErrInvalid},
			"conditions for later":             {[]cluster.Op{cluster.OnLeave(path("a"), cluster.Remove(path("b")).If(cluster.Exists(path("b"))))}, cluster.ErrInvalid},
			"a value for later that is none":   {[]cluster.Op{cluster.OnLeave(path("a"), cluster.Set(path("b"), func() {}))}, cluster.ErrInvalid},
			"a session for later":              {[]cluster.Op{cluster.OnLeave(path("a"), cluster.Ephemeral(path("b"), time.Second))}, cluster.ErrInvalid},
			"more for later than there may be": {[]cluster.Op{cluster.OnLeave(path("a"), make([]cluster.Op, 65)...)}, cluster.ErrTooLarge},
		} {
			if _, err := node.Apply(within(t, time.Minute), test.ops...); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
			_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error { return tx.Do(test.ops...) })
			if !errors.Is(err, test.want) {
				t.Errorf("%s, in a transaction: %v, want %v", name, err, test.want)
			}
		}
		if revision := node.Tree().Revision(); revision != 1 {
			t.Errorf("the tree is at revision %d", revision)
		}
	})
}
