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

// TestLateAnswerConfirmsADeposedLeaderByVerifyLeaderButNotByRead: heartbeats of
// the old leader reach the others, and their answers come late, when another
// was elected and has acknowledged a write. A read that begins then must
// reflect it.
func TestLateAnswerConfirmsADeposedLeaderByVerifyLeaderButNotByRead(t *testing.T) {
	tune := func(cfg *cluster.Config) {
		if cfg.ID == "a" {
			cfg.HeartbeatTimeout, cfg.ElectionTimeout = time.Minute, time.Minute
		}
	}
	inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
		v.leadBy("a")
		old := v.nodes["a"]
		if _, err := old.Set(within(t, time.Minute), path("n"), 1); err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"b", "c"} {
			v.net.Hold(other, "a")
		}
		var reads sync.WaitGroup
		reads.Go(func() { _, _ = old.ReadByVerifyLeader() }) // sends the heartbeats
		time.Sleep(10 * time.Millisecond)
		for _, other := range []string{"b", "c"} {
			v.net.Cut("a", other)
		}
		written, err := v.nodes["b"].Set(within(t, 8*time.Second), path("n"), 2)
		if err != nil {
			t.Fatal(err)
		}

		reads.Go(func() {
			read, err := old.ReadByVerifyLeader()
			if err != nil || read.Revision() >= written {
				t.Errorf("VerifyLeader did not let it read an old state (%v): the schedule tests nothing", err)
			}
		})
		reads.Go(func() {
			read, err := old.Read(within(t, time.Minute))
			if err != nil || read.Revision() < written {
				t.Errorf("a read that began after revision %d was acknowledged: %v, %v", written, read, err)
			}
		})
		time.Sleep(10 * time.Millisecond)
		for _, other := range []string{"b", "c"} {
			v.net.Release(other, "a")
		}
		time.Sleep(10 * time.Millisecond)
		v.net.HealAll()
		reads.Wait()
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

// TestLocalReadsOfOneNodeNeverGoBack looks in all ways at a node that many
// write to: each look is at least as new as the one before.
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

// TestReadWithinIsNeverFurtherBehind lets a member hear late of everything:
// what it reads must have each write that was acknowledged longer ago than it
// allows.
func TestReadWithinIsNeverFurtherBehind(t *testing.T) {
	const staleness = 100 * time.Millisecond
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, late := v.leader(), v.follower()
		v.net.Delay(leader, late, 30*time.Millisecond)
		var acknowledged []time.Time // by revision, from 1 on
		waited := 0
		for range 300 {
			if _, err := v.nodes[leader].Apply(within(t, time.Minute), cluster.Add(path("n"), 1)); err != nil {
				t.Fatal(err)
			}
			acknowledged = append(acknowledged, time.Now())
			time.Sleep(7 * time.Millisecond)
			began := time.Now()
			read, err := v.nodes[late].ReadWithin(within(t, time.Minute), staleness)
			if err != nil {
				t.Fatal(err)
			}
			if time.Since(began) > 0 {
				waited++
			}
			if next := int(read.Revision()); next < len(acknowledged) && began.Sub(acknowledged[next]) > staleness {
				t.Fatalf("revision %d was read %v after the next was acknowledged", next, began.Sub(acknowledged[next]))
			}
		}
		if waited == 0 || waited > 50 {
			t.Errorf("%d of 300 reads waited", waited)
		}
		// Cut off, it has proof for as long as it says, and not longer.
		v.net.Isolate(late)
		time.Sleep(staleness)
		if read, err := v.nodes[late].ReadWithin(within(t, time.Second), staleness); err == nil {
			t.Errorf("cut off, it read revision %d", read.Revision())
		}
		v.net.HealAll()
		v.net.Delay(leader, late, 0)
		if zero, err := v.nodes[late].ReadWithin(within(t, time.Minute), 0); err != nil || zero.Revision() != 300 {
			t.Errorf("with no time allowed: %v, %v", zero, err)
		}
		v.nodes[late].Close()
		if _, err := v.nodes[late].ReadWithin(within(t, time.Minute), time.Hour); !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("a closed node: %v, want ErrClosed", err)
		}
	})
}
