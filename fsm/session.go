package fsm

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"example.com/gstate/tree"
)

const (
	// MaxSessions bounds the table. An instance opens one session each time
	// it starts, so this is room for about a thousand restarts of other
	// instances before a silent one loses its session (and opens another).
	MaxSessions = 1024
	// SessionTTL is how long a session may be silent, in milliseconds on the
	// replicated clock: one day. An instance that is alive and silent for so long
	// has no write in doubt, and opens another session without noticing; one that
	// was cut off for so long cannot learn any more what became of its last ones.
	SessionTTL = 24 * 60 * 60 * 1000
	// MaxWindow bounds how many commands of one session may await their
	// answers: Sequence < Floor + MaxWindow.
	MaxWindow = 1 << 16
	// sessionsPerEntry is how many session numbers belong to one entry. An
	// entry that opens more (the table would not hold them) takes those of the
	// entries that follow.
	sessionsPerEntry = 1 << 10
)

// session is the replicated identity of one running instance, with the
// answers that may still be asked for (Raft thesis, 6.3, with a window in
// place of one number, since an instance has many commands in flight).
type session struct {
	id uint64
	// used is the index of the last entry that carried one of its commands, and
	// seen the time on the replicated clock.
	used, seen uint64
	// floor is the sequence of answers[0]; what is below it is forgotten.
	floor uint64
	// answers holds a slot for each sequence from floor on.
	answers []slot
	// owner is the table's epoch in which this value was made: a session of
	// an older epoch is shared with a snapshot and is copied before a change.
	owner uint64
}

// slot holds the answer to one sequence, once there is one.
type slot struct {
	answered bool
	answer   Answer
}

// sessionTable is the sessions of all instances. Only the apply goroutine
// uses it; freeze gives others a view that never changes.
type sessionTable struct {
	sessions map[uint64]*session
	// last is the number of the session opened last. All others are lower.
	last uint64
	// now is the replicated clock.
	now uint64
	// epoch counts the calls of freeze. What is owned by the present one is
	// held by no snapshot.
	epoch uint64
}

func newSessionTable() *sessionTable {
	return &sessionTable{sessions: make(map[uint64]*session)}
}

// open adds a session and returns its number. A full table first loses the
// session that was silent for longest.
//
// The number comes from the entry's index, because an index is never used
// twice, not even should a table be taken back to an earlier state: an instance
// that goes on with a session opened since must not meet a new one of the same
// number, whose answers it would take for its own.
func (t *sessionTable) open(index uint64) uint64 {
	if len(t.sessions) >= MaxSessions {
		delete(t.sessions, t.oldest())
	}
	t.last = max(t.last+1, index*sessionsPerEntry)
	t.sessions[t.last] = &session{id: t.last, used: index, seen: t.now, floor: 1, owner: t.epoch}
	return t.last
}

// tick moves the clock on, and ends the sessions that were silent for too long.
func (t *sessionTable) tick(now uint64) {
	t.now = now
	maps.DeleteFunc(t.sessions, func(_ uint64, s *session) bool { return now-s.seen >= SessionTTL })
}

// oldest returns the number of the session used least recently. Equal uses
// (one entry) are told apart by number, since the order of a map is not one.
func (t *sessionTable) oldest() uint64 {
	oldest := slices.MinFunc(slices.Collect(maps.Values(t.sessions)), func(a, b *session) int {
		return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.id, b.id))
	})
	return oldest.id
}

// claim finds the slot for a command. The code is CodeOK when the slot may be
// used: if it is answered, the command is a retry and that is its answer.
func (t *sessionTable) claim(h Header, index uint64) (*slot, Code) {
	s := t.owned(h.Session)
	if s == nil {
		return nil, CodeUnknownSession
	}
	if h.Floor == 0 || h.Sequence < h.Floor || h.Sequence-h.Floor >= MaxWindow {
		return nil, CodeInvalid
	}
	s.used, s.seen = index, t.now
	s.forget(h.Floor)
	return s.slot(h.Sequence)
}

// use notes that the instance of a session lives.
func (t *sessionTable) use(session, index uint64) {
	if s := t.owned(session); s != nil {
		s.used, s.seen = index, t.now
	}
}

// find is claim for somebody else than the session's own instance: neither its
// floor nor its last use changes.
func (t *sessionTable) find(h Header) (*slot, Code) {
	s := t.owned(h.Session)
	switch {
	case s == nil:
		return nil, CodeUnknownSession
	case h.Floor != 0 || h.Sequence == 0:
		return nil, CodeInvalid
	case h.Sequence >= s.floor+MaxWindow:
		return nil, CodeUnknownSession // it cannot have been sent
	}
	return s.slot(h.Sequence)
}

// slot returns the slot of a sequence.
func (s *session) slot(sequence uint64) (*slot, Code) {
	if sequence < s.floor {
		return nil, CodeAnswered
	}
	position := sequence - s.floor
	if position >= MaxWindow {
		return nil, CodeInvalid
	}
	for uint64(len(s.answers)) <= position {
		s.answers = append(s.answers, slot{})
	}
	return &s.answers[position], CodeOK
}

// owned returns the session for a change, nil when there is none.
func (t *sessionTable) owned(id uint64) *session {
	s := t.sessions[id]
	if s == nil || s.owner == t.epoch {
		return s
	}
	own := *s
	own.owner = t.epoch
	own.answers = slices.Clone(s.answers)
	t.sessions[id] = &own
	return &own
}

// forget drops the answers below floor.
func (s *session) forget(floor uint64) {
	if floor <= s.floor {
		return
	}
	drop := min(floor-s.floor, uint64(len(s.answers)))
	s.answers = s.answers[drop:]
	s.floor = floor
}

// freeze returns the sessions by number, for good: later changes are made on
// copies. It takes time for the number of sessions, not for their answers.
func (t *sessionTable) freeze() frozenSessions {
	t.epoch++
	sorted := slices.SortedFunc(maps.Values(t.sessions), func(a, b *session) int {
		return cmp.Compare(a.id, b.id)
	})
	return frozenSessions{last: t.last, sessions: sorted}
}

// frozenSessions is what a snapshot holds of the table.
type frozenSessions struct {
	last     uint64
	sessions []*session
}

func (f frozenSessions) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, f.last)
	dst = binary.AppendUvarint(dst, uint64(len(f.sessions)))
	for _, s := range f.sessions {
		dst = binary.AppendUvarint(dst, s.id)
		dst = binary.AppendUvarint(dst, s.used)
		dst = binary.AppendUvarint(dst, s.seen)
		dst = binary.AppendUvarint(dst, s.floor)
		dst = binary.AppendUvarint(dst, uint64(len(s.answers)))
		for _, slot := range s.answers {
			dst = appendSlot(dst, slot)
		}
	}
	return dst
}

func appendSlot(dst []byte, s slot) []byte {
	dst = append(dst, flagByte(s.answered))
	if !s.answered {
		return dst
	}
	return appendAnswer(dst, s.answer)
}

func decodeSlot(d *decoder) slot {
	if !d.flag() {
		return slot{}
	}
	return slot{answered: true, answer: decodeAnswer(d)}
}

func decodeSession(d *decoder) *session {
	return &session{
		id:      d.uvarint(),
		used:    d.uvarint(),
		seen:    d.uvarint(),
		floor:   d.uvarint(),
		answers: decodeList(d, MaxWindow, decodeSlot),
	}
}

// decodeSessions is the inverse of frozenSessions.append, at a time on the
// replicated clock. It refuses what no table can be, so that the machine need not
// expect it later.
func decodeSessions(d *decoder, now uint64) *sessionTable {
	table := newSessionTable()
	table.now = now
	table.last = d.uvarint()
	before := uint64(0)
	for _, s := range decodeList(d, MaxSessions, decodeSession) {
		if s.id <= before || s.id > table.last || s.floor == 0 || s.seen > now {
			d.fail(fmt.Errorf("%w: session %d with floor %d, seen at %d, after session %d and up to %d", tree.ErrCorrupt, s.id, s.floor, s.seen, before, table.last))
		}
		table.sessions[s.id] = s
		before = s.id
	}
	return table
}
