package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// leaseBound is how much later than its lease an item may be gone, while there
// is a leader.
const leaseBound = 250 * time.Millisecond

var leased = path("sessions", "anna")

// grant inserts the item with a lease.
func grant(t *testing.T, node *cluster.Node, ttl time.Duration) {
	t.Helper()
	if _, err := node.Apply(within(t, time.Minute), cluster.Insert(leased, 1), cluster.Expire(leased, ttl)); err != nil {
		t.Fatal(err)
	}
}

// lives reports whether the node still has the item.
func lives(node *cluster.Node) bool {
	_, ok := node.Tree().Get(leased)
	return ok
}

// awaitEnd waits until the item is gone on a node, and returns when it was.
func awaitEnd(t *testing.T, node *cluster.Node) time.Time {
	t.Helper()
	for event, err := range node.Watch(within(t, 24*time.Hour), tree.Subtree(leased)) {
		if err != nil {
			t.Fatal(err)
		}
		if !event.Exists {
			break
		}
	}
	return time.Now()
}

func TestItemLivesAsLongAsItsLeaseAndLittleLonger(t *testing.T) {
	for _, ttl := range []time.Duration{time.Millisecond, 150 * time.Millisecond, time.Second, time.Minute} {
		t.Run(ttl.String(), func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				v.leader()
				time.Sleep(7777 * time.Microsecond) // somewhere between two ticks
				granted := time.Now()
				grant(t, v.nodes["a"], ttl)
				for _, node := range v.nodes {
					if _, err := node.ReadAt(within(t, time.Minute), 1); err != nil {
						t.Fatal(err)
					}
				}
				if left, ok := v.nodes["a"].Lease(leased); !ok || left != ttl {
					t.Errorf("%v is left at the beginning, %v", left, ok)
				}
				for id, node := range v.nodes {
					if took := awaitEnd(t, node).Sub(granted); took < ttl || took > ttl+leaseBound {
						t.Errorf("on %s it lived %v", id, took)
					}
				}
				if left, ok := v.nodes["a"].Lease(leased); ok {
					t.Errorf("%v is left of a lease that is over", left)
				}
				v.converged()
			})
		})
	}
}

func TestLeaseThatIsRefreshedDoesNotEnd(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		grant(t, v.nodes["a"], time.Second)
		for range 100 {
			time.Sleep(900 * time.Millisecond)
			if _, err := v.nodes["b"].Apply(within(t, time.Minute), cluster.Expire(leased, time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := v.nodes["c"].Apply(within(t, time.Minute), cluster.Persist(leased)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if !lives(v.nodes["a"]) {
			t.Error("it is gone, and had no lease any more")
		}
		if _, err := v.nodes["a"].Apply(within(t, time.Minute), cluster.Expire(path("none"), time.Second)); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("a lease for nothing: %v", err)
		}
		if _, err := v.nodes["a"].Apply(within(t, time.Minute), cluster.Expire(leased, time.Hour+time.Nanosecond)); err != nil {
			t.Fatal(err)
		}
		if left, _ := v.nodes["a"].Lease(leased); left != time.Hour+time.Millisecond {
			t.Errorf("a fraction of a millisecond counts as %v", left-time.Hour)
		}
		for _, ttl := range []time.Duration{0, -time.Second, 1 << 62} {
			if _, err := v.nodes["a"].Apply(within(t, time.Minute), cluster.Expire(leased, ttl)); (err == nil) != (ttl > 0) {
				t.Errorf("a lease of %v: %v", ttl, err)
			}
		}
	})
}

// TestElectionPausesLeases: whoever could not refresh a lease because nobody
// led must not lose it, and each new leader goes on from what was left.
func TestElectionPausesLeases(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		const ttl = 10 * time.Second
		v.leader()
		granted, ended := time.Now(), make(chan time.Time, 1)
		grant(t, v.nodes["a"], ttl)
		go func() { ended <- awaitEnd(t, v.nodes["a"]) }()
		var without time.Duration
		for range 3 {
			old := v.leader()
			time.Sleep(2 * time.Second)
			cut := time.Now()
			v.net.Isolate(old)
			for id, node := range v.nodes {
				if id != old {
					if err := node.WaitReady(within(t, time.Minute)); err != nil {
						t.Fatal(err)
					}
				}
			}
			without += time.Since(cut)
			v.net.HealAll()
			v.leader()
		}
		took := (<-ended).Sub(granted)
		if took < ttl || took > ttl+without+3*time.Second+leaseBound {
			t.Errorf("it lived %v, of which %v were without a leader", took, without)
		}
		if without < time.Second {
			t.Error("there was a leader all the time: the test tests nothing")
		}
	})
}

// TestLeaseSurvivesARestartOfAllMembers, and a snapshot: what was left before
// is left afterwards.
func TestLeaseSurvivesARestartOfAllMembers(t *testing.T) {
	often := func(cfg *cluster.Config) { cfg.SnapshotAge, cfg.TrailingLogs = time.Second, 1 }
	inVirtualTime(t, 3, often, func(t *testing.T, v *virtual) {
		v.leader()
		grant(t, v.nodes["a"], time.Minute)
		time.Sleep(20 * time.Second)
		if _, err := v.nodes["a"].Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		v.stopAll()
		time.Sleep(24 * time.Hour)
		started := time.Now()
		for _, peer := range v.peers {
			v.start(peer.ID)
		}
		v.leader()
		if !lives(v.nodes["a"]) {
			t.Fatal("it is gone with the time in which nobody ran")
		}
		if took := awaitEnd(t, v.nodes["b"]).Sub(started); took < 30*time.Second || took > 40*time.Second {
			t.Errorf("it lived %v after the restart", took)
		}
	})
}

// TestDeposedLeaderEndsNoLease: one that still believes that it leads, because
// its own lease is long, ticks in vain.
func TestDeposedLeaderEndsNoLease(t *testing.T) {
	tune := func(cfg *cluster.Config) {
		if cfg.ID == "a" {
			cfg.HeartbeatTimeout, cfg.ElectionTimeout = 2*time.Minute, 2*time.Minute
		}
	}
	inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
		v.leadBy("a")
		grant(t, v.nodes["a"], 20*time.Second)
		v.net.Isolate("a")
		for range 6 {
			time.Sleep(9 * time.Second)
			if _, err := v.nodes["b"].Apply(within(t, time.Minute), cluster.Expire(leased, 20*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if v.nodes["a"].Status().Role != cluster.RoleLeader {
			t.Fatal("a does not believe that it leads: the test tests nothing")
		}
		v.net.HealAll()
		if err := v.nodes["a"].WaitReady(within(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
		v.converged()
		if !lives(v.nodes["a"]) || !lives(v.nodes["b"]) {
			t.Error("it is gone, and was refreshed in time")
		}
	})
}

// TestLeaseDoesNotEndWithAStandstill: while the leader could store nothing, nobody
// could refresh a lease. All that time was counted at the moment at which it got
// on, before anybody could write again.
func TestLeaseDoesNotEndWithAStandstill(t *testing.T) {
	patient := func(cfg *cluster.Config) { cfg.HeartbeatTimeout, cfg.ElectionTimeout = 2*time.Minute, 2*time.Minute }
	inVirtualTime(t, 3, patient, func(t *testing.T, v *virtual) {
		const ttl = 20 * time.Second
		time.Sleep(10 * time.Minute) // until the first election
		leader := v.leader()
		node := v.nodes[leader]
		granted := time.Now()
		grant(t, node, ttl)
		time.Sleep(5 * time.Second)
		term := node.Status().Term
		v.net.Isolate(leader)
		time.Sleep(45 * time.Second)
		v.net.HealAll()
		if _, err := node.Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		still := time.Since(granted)
		if took := awaitEnd(t, node).Sub(granted); took < still+10*time.Second || took > still+ttl {
			t.Errorf("it lived %v, of which nobody could write for %v", took, still-5*time.Second)
		}
		if node.Status().Term != term {
			t.Error("there was an election: the test tests nothing")
		}
	})
}

// TestIdleClusterHardlyWrites: ticks cost an entry each, and are made often only
// for leases.
func TestIdleClusterHardlyWrites(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		grant(t, node, time.Second)
		awaitEnd(t, node)
		before := node.Status().AppliedIndex
		time.Sleep(time.Hour)
		if after := node.Status().AppliedIndex; after > before {
			t.Errorf("%d entries in an hour without leases", after-before)
		}
		grant(t, node, time.Hour)
		before = node.Status().AppliedIndex
		time.Sleep(5 * time.Minute)
		if after := node.Status().AppliedIndex; after > before+5*60+2 {
			t.Errorf("%d entries in five minutes for one lease", after-before)
		}
	})
}

// TestTicksDoNotDelayClose: a leader without a majority has one on its way.
func TestTicksDoNotDelayClose(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader := v.leader()
		grant(t, v.nodes[leader], time.Minute)
		v.net.Isolate(leader)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, _ = v.nodes[leader].Apply(ctx, cluster.Expire(leased, time.Minute))
		began := time.Now()
		v.stop(leader)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Close took %v", took)
		}
		v.net.HealAll()
	})
}

// TestNoLeaseEndsEarly grants many short leases at any moment between two
// ticks. One began with a tick that had been measured before it was granted,
// and ended almost a millisecond early.
func TestNoLeaseEndsEarly(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		random := rand.New(rand.NewPCG(1, 1))
		var lives sync.WaitGroup
		for i := range 300 {
			pause := 20_000
			if i%5 == 0 {
				pause = 3_000_000 // no lease is left, and so no tick is under way
			}
			time.Sleep(time.Duration(random.IntN(pause)) * time.Microsecond)
			ttl := time.Duration(1+random.IntN(300)) * time.Millisecond
			item := path("leased", fmt.Sprint(i))
			writer := v.nodes[string(rune('a'+i%3))]
			lives.Go(func() {
				began := time.Now()
				if _, err := writer.Apply(within(t, time.Minute), cluster.Insert(item, i), cluster.Expire(item, ttl)); err != nil {
					t.Error(err)
					return
				}
				for event := range writer.Watch(within(t, time.Minute), tree.Subtree(item)) {
					if !event.Exists {
						break
					}
				}
				if took := time.Since(began); took < ttl || took > ttl+leaseBound {
					t.Errorf("item %d lived %v, with a lease of %v", i, took, ttl)
				}
			})
		}
		lives.Wait()
	})
}
