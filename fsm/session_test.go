package fsm

import (
	"bytes"
	"testing"
)

// claimed claims a sequence and, if it has none, gives it an answer that tells
// where it came from.
func claimed(t *testing.T, table *sessionTable, header Header, index uint64) Answer {
	t.Helper()
	slot, code := table.claim(header, index)
	if code != CodeOK {
		t.Fatalf("claim of %+v: %v", header, code.Err())
	}
	if !slot.answered {
		slot.answered, slot.answer = true, Answer{Revision: index, Detail: header.Sequence}
	}
	return slot.answer
}

func TestFrozenSessionsStayAsTheyAre(t *testing.T) {
	changes := []struct {
		name   string
		change func(table *sessionTable, id uint64)
	}{
		{"when a new sequence is answered", func(table *sessionTable, id uint64) { claimed(t, table, Header{id, 3, 1}, 9) }},
		{"when a gap is answered", func(table *sessionTable, id uint64) { claimed(t, table, Header{id, 1, 1}, 9) }},
		{"when answers are forgotten", func(table *sessionTable, id uint64) { claimed(t, table, Header{id, 3, 3}, 9) }},
		{"when only the use is noted", func(table *sessionTable, id uint64) { claimed(t, table, Header{id, 2, 1}, 9) }},
		{"when another session is opened", func(table *sessionTable, _ uint64) { table.open(9) }},
		{"when the session is evicted", func(table *sessionTable, _ uint64) {
			for range MaxSessions {
				table.open(9)
			}
		}},
	}
	for _, test := range changes {
		t.Run(test.name, func(t *testing.T) {
			table := newSessionTable()
			id := table.open(1)
			claimed(t, table, Header{id, 2, 1}, 2)
			frozen := table.freeze()
			before := frozen.append(nil)
			for range 2 {
				test.change(table, id)
				if !bytes.Equal(frozen.append(nil), before) {
					t.Fatal("the frozen sessions have changed")
				}
			}
			if bytes.Equal(table.freeze().append(nil), before) {
				t.Error("the table has not changed")
			}
		})
	}
}

func TestSessionIsCopiedOncePerSnapshot(t *testing.T) {
	table := newSessionTable()
	id := table.open(1)
	frozen := table.freeze()
	first := table.owned(id)
	if first == frozen.sessions[0] {
		t.Error("a session that was only opened is not copied")
	}
	if again := table.owned(id); again != first {
		t.Error("the second change copied the session again")
	}
	table.freeze()
	if next := table.owned(id); next == first {
		t.Error("a change after the second snapshot did not copy the session")
	}
}

// TestEvictionDoesNotDependOnTheOrderOfAMap: of sessions that were used by one
// entry, every replica must lose the same one.
func TestEvictionDoesNotDependOnTheOrderOfAMap(t *testing.T) {
	for range 20 {
		table := newSessionTable()
		for range MaxSessions {
			table.open(1)
		}
		table.open(2)
		if table.sessions[sessionsPerEntry] != nil || len(table.sessions) != MaxSessions {
			t.Fatalf("%d sessions are left, the one with the lowest number among them", len(table.sessions))
		}
	}
}

// An old state takes the table back, while instances go on.
func TestSessionNumbersAreNeverGivenTwice(t *testing.T) {
	table := newSessionTable()
	table.open(5)
	backup := table.freeze().append(nil)
	given := map[uint64]bool{}
	for index := uint64(6); index < 20; index++ {
		given[table.open(index)] = true
		given[table.open(index)] = true
	}
	d := decoder{rest: backup}
	old := decodeSessions(&d, 0)
	if d.end() != nil {
		t.Fatal(d.err)
	}
	for index := uint64(20); index < 40; index++ {
		if id := old.open(index); given[id] {
			t.Fatalf("entry %d opened session %d, which another instance may have", index, id)
		}
	}
}

func TestManySessionsOfOneEntryHaveDifferentNumbers(t *testing.T) {
	table := newSessionTable()
	last := uint64(0)
	for range 3 * sessionsPerEntry {
		id := table.open(1)
		if id <= last {
			t.Fatalf("session %d after session %d", id, last)
		}
		last = id
	}
	if len(table.sessions) != MaxSessions {
		t.Errorf("%d sessions, want %d", len(table.sessions), MaxSessions)
	}
	if id := table.open(2); id <= last {
		t.Errorf("session %d after session %d", id, last)
	}
}

func TestForgottenAnswersGiveTheirMemoryBack(t *testing.T) {
	table := newSessionTable()
	id := table.open(1)
	for sequence := uint64(1); sequence < 4*MaxWindow; sequence++ {
		claimed(t, table, Header{id, sequence, max(sequence, 8) - 7}, 2)
	}
	if room := cap(table.sessions[id].answers); room > 1024 {
		t.Errorf("room for %d answers, and 8 are awaited", room)
	}
}

func TestDecodeSessionsRefusesWhatNoTableIs(t *testing.T) {
	tests := []struct {
		name   string
		frozen frozenSessions
		valid  bool
	}{
		{"none", frozenSessions{}, true},
		{"two in order", frozenSessions{9, []*session{{id: 3, floor: 1}, {id: 9, floor: 7}}}, true},
		{"number zero", frozenSessions{9, []*session{{id: 0, floor: 1}}}, false},
		{"the same number twice", frozenSessions{9, []*session{{id: 3, floor: 1}, {id: 3, floor: 1}}}, false},
		{"out of order", frozenSessions{9, []*session{{id: 9, floor: 1}, {id: 3, floor: 1}}}, false},
		{"a number that was not given out", frozenSessions{9, []*session{{id: 10, floor: 1}}}, false},
		{"no floor", frozenSessions{9, []*session{{id: 3, floor: 0}}}, false},
		{"a full window", frozenSessions{9, []*session{{id: 3, floor: 1, answers: make([]slot, MaxWindow)}}}, true},
		{"more than a window", frozenSessions{9, []*session{{id: 3, floor: 1, answers: make([]slot, MaxWindow+1)}}}, false},
		{"seen now", frozenSessions{9, []*session{{id: 3, floor: 1, seen: 50}}}, true},
		{"seen in the future", frozenSessions{9, []*session{{id: 3, floor: 1, seen: 51}}}, false},
		{"a full table", frozenSessions{MaxSessions, numberedSessions(MaxSessions)}, true},
		{"more than a table", frozenSessions{MaxSessions + 1, numberedSessions(MaxSessions + 1)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := decoder{rest: test.frozen.append(nil)}
			decodeSessions(&d, 50)
			if err := d.end(); (err == nil) != test.valid {
				t.Errorf("error %v, want valid: %t", err, test.valid)
			}
		})
	}
}

func TestDecodeSlotRefusesAFlagThatIsNone(t *testing.T) {
	for flag, valid := range map[byte]bool{0: true, 1: true, 2: false, 255: false} {
		d := decoder{rest: []byte{flag, 0, 0, 0, 0, 0, 0}[:1+6*min(flag, 1)]}
		if decodeSlot(&d); (d.err == nil) != valid {
			t.Errorf("flag %d: error %v", flag, d.err)
		}
	}
}

func numberedSessions(n int) []*session {
	var sessions []*session
	for i := range n {
		sessions = append(sessions, &session{id: uint64(i + 1), floor: 1})
	}
	return sessions
}
