package sim

import (
	"context"
	"flag"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/fsm"
)

var soakTime = flag.Duration("soak", 10*time.Minute, "for how long, in virtual time, the soak has load")

// TestSoakLeavesNothingBehind puts a cluster under load for long, with another
// leader each minute and restarts of instances, and measures it at rest after
// each tenth of the time: whatever piles up shows.
func TestSoakLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := openWorld(t, shortRun(1), none, soakConfig)
		defer w.stopAll()
		s := &soak{world: w}
		began := time.Now()
		s.run(*soakTime / soakRounds)
		t.Logf("%v of virtual time, %d changes of leader, %d restarts", time.Since(began), s.changes, s.restarts)
		s.judge()
		s.outliveSessions()
		for _, finding := range w.findings() {
			t.Error(finding)
		}
	})
}

const (
	// soakRounds is how often the cluster is measured.
	soakRounds = 10
	// soakAge is the age of snapshots: from them it is read what there is.
	soakAge = 10 * time.Second
)

// soakConfig has the timeouts that services have, and a short log.
func soakConfig(cfg *cluster.Config) {
	cfg.HeartbeatTimeout, cfg.ElectionTimeout, cfg.LeaderWait = 0, 0, 0
	cfg.SnapshotEntries, cfg.SnapshotAge, cfg.TrailingLogs = 1024, soakAge, 256
}

// soak is one run.
type soak struct {
	*world
	load     load
	changes  int
	restarts int
	measures []measure
}

// run alternates load and rest.
func (s *soak) run(round time.Duration) {
	if err := s.load.fill(s.t.Context(), s.node("a")); err != nil {
		s.find("no load: %v", err)
	}
	for range soakRounds {
		ctx, stop := context.WithCancel(context.Background())
		var clients sync.WaitGroup
		for i := range 2 * len(loads) {
			c := s.client(100*len(s.measures) + i)
			clients.Go(func() { s.load.run(ctx, c, loads[i%len(loads)]) })
		}
		for end := time.Now().Add(round); time.Now().Before(end); {
			s.minute()
		}
		stop()
		clients.Wait()
		s.rest()
		s.measures = append(s.measures, s.measure())
	}
}

// minute changes the leader once, and restarts two of the others, within a
// minute.
func (s *soak) minute() {
	end := time.Now().Add(time.Minute)
	before := s.awaitLeader()
	term := s.node(before).Status().Term
	switch s.changes % 3 {
	case 0:
		s.again(before, 3*time.Second, s.net.Crash)
	case 1:
		s.again(before, 2*time.Second, func(string) {})
	case 2:
		s.net.Isolate(before)
		time.Sleep(5 * time.Second)
		s.calm()
	}
	leader := s.awaitLeader()
	if s.node(leader).Status().Term <= term {
		s.find("%s leads on, although it was stopped or cut off", leader)
	}
	s.changes++
	for _, peer := range s.others(leader)[:2] {
		time.Sleep(10 * time.Second)
		s.again(peer, time.Second, s.net.Crash)
	}
	time.Sleep(time.Until(end))
}

// again ends a node, before which something is done to it, and starts it again
// after a pause.
func (s *soak) again(id string, pause time.Duration, before func(id string)) {
	before(id)
	s.stop(id)
	time.Sleep(pause)
	s.start(id)
	s.restarts++
}

// rest waits until nothing happens any more: all leases have ended, so that the
// clock of the cluster stands still, and each node has a snapshot of its state.
func (s *soak) rest() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := s.node(s.awaitLeader()).Apply(ctx, cluster.Delete(abandonedPath)); err != nil {
		s.find("at rest: %v", err)
	}
	s.recover()
	began, before := time.Now(), uint64(0)
	for now := s.applied(); now != before; now = s.applied() {
		if time.Since(began) > restMax {
			s.find("after %v without load there is still something to do: entry %d", restMax, now)
			return
		}
		before = now
		time.Sleep(soakAge + 2*time.Second)
	}
}

// restMax is time for the last leases to end, and for those of a thousand gone
// items to be found, of which each tick finds some.
const restMax = 5 * time.Minute

// applied returns the newest entry that a node has applied.
func (s *soak) applied() (index uint64) {
	for _, peer := range s.peers {
		index = max(index, s.node(peer.ID).Status().AppliedIndex)
	}
	return index
}

// outliveSessions lets all instances be silent for two days, with nothing but
// heartbeats, and those are few, so that it takes no time. The sessions of
// all that were ever started end, and those that still run take new ones.
func (s *soak) outliveSessions() {
	s.tune = func(cfg *cluster.Config) {
		soakConfig(cfg)
		cfg.HeartbeatTimeout, cfg.ElectionTimeout = 10*time.Minute, 10*time.Minute
		tune := cfg.Tune
		cfg.Tune = func(e *cluster.Engine) {
			tune(e)
			e.Config.LeaderLeaseTimeout, e.Config.CommitTimeout = 10*time.Minute, time.Minute
		}
	}
	s.stopAll()
	for _, peer := range s.peers {
		s.start(peer.ID)
	}
	time.Sleep(2*fsm.SessionTTL*time.Millisecond + time.Hour)
	s.rest()
	if kept := s.measure().kept; kept.Sessions > len(s.peers) {
		s.find("%d sessions are kept after two silent days, of %d instances", kept.Sessions, len(s.peers))
	}
}

// kept returns what the newest snapshot of a node keeps beside the tree.
func (s *soak) kept(id string) (fsm.Kept, error) {
	list, err := s.disks[id].snapshots.List()
	if err != nil || len(list) == 0 {
		return fsm.Kept{}, err
	}
	_, source, err := s.disks[id].snapshots.Open(list[0].ID)
	if err != nil {
		return fsm.Kept{}, err
	}
	defer source.Close()
	return fsm.CountKept(source)
}
