package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestReadOnAnyNodeReflectsEveryAcknowledgedWrite(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, late := v.leader(), v.follower()
		v.net.Delay(leader, late, 200*time.Millisecond)
		for i := range 20 {
			revision, err := v.nodes[leader].Set(within(t, time.Minute), path("n"), i)
			if err != nil {
				t.Fatal(err)
			}
			if v.nodes[late].Tree().Revision() >= revision {
				t.Fatal("the follower is not late: the test tests nothing")
			}
			read, err := v.nodes[late].Read(within(t, time.Minute))
			if err != nil || read.Revision() < revision {
				t.Fatalf("linearizable read at revision %d after a write of %d: %v", read.Revision(), revision, err)
			}
		}
	})
}

// twoLeaders makes a cluster in which "a" still leads, by its long lease, while
// "b" or "c" was elected and has acknowledged revision 2. "a" is cut off.
func twoLeaders(t *testing.T, test func(t *testing.T, v *virtual, newer string)) {
	tune := func(cfg *cluster.Config) {
		if cfg.ID == "a" {
			cfg.HeartbeatTimeout, cfg.ElectionTimeout = time.Minute, time.Minute
		}
	}
	inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
		v.leadBy("a")
		if _, err := v.nodes["a"].Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		v.net.Isolate("a")
		time.Sleep(5 * time.Second)
		if revision, err := v.nodes["b"].Set(within(t, time.Minute), path("n"), 2); err != nil || revision != 2 {
			t.Fatalf("revision %d, %v", revision, err)
		}
		newer, _ := v.nodes["b"].Leader()
		if v.nodes["a"].Status().Role != cluster.RoleLeader || v.nodes[newer].Status().Role != cluster.RoleLeader {
			t.Fatal("there are no two leaders: the test tests nothing")
		}
		test(t, v, newer)
	})
}

// TestDeposedLeaderServesNoLinearizableRead: a leader that has been replaced
// without having heard of it must ask before it answers.
func TestDeposedLeaderServesNoLinearizableRead(t *testing.T) {
	twoLeaders(t, func(t *testing.T, v *virtual, newer string) {
		if read, err := v.nodes["a"].Read(within(t, time.Second)); err == nil {
			t.Errorf("cut off from all, the old leader read revision %d", read.Revision())
		}
		v.net.HealAll()
		read, err := v.nodes["a"].Read(within(t, time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if item, _ := read.Get(path("n")); item.Value().Int() != 2 {
			t.Errorf("after the partition the old leader read %v", item.Value())
		}
	})
}

// TestLateTermAnswersConfirmNobody holds all answers to the leader until it
// has been replaced. Answers to questions from before the read must not count.
func TestLateTermAnswersConfirmNobody(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		old, other := v.leader(), v.follower()
		if _, err := v.nodes[old].Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		var third string
		for _, peer := range v.peers {
			if peer.ID != old && peer.ID != other {
				third = peer.ID
			}
		}
		v.net.Hold(other, old)
		v.net.Hold(third, old)
		early := make(chan error, 1)
		go func() { // its questions arrive, its answers do not
			_, err := v.nodes[old].Read(within(t, 400*time.Millisecond))
			early <- err
		}()
		time.Sleep(200 * time.Millisecond)
		v.net.Cut(old, other)
		v.net.Cut(old, third)
		written := make(chan uint64, 1)
		go func() {
			revision, err := v.nodes[other].Set(context.Background(), path("n"), 2)
			if err != nil {
				t.Error(err)
			}
			written <- revision
		}()
		revision := <-written
		late := make(chan uint64, 1)
		go func() {
			read, err := v.nodes[old].Read(within(t, time.Minute))
			if err != nil {
				t.Error(err)
				late <- revision
				return
			}
			late <- read.Revision()
		}()
		time.Sleep(10 * time.Millisecond)
		v.net.Release(other, old)
		v.net.Release(third, old)
		time.Sleep(10 * time.Millisecond)
		v.net.HealAll()
		if got := <-late; got < revision {
			t.Errorf("a read that began after revision %d was acknowledged returned revision %d", revision, got)
		}
		<-early
	})
}

func TestReadAtWaitsForTheRevision(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		reached := make(chan uint64)
		go func() {
			read, err := node.ReadAt(within(t, time.Minute), 2)
			if err != nil {
				t.Error(err)
			}
			reached <- read.Revision()
		}()
		for i := range 2 {
			select {
			case <-reached:
				t.Fatalf("read before revision 2, at %d", node.Tree().Revision())
			case <-time.After(time.Second):
			}
			if _, err := node.Set(within(t, time.Minute), path("n"), i); err != nil {
				t.Fatal(err)
			}
		}
		if got := <-reached; got != 2 {
			t.Errorf("read revision %d", got)
		}
		_, err := node.ReadAt(within(t, time.Second), 3)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a revision that never comes: %v", err)
		}
	})
}

func TestReadWithoutAMajoritySaysNoLeader(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		v.net.Isolate(id)
		time.Sleep(5 * time.Second)
		_, err := v.nodes[id].Read(within(t, time.Second))
		if !errors.Is(err, cluster.ErrNoLeader) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want ErrNoLeader and the deadline", err)
		}
	})
}

// TestLocalReadsOfOneNodeNeverGoBack looks in all ways at a node that many write
// to: each look is at least as new as the one before.
func TestLocalReadsOfOneNodeNeverGoBack(t *testing.T) {
	node := openReal(t, 1, nil)[0]
	ctx := within(t, 2*time.Second)
	var writers sync.WaitGroup
	for w := range 32 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				_, _ = node.Set(ctx, path("n", fmt.Sprint(w)), i)
			}
		})
	}
	for newest := uint64(0); ctx.Err() == nil; {
		newest = max(newest, node.Tree().Revision())
		if at, err := node.ReadAt(ctx, 0); err == nil && at.Revision() < newest {
			t.Fatalf("ReadAt went back from revision %d to %d", newest, at.Revision())
		}
		newest = max(newest, node.Status().Revision)
		for event, err := range node.Watch(ctx, tree.Subtree(path("n"))) {
			if err == nil && event.Revision < newest {
				t.Fatalf("Watch went back from revision %d to %d", newest, event.Revision)
			}
			break
		}
	}
	writers.Wait()
}
