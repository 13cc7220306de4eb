package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
)

func TestLeaderThatClosesHandsOverFirst(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		old := v.leader()
		heir := v.nodes[v.follower()]
		began := time.Now()
		v.stop(old)
		if _, err := heir.Set(within(t, time.Minute), path("a"), 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("no write for %v after a clean end of the leader", took)
		}
	})
}

func TestLeaderThatClosesHandsOverToALivingMember(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		old, dead := v.leader(), v.follower()
		v.stop(dead)
		v.stop(old)
		for id, node := range v.nodes {
			if leader, _ := node.Leader(); leader != id {
				t.Errorf("%s, the last one, takes %q for the leader", id, leader)
			}
		}
	})
}

func TestShutdownWaitsForWritesUnderWay(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, id := v.leader(), v.follower()
		node := v.nodes[id]
		if _, err := node.Set(within(t, time.Minute), path("warm"), 1); err != nil {
			t.Fatal(err)
		}
		v.net.Delay(leader, id, 100*time.Millisecond)
		var writes sync.WaitGroup
		for i := range 10 {
			writes.Go(func() {
				if _, err := node.Set(context.Background(), path("k", fmt.Sprint(i)), i); err != nil {
					t.Errorf("write under way: %v", err)
				}
			})
		}
		time.Sleep(50 * time.Millisecond)
		if err := node.Shutdown(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
		writes.Wait()
		if _, err := node.Set(context.Background(), path("late"), 1); !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("a write after Shutdown: %v", err)
		}
	})
}

func TestWriteUnderWayWhenTheNodeClosesHasAnUnknownOutcome(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, id := v.leader(), v.follower()
		node := v.nodes[id]
		if _, err := node.Set(within(t, time.Minute), path("warm"), 1); err != nil {
			t.Fatal(err)
		}
		v.net.Hold(leader, id)
		written := make(chan error, 1)
		go func() {
			_, err := node.Set(context.Background(), path("a"), 1)
			written <- err
		}()
		time.Sleep(50 * time.Millisecond)
		node.Close()
		if err := <-written; !errors.Is(err, cluster.ErrOutcomeUnknown) || !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("%v, want ErrOutcomeUnknown and ErrClosed", err)
		}
	})
}

// TestNodesCloseUnderLoad closes and reopens nodes in turn while all of them
// are written to. The bubble finds what they leave behind, and what hangs.
func TestNodesCloseUnderLoad(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		var done atomic.Int64
		for round := range 30 {
			id := v.peers[round%3].ID
			var writers sync.WaitGroup
			for _, node := range v.nodes {
				for w := range 8 {
					writers.Go(func() {
						for i := range 20 {
							_, err := node.Set(within(t, time.Minute), path("k", fmt.Sprint(w)), i+round)
							switch {
							case err == nil:
								done.Add(1)
							case errors.Is(err, cluster.ErrClosed):
								return
							default:
								t.Errorf("write while another node closes: %v", err)
							}
							time.Sleep(time.Millisecond)
						}
					})
				}
			}
			time.Sleep(time.Duration(round) * time.Millisecond)
			v.stop(id)
			v.start(id)
			writers.Wait()
			v.leader()
		}
		v.converged()
		if done.Load() < 5000 {
			t.Errorf("only %d writes were made", done.Load())
		}
	})
}

func TestCloseMayBeCalledByManyAtOnce(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		var closers sync.WaitGroup
		for range 5 {
			closers.Go(func() {
				node.Close()
				<-node.Done()
			})
		}
		closers.Wait()
		if node.Err() != nil || node.Status().Role != cluster.RoleStopped {
			t.Errorf("a closed node is %v: %v", node.Status().Role, node.Err())
		}
		if node.Tree() == nil || len(node.Members()) != 1 {
			t.Error("a closed node does not tell its last state")
		}
	})
}

// TestLeaderThatClosesIsNotHeldUpByItsTransfer: the engine does not answer the
// request for a transfer while its disk hangs (hashicorp/raft#696 is another way
// to wait for that answer for ever).
func TestLeaderThatClosesIsNotHeldUpByItsTransfer(t *testing.T) {
	disks := map[string]*failingDisk{}
	inVirtualTime(t, 3, func(cfg *cluster.Config) {
		disk := &failingDisk{InmemStore: raft.NewInmemStore()}
		disks[cfg.ID] = disk
		cfg.Tune = func(e *cluster.Engine) { e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore() }
	}, func(t *testing.T, v *virtual) {
		old := v.leader()
		hang := make(chan struct{})
		defer close(hang) // lets the engine end
		disks[old].hang.Store(&hang)
		if _, err := v.nodes[old].Set(within(t, time.Second), path("a"), 1); err == nil {
			t.Error("a write was acknowledged that is not stored")
		}
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			v.nodes[old].Close()
		}()
		select {
		case <-closed:
		case <-time.After(time.Hour):
			t.Error("Close waits for the transfer of leadership")
		}
	})
}
