package fsm

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/tree"
)

// modelLives is what the model knows of how long items live, by the keys that
// the machine gives them: where several things follow from one, their order is
// that of the keys.
type modelLives struct {
	of    map[string]*modelLife
	ended []modelEnd
	// sessions counts the lives of sessions, each of which is another.
	sessions uint64
}

type modelLife struct {
	key     string
	path    tree.Path // nil of a session
	created uint64
	session uint64
	// ttl is 0 without a lease, due before the second tick; ticked says that
	// there was a first.
	ttl, due uint64
	ticked   bool
	keepers  map[string]uint64
	keeps    map[string]uint64
	leave    []Operation
}

type modelEnd struct {
	of    *modelLife
	keeps map[string]uint64
	leave []Operation
}

func (l modelLives) clone() modelLives {
	of := map[string]*modelLife{}
	for key, life := range l.of {
		own := *life
		own.keepers, own.keeps = maps.Clone(life.keepers), maps.Clone(life.keeps)
		of[key] = &own
	}
	return modelLives{of, slices.Clone(l.ended), l.sessions}
}

func (l *modelLife) follows() bool { return len(l.keeps) > 0 || len(l.leave) > 0 }

func (m *model) has(path tree.Path) bool {
	_, ok := lookup(m.root, path)
	return ok
}

func (m *model) alive(l *modelLife) bool {
	return l.path == nil || m.has(l.path) && m.stamps.created[pathKey(l.path)] == l.created
}

// life returns the life of the item at a path.
func (m *model) life(path tree.Path) *modelLife {
	key, created := itemKey(path), m.stamps.created[pathKey(path)]
	if old := m.lives.of[key]; old != nil && old.created == created {
		return old
	} else if old != nil {
		m.end(old)
	}
	m.lives.of[key] = &modelLife{key: key, path: path, created: created, keepers: map[string]uint64{}, keeps: map[string]uint64{}}
	return m.lives.of[key]
}

// operateLife makes an operation on how long an item lives.
func (m *model) operateLife(o Operation) Code {
	if len(o.Path) == 0 {
		o.Path = m.written
	}
	switch {
	case len(o.Path) == 0:
		return CodeInvalid
	case !m.has(o.Path):
		return CodeNotFound
	case o.Kind == OpKeepWhile && o.Keeper.Equal(o.Path):
		return CodeInvalid
	case o.Kind == OpKeepWhile && !m.has(o.Keeper):
		return CodeNotFound
	}
	m.written = o.Path
	if o.Kind == OpKeepWhile {
		m.life(o.Path) // its end may be that of the life of the keeper
		m.keep(o.Path, m.life(o.Keeper))
		return CodeOK
	}
	item := m.life(o.Path)
	switch o.Kind {
	case OpExpire:
		item.grant(uint64(o.Value.Int()))
	case OpPersist:
		item.ttl = 0
		m.release(item, "")
	case OpEphemeral:
		m.keepBySession(item, uint64(o.Value.Int()))
	case OpOnLeave:
		item.leave = o.Leave
	}
	m.prune(item)
	return CodeOK
}

func (l *modelLife) grant(ttl uint64) { l.ttl, l.due, l.ticked = ttl, 0, false }

func (m *model) keep(path tree.Path, keeper *modelLife) {
	item := m.life(path)
	item.keepers[keeper.key], keeper.keeps[item.key] = keeper.created, item.created
}

func (m *model) keepBySession(item *modelLife, ttl uint64) {
	key := sessionKey(m.session)
	for keeper := range item.keepers {
		if strings.HasPrefix(keeper, "s") && keeper != key {
			m.release(item, keeper)
		}
	}
	session := m.lives.of[key]
	if session == nil {
		m.lives.sessions++
		session = &modelLife{key: key, session: m.session, created: m.lives.sessions, keeps: map[string]uint64{}}
		m.lives.of[key] = session
	}
	if session.ttl != ttl {
		session.grant(ttl)
	}
	m.keep(item.path, session)
}

// release frees an item of one keeper, or of all.
func (m *model) release(item *modelLife, which string) {
	for key := range item.keepers {
		if which != "" && which != key {
			continue
		}
		delete(item.keepers, key)
		if keeper := m.lives.of[key]; keeper != nil {
			delete(keeper.keeps, item.key)
			m.prune(keeper)
		}
	}
}

// prune forgets a life that says nothing.
func (m *model) prune(l *modelLife) {
	if !l.follows() && (l.path == nil || l.ttl == 0 && len(l.keepers) == 0) {
		delete(m.lives.of, l.key)
	}
}

func (m *model) end(l *modelLife) {
	delete(m.lives.of, l.key)
	m.release(l, "")
	if l.follows() {
		m.lives.ended = append(m.lives.ended, modelEnd{l, l.keeps, l.leave})
	}
}

// noteEnds ends the lives from which something follows, or which the same change
// has made, and which an operation has ended, one member of a merged object after the other.
func (m *model) noteEnds(o Operation) {
	if o.Value.Kind() == tree.Object && (o.Kind == OpSet || o.Kind == OpUpdate) {
		for key, member := range o.Value.Members() {
			m.noteEnds(Operation{Kind: o.Kind, Path: o.Path.Child(key), Value: member})
		}
		return
	}
	var ended []*modelLife
	for _, l := range m.lives.of {
		young := l.created == m.revision+1
		if l.path.HasPrefix(o.Path) && (young || l.follows()) && !m.alive(l) {
			ended = append(ended, l)
		}
	}
	slices.SortFunc(ended, func(a, b *modelLife) int { return cmp.Compare(a.key, b.key) })
	for _, l := range ended {
		if m.lives.of[l.key] == l {
			m.end(l)
		}
	}
}

// cascade does all that follows from the ends of lives. Plans are too short for
// its limit.
func (m *model) cascade() {
	for len(m.lives.ended) > 0 {
		first := m.lives.ended[0]
		for _, key := range slices.Sorted(maps.Keys(first.keeps)) {
			kept := m.lives.of[key]
			if kept == nil || kept.created != first.keeps[key] {
				continue
			}
			if keeper, held := kept.keepers[first.of.key]; held && keeper == first.of.created {
				m.end(kept)
				m.expel(kept)
			}
		}
		m.lives.ended = m.lives.ended[1:]
		m.makeLeave(first.leave)
	}
}

func (m *model) expel(l *modelLife) {
	if l.path != nil && m.alive(l) {
		m.put(with(m.root, l.path, nil, true))
		m.noteEnds(Operation{Kind: OpRemove, Path: l.path})
	}
}

func (m *model) makeLeave(operations []Operation) {
	work := m.clone()
	for _, o := range operations {
		if _, code := work.operate(o); code != CodeOK {
			// The keys that were taken are not taken again.
			m.created, m.written = work.created, work.written
			return
		}
	}
	*m = *work
}

// tick moves the clock on, and ends what is overdue, the earliest first.
func (m *model) tick(elapsed uint64) {
	m.clock += elapsed
	m.created = 0
	var over, leased []*modelLife
	for _, l := range m.lives.of {
		switch {
		case l.ttl == 0:
			continue
		case !l.ticked:
			l.ticked = true
			continue
		case l.due == 0:
			l.due = m.clock + l.ttl + 1
		}
		leased = append(leased, l)
	}
	slices.SortFunc(leased, func(a, b *modelLife) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.key, b.key)) })
	for len(leased) > 0 && leased[0].due <= m.clock {
		over, leased = append(over, leased[0]), leased[1:]
	}
	for _, l := range over {
		m.end(l)
		m.expel(l)
	}
	leased = slices.DeleteFunc(leased, func(l *modelLife) bool { return m.lives.of[l.key] != l })
	for _, first := range leased[:min(len(leased), goneAtOnce)] {
		if !m.alive(first) {
			m.end(first)
		}
	}
	m.cascade()
	m.commit()
}

// refresh grants the lease of a session again.
func (m *model) refresh(session uint64) Code {
	held := m.lives.of[sessionKey(session)]
	if held == nil {
		return CodeNotFound
	}
	keys := slices.Sorted(maps.Keys(held.keeps))
	for _, key := range keys[:min(len(keys), goneAtOnce)] {
		if kept := m.lives.of[key]; kept != nil && !m.alive(kept) {
			m.end(kept)
		}
	}
	if m.lives.of[held.key] == nil {
		return CodeNotFound
	}
	held.grant(held.ttl)
	return CodeOK
}

// leave ends the lease of a session.
func (m *model) leave(session uint64) {
	m.created = 0
	if held := m.lives.of[sessionKey(session)]; held != nil {
		m.end(held)
	}
	m.cascade()
	m.commit()
}

// compareLeases holds the leases of the machine against the model.
func (m *model) compareLeases(t *testing.T, state State) {
	t.Helper()
	for _, l := range m.lives.of {
		left, ok := state.Lease(l.path)
		if l.path == nil {
			left, ok = state.SessionLease(l.session)
		}
		expected := l.ttl
		if l.due > 0 {
			expected = min(l.ttl, l.due-m.clock)
		}
		if want := m.alive(l) && l.ttl > 0; ok != want || want && left != expected {
			t.Fatalf("lease of %v: %d left, %v; want %d, %v", l.path, left, ok, expected, want)
		}
	}
}
