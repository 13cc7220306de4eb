package cluster

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

// logOf returns a store with entries first to last of one term.
func logOf(t *testing.T, first, last, term uint64) *raft.InmemStore {
	t.Helper()
	logs := raft.NewInmemStore()
	for i := first; i <= last; i++ {
		if err := logs.StoreLog(&raft.Log{Index: i, Term: term}); err != nil {
			t.Fatal(err)
		}
	}
	return logs
}

// openGuard returns the guard of a log as it is at a start.
func openGuard(t *testing.T, logs raft.LogStore, store raft.SnapshotStore) *snapshotLog {
	t.Helper()
	from, err := readSnapshots(store, raft.Configuration{}, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSnapshotLog(logs, from)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// receive makes a snapshot of the leader's complete, without taking it.
func receive(t *testing.T, s *snapshotLog, below raft.SnapshotStore, index, term uint64) {
	t.Helper()
	store := &snapshotStore{SnapshotStore: below, log: s}
	sink, err := store.Create(1, index, term, raft.Configuration{}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := fsm.New(nil).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Persist(sink); err != nil {
		t.Fatal(err)
	}
}

// install does with a snapshot of the leader's what the engine does.
func install(t *testing.T, s *snapshotLog, below raft.SnapshotStore, index, term uint64) {
	t.Helper()
	receive(t, s, below, index, term)
	take(t, s, below)
}

// take lets the state machine take the snapshot that was received last.
func take(t *testing.T, s *snapshotLog, below raft.SnapshotStore) {
	t.Helper()
	store := &snapshotStore{SnapshotStore: below, log: s}
	list, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	_, content, err := store.Open(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	machine := &restoredMachine{Machine: fsm.New(nil), log: s}
	if err := machine.Restore(content); err != nil {
		t.Fatal(err)
	}
}

// TestOwnSnapshotBesideAnInstalledOneLeavesNoGap: the log was held against the one
// that was completed last. It kept the entries from before the installed one, those
// after it followed them, and the next start refused the log.
func TestOwnSnapshotBesideAnInstalledOneLeavesNoGap(t *testing.T) {
	logs, below, own := logOf(t, 1, 10, 1), raft.NewInmemSnapshotStore(), raft.NewInmemSnapshotStore()
	s := openGuard(t, logs, below)
	receive(t, s, below, 20, 2)
	receive(t, s, own, 8, 1)
	take(t, s, below)
	if err := s.StoreLogs([]*raft.Log{{Index: 21, Term: 2}}); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, logs); got != "21-21" || s.newest() != 20 {
		t.Errorf("the log is %s after a snapshot up to %d, want 21-21 and 20", got, s.newest())
	}
}

func contents(t *testing.T, logs raft.LogStore) string {
	t.Helper()
	first, err := logs.FirstIndex()
	if err != nil {
		t.Fatal(err)
	}
	last, err := logs.LastIndex()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

func TestLogThatDoesNotGoWithASnapshot(t *testing.T) {
	for name, test := range map[string]struct {
		first, last uint64 // of term 1
		index, term uint64 // of the snapshot
		after       string
		tainted     bool
		reopened    string
	}{
		"has its last entry":            {1, 10, 5, 1, "1-10", false, "1-10"},
		"has another entry there":       {1, 10, 5, 2, "1-10", true, "0-0"},
		"ends with another entry there": {1, 10, 10, 2, "1-10", true, "0-0"},
		"ends before it":                {1, 10, 20, 2, "0-0", false, "0-0"},
		"begins after it":               {6, 10, 5, 1, "6-10", false, "6-10"},
	} {
		t.Run(name, func(t *testing.T) {
			logs, below := logOf(t, test.first, test.last, 1), raft.NewInmemSnapshotStore()
			s := openGuard(t, logs, below)
			receive(t, s, below, test.index, test.term)
			if got, want := contents(t, logs), fmt.Sprintf("%d-%d", test.first, test.last); got != want || s.tainted() {
				t.Errorf("before the snapshot is taken, the log is %s, tainted %v", got, s.tainted())
			}
			install(t, s, below, test.index, test.term)
			if got := contents(t, logs); got != test.after || s.tainted() != test.tainted {
				t.Errorf("the log is %s, tainted %v, want %s and %v", got, s.tainted(), test.after, test.tainted)
			}
			// The process ends here, and starts again.
			again := openGuard(t, logs, below)
			if got := contents(t, logs); got != test.reopened || again.tainted() {
				t.Errorf("at the next start the log is %s, want %s", got, test.reopened)
			}
		})
	}
}

func TestTaintEndsWithTheFirstEntriesAfterTheSnapshot(t *testing.T) {
	logs, below := logOf(t, 1, 10, 1), raft.NewInmemSnapshotStore()
	s := openGuard(t, logs, below)
	install(t, s, below, 5, 2)
	// The engine finds the conflict at entry 6.
	if err := s.DeleteRange(6, 10); err != nil {
		t.Fatal(err)
	}
	if err := s.StoreLogs([]*raft.Log{{Index: 6, Term: 2}}); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, logs); got != "6-6" || s.tainted() {
		t.Errorf("the log is %s, tainted %v", got, s.tainted())
	}
}

func TestMessagesAreReadByWhatTheSnapshotCovers(t *testing.T) {
	for name, test := range map[string]struct {
		previous, first, last, commit uint64
		applied                       uint64 // 10 if it is 0
		want                          string
	}{
		"after the snapshot":                    {11, 12, 13, 50, 0, "previous 11, entries [12 13], commit 13"},
		"right after it":                        {10, 11, 12, 50, 0, "previous 0, entries [11 12], commit 12"},
		"across its end":                        {8, 9, 12, 50, 0, "previous 0, entries [11 12], commit 12"},
		"before it":                             {3, 4, 6, 50, 0, "previous 0, entries [], commit 6"},
		"before it, but not applied":            {3, 4, 6, 50, 2, "previous 3, entries [4 5 6], commit 6"},
		"a heartbeat":                           {0, 0, 0, 0, 0, "previous 0, entries [], commit 0"},
		"a commit that is behind":               {11, 12, 13, 11, 0, "previous 11, entries [12 13], commit 11"},
		"no entries, and the commit of another": {11, 0, 0, 50, 0, "previous 11, entries [], commit 11"},
	} {
		t.Run(name, func(t *testing.T) {
			below := raft.NewInmemSnapshotStore()
			s := openGuard(t, raft.NewInmemStore(), below)
			install(t, s, below, 10, 2)
			message := &raft.AppendEntriesRequest{PrevLogEntry: test.previous, PrevLogTerm: 2, LeaderCommitIndex: test.commit}
			for i := test.first; i != 0 && i <= test.last; i++ {
				message.Entries = append(message.Entries, &raft.Log{Index: i, Term: 2})
			}
			s.accept(message, cmp.Or(test.applied, 10))
			indexes := []uint64{}
			for _, entry := range message.Entries {
				indexes = append(indexes, entry.Index)
			}
			got := fmt.Sprintf("previous %d, entries %v, commit %d", message.PrevLogEntry, indexes, message.LeaderCommitIndex)
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestMemberWithATaintedLogAsksForNoVotes(t *testing.T) {
	below := raft.NewInmemSnapshotStore()
	s := openGuard(t, logOf(t, 1, 10, 1), below)
	install(t, s, below, 5, 2)
	member := &raftTransport{log: s}
	if err := member.RequestPreVote("b", "b", nil, nil); err != errTainted {
		t.Errorf("before an election: %v", err)
	}
	if err := member.RequestVote("b", "b", nil, nil); err != errTainted {
		t.Errorf("in an election: %v", err)
	}
}
