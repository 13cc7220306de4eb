package sim

import (
	"fmt"
	"runtime"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// measure is what there is at rest.
type measure struct {
	// starts is how many sessions may have been opened: one for each start of an
	// instance, and another should the answer be lost, with a change of leader.
	starts int
	// kept is the most that any node keeps.
	kept                     fsm.Kept
	items, goroutines, conns int
	heap                     uint64
}

// String returns the measure as text, such as "3 sessions, 2 answers...".
func (m measure) String() string {
	return fmt.Sprintf("%d sessions, %d answers, %d lives, %d items, %d goroutines, %d connections, %d KiB",
		m.kept.Sessions, m.kept.Answers, m.kept.Lives, m.items, m.goroutines, m.conns, m.heap>>10)
}

// measure measures a cluster at rest: each node has a snapshot of its present
// state.
func (s *soak) measure() measure {
	m := measure{starts: len(s.peers) + s.restarts + s.changes}
	for _, peer := range s.peers {
		status := s.node(peer.ID).Status()
		kept, err := s.kept(peer.ID)
		if err != nil || status.SnapshotIndex != status.AppliedIndex {
			s.find("%s has a snapshot of entry %d, and is at %d: %v", peer.ID, status.SnapshotIndex, status.AppliedIndex, err)
		}
		m.kept.Sessions = max(m.kept.Sessions, kept.Sessions)
		m.kept.Answers = max(m.kept.Answers, kept.Answers)
		m.kept.Lives = max(m.kept.Lives, kept.Lives)
		m.items = max(m.items, status.Items)
	}
	m.goroutines, m.conns = runtime.NumGoroutine(), s.net.Conns()
	runtime.GC()
	runtime.GC() // what the first one has only made ready to be freed
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	m.heap = memory.HeapAlloc
	s.t.Logf("after %v, %d changes of leader and %d restarts: %v", s.clock(), s.changes, s.restarts, m)
	return m
}

// left is where nothing may stand at rest: its items have leases, or stand in
// line for a lock.
var left = []tree.Path{{"leased"}, {"abandoned"}, {"lock", "0"}, {"lock", "1"}, {"lock", "2"}}

// judge wants each measure to have its bounds, and the second half of them not
// to be above the first.
func (s *soak) judge() {
	for _, m := range s.measures {
		if m.kept.Sessions > min(m.starts, fsm.MaxSessions) || m.kept.Answers > 4*m.kept.Sessions || m.kept.Lives > 0 {
			s.find("too much is kept of %d sessions: %v", m.starts, m)
		}
	}
	half := len(s.measures) / 2
	before, after := mostOf(s.measures[:half]), mostOf(s.measures[half:])
	// The table of sessions grows until it is full, or a day is over.
	heap := before.heap + before.heap/33 + uint64(max(0, after.kept.Sessions-before.kept.Sessions))*bytesOfSession
	if after.heap > heap || after.goroutines > before.goroutines+4 || after.conns > before.conns+4 || after.items > before.items {
		s.find("there is more in the second half than in the first: %v, after %v", after, before)
	}
	s.judgeLoad()
}

// bytesOfSession is what a session takes on three nodes, with its answers and
// with their snapshots.
const bytesOfSession = 1 << 10

// mostOf returns the greatest of each number.
func mostOf(measures []measure) (most measure) {
	for _, m := range measures {
		most.kept.Sessions = max(most.kept.Sessions, m.kept.Sessions)
		most.kept.Answers = max(most.kept.Answers, m.kept.Answers)
		most.items, most.goroutines = max(most.items, m.items), max(most.goroutines, m.goroutines)
		most.conns, most.heap = max(most.conns, m.conns), max(most.heap, m.heap)
	}
	return most
}

// judgeLoad wants there to have been load, and all of it to be done once.
func (s *soak) judgeLoad() {
	l := &s.load
	writes, unknown := l.writes.Load(), l.unknown.Load()
	s.t.Logf("%d writes, %d of unknown outcome, %d transactions, %d leases, %d locks, %d events, %d reads",
		writes, unknown, l.transactions.Load(), l.leases.Load(), l.locks.Load(), l.events.Load(), l.reads.Load())
	state := s.node(s.awaitLeader()).Tree()
	total, _ := state.Get(totalPath())
	if n := total.Value().Int(); n < writes || n > writes+unknown {
		s.find("%d writes were made, of %d and %d of unknown outcome", n, writes, unknown)
	}
	for _, path := range left {
		if item, _ := state.Get(path); item.Len() > 0 {
			s.find("%d are left at %v", item.Len(), path)
		}
	}
	for _, n := range []int64{writes, l.transactions.Load(), l.leases.Load(), l.locks.Load(), l.reads.Load()} {
		if n < 10*int64(s.changes) {
			s.find("only %d of something were made: the run says nothing", n)
		}
	}
}
