package fsm

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// model is the machine again, written for nothing but to be right: the tree is
// nested maps that are copied for each operation, a session never forgets. It
// knows objects and leaves, no arrays.
type model struct {
	root     map[string]any
	revision uint64
	stamps   stamps
	clock    uint64
	lives    modelLives
	sessions map[uint64]*modelSession
	last     uint64
	// session, created and written are those of the present transaction, and
	// changed says whether it has changed anything.
	session uint64
	created int
	written tree.Path
	changed bool
}

// stamps holds revisions for each path in its text form.
type stamps struct {
	// created is the revision that made the item, modified that of the newest
	// change of the item itself, and newest that of anything beneath it, too.
	created, modified, newest map[string]uint64
}

func newStamps() stamps {
	return stamps{created: map[string]uint64{}, modified: map[string]uint64{}, newest: map[string]uint64{}}
}

func (s stamps) clone() stamps {
	return stamps{maps.Clone(s.created), maps.Clone(s.modified), maps.Clone(s.newest)}
}

type modelSession struct {
	floor   uint64
	answers map[uint64]Answer
}

func newModel() *model {
	return &model{
		root:     map[string]any{},
		stamps:   newStamps(),
		lives:    modelLives{of: map[string]*modelLife{}},
		sessions: map[uint64]*modelSession{},
	}
}

// answer is what the machine must answer to a command.
func (m *model) answer(data []byte, index uint64) Answer {
	command, err := DecodeCommand(data)
	if err != nil {
		return Answer{Code: codeOf(err), Revision: m.revision}
	}
	h := command.Header
	s := m.sessions[h.Session]
	switch {
	case command.Kind == KindOpenSession:
		m.last = max(m.last+1, index*sessionsPerEntry)
		m.sessions[m.last] = &modelSession{floor: 1, answers: map[uint64]Answer{}}
		return Answer{Revision: m.revision, Detail: m.last}
	case command.Kind == KindTick:
		m.tick(command.Elapsed)
		return Answer{Revision: m.revision}
	case command.Kind == KindRefresh:
		return Answer{Code: m.refresh(h.Session), Revision: m.revision}
	case command.Kind == KindLeave:
		m.leave(h.Session)
		return Answer{Revision: m.revision}
	case s == nil:
		return Answer{Code: CodeUnknownSession, Revision: m.revision}
	case command.Kind == KindResolve:
		return m.resolve(s, h)
	case h.Floor < 1 || h.Floor > h.Sequence || h.Sequence >= h.Floor+MaxWindow:
		return Answer{Code: CodeInvalid, Revision: m.revision}
	}
	s.floor = max(s.floor, h.Floor)
	if h.Sequence < s.floor {
		return Answer{Code: CodeAnswered, Revision: m.revision}
	}
	if _, answered := s.answers[h.Sequence]; !answered {
		s.answers[h.Sequence] = m.decide(command)
	}
	return s.answers[h.Sequence]
}

// resolve answers a question about a command.
func (m *model) resolve(s *modelSession, h Header) Answer {
	switch {
	case h.Floor != 0 || h.Sequence == 0:
		return Answer{Code: CodeInvalid, Revision: m.revision}
	case h.Sequence >= s.floor+MaxWindow:
		return Answer{Code: CodeUnknownSession, Revision: m.revision}
	case h.Sequence < s.floor:
		return Answer{Code: CodeAnswered, Revision: m.revision}
	}
	if _, answered := s.answers[h.Sequence]; !answered {
		s.answers[h.Sequence] = Answer{Code: CodeGivenUp, Revision: m.revision}
	}
	return s.answers[h.Sequence]
}

// decide applies a command to a copy, which it keeps if nothing is refused.
func (m *model) decide(command Command) Answer {
	operations, answer := command.Operations, Answer{Revision: m.revision}
	for i, c := range command.Conditions {
		code, detail := m.check(c)
		if code == CodeOK {
			continue
		}
		answer.At, answer.Detail = uint32(i+1), detail
		if !command.HasElse {
			answer.Code = code
			return answer
		}
		operations, answer.Else = command.Else, true
		break
	}
	work := m.clone()
	work.session, work.created, work.written, work.changed = command.Header.Session, 0, nil, false
	for i, o := range operations {
		result, code := work.operate(o)
		if code != CodeOK {
			return Answer{Code: code, Revision: m.revision, At: uint32(len(command.Conditions) + i + 1), Else: answer.Else}
		}
		answer.addResult(i, result)
	}
	work.cascade()
	work.commit()
	*m = *work
	answer.Revision = m.revision
	return answer
}

func (m *model) clone() *model {
	work := *m
	work.stamps, work.lives = m.stamps.clone(), m.lives.clone()
	return &work
}

func (m *model) commit() {
	if m.changed {
		m.revision++
	}
	m.changed = false
}

// put takes a new root.
func (m *model) put(root map[string]any) {
	m.changed = m.stamps.note("", m.root, root, m.revision+1) || m.changed
	m.root = root
}

// operate makes one operation.
func (m *model) operate(o Operation) (tree.Value, Code) {
	var result tree.Value
	if o.Kind >= OpExpire {
		return result, m.operateLife(o)
	}
	if o.Kind == OpCreate {
		o = Operation{Kind: OpInsert, Path: o.Path.Child(fmt.Sprintf("%016d-%04d", m.revision+1, m.created)), Value: o.Value}
		result = tree.StringValue(o.Path[len(o.Path)-1])
		m.created++
	}
	numeric := isNumeric(o.Kind)
	o, code := computed(m.root, o)
	if code != CodeOK {
		return tree.Value{}, code
	}
	if numeric {
		result = o.Value
	}
	after, code := operated(m.root, o)
	if code != CodeOK {
		return tree.Value{}, code
	}
	m.put(after)
	m.written = o.Path
	m.noteEnds(o)
	return result, CodeOK
}

func (m *model) check(c Condition) (Code, uint64) {
	path := c.at()
	value, exists := lookup(m.root, path)
	key := pathKey(path)
	newest, holds := m.stamps.newest[key], true
	if !exists {
		newest = 0
	}
	switch c.Kind {
	case CondMissing:
		if exists {
			return CodeExists, newest
		}
		return CodeOK, 0
	case CondResult:
		result, _ := tree.ValueOf(value)
		if SumResult(result, exists) != c.Sum {
			return CodeConflict, newest
		}
		return CodeOK, 0
	case CondUnmodified:
		holds = newest <= c.Revision && c.Revision <= m.revision
	case CondItemUnmodified:
		holds = m.stamps.modified[key] <= c.Revision && c.Revision <= m.revision
	case CondHeld:
		holds = m.stamps.created[key] == c.Revision
	case CondEquals:
		holds = reflect.DeepEqual(value, c.Value.Any())
	}
	switch {
	case !exists:
		return CodeNotFound, 0
	case !holds:
		return CodeConflict, newest
	}
	return CodeOK, 0
}

func isNumeric(kind OperationKind) bool { return kind == OpAdd || kind == OpMin || kind == OpMax }

// computed returns what an operation on a number sets.
func computed(root map[string]any, o Operation) (Operation, Code) {
	if !isNumeric(o.Kind) || len(o.Path) == 0 {
		return o, CodeOK
	}
	old, exists := lookup(root, o.Path)
	set := Operation{Kind: OpSet, Path: o.Path, Value: o.Value}
	if !exists {
		return set, CodeOK
	}
	f, isFloat := old.(float64)
	i, isInt := old.(int64)
	switch given := o.Value.Any().(type) {
	case int64:
		switch {
		case isInt:
			set.Value = tree.IntValue(map[OperationKind]int64{OpAdd: i + given, OpMin: min(i, given), OpMax: max(i, given)}[o.Kind])
			return set, CodeOK
		case isFloat:
			return floated(set, o.Kind, f, float64(given)), CodeOK
		}
	case float64:
		if isFloat {
			return floated(set, o.Kind, f, given), CodeOK
		}
	}
	return Operation{}, CodeWrongKind
}

func floated(set Operation, kind OperationKind, a, b float64) Operation {
	set.Value = tree.FloatValue(map[OperationKind]float64{OpAdd: a + b, OpMin: min(a, b), OpMax: max(a, b)}[kind])
	return set
}

// operated returns root after an operation.
func operated(root map[string]any, o Operation) (map[string]any, Code) {
	old, exists := lookup(root, o.Path)
	value := o.Value.Any()
	_, isObject := value.(map[string]any)
	switch {
	case len(o.Path) == 0 && !isObject:
		return nil, CodeInvalid
	case o.Kind == OpInsert && exists:
		return nil, CodeExists
	case !exists && (o.Kind == OpUpdate || o.Kind == OpReplace || o.Kind == OpRemove):
		return nil, CodeNotFound
	case o.Kind == OpRemove || o.Kind == OpDelete && exists:
		return with(root, o.Path, nil, true), CodeOK
	case o.Kind == OpDelete:
		return root, CodeOK
	case o.Kind != OpReplace:
		value = merged(old, value)
	}
	return with(root, o.Path, value, false), CodeOK
}

// merged is what becomes of old when value is set.
func merged(old, value any) any {
	members, isObject := value.(map[string]any)
	if !isObject {
		return value
	}
	result := map[string]any{}
	if was, ok := old.(map[string]any); ok {
		result = maps.Clone(was)
	}
	for key, member := range members {
		result[key] = merged(result[key], member)
	}
	return result
}

// with returns a copy of object with the value at path, or without it.
func with(object map[string]any, path tree.Path, value any, remove bool) map[string]any {
	if len(path) == 0 {
		return value.(map[string]any)
	}
	result := maps.Clone(object)
	switch {
	case len(path) > 1:
		child, _ := object[path[0]].(map[string]any)
		if child == nil {
			child = map[string]any{}
		}
		result[path[0]] = with(child, path[1:], value, remove)
	case remove:
		delete(result, path[0])
	default:
		result[path[0]] = value
	}
	return result
}

func lookup(value any, path tree.Path) (any, bool) {
	for _, key := range path {
		object, _ := value.(map[string]any)
		child, ok := object[key]
		if !ok {
			return nil, false
		}
		value = child
	}
	return value, true
}

// pathKey names a path in stamps. The keys of plans have no slash.
func pathKey(path tree.Path) string {
	if len(path) == 0 {
		return ""
	}
	return "/" + strings.Join(path, "/")
}

// note stamps all items that differ between two values at path, or beneath
// which something does. It reports whether any does.
func (s stamps) note(path string, before, after any, revision uint64) bool {
	if reflect.DeepEqual(before, after) {
		return false
	}
	s.newest[path] = revision
	old, wasObject := before.(map[string]any)
	now, isObject := after.(map[string]any)
	if before == newChild {
		s.created[path] = revision
	}
	if !wasObject || !isObject || !slices.Equal(slices.Sorted(maps.Keys(old)), slices.Sorted(maps.Keys(now))) {
		s.modified[path] = revision
	}
	for key, child := range now {
		if was, existed := old[key]; !existed {
			s.note(path+"/"+key, newChild, child, revision)
		} else {
			s.note(path+"/"+key, was, child, revision)
		}
	}
	return true
}

// newChild is what note sees where nothing was. No value equals it.
var newChild any = make(chan int)

// compare holds the tree against the model.
func (m *model) compare(t *testing.T, got *tree.Tree) {
	t.Helper()
	if value := got.Root().Value().Any(); !reflect.DeepEqual(value, any(m.root)) || got.Revision() != m.revision {
		t.Fatalf("got %v at revision %d, want %v at %d", value, got.Revision(), m.root, m.revision)
	}
	m.compareStamps(t, nil, got.Root())
}

func (m *model) compareStamps(t *testing.T, path tree.Path, item tree.Item) {
	t.Helper()
	key := pathKey(path)
	got := [...]uint64{item.Created(), item.Modified(), item.Newest()}
	if want := [...]uint64{m.stamps.created[key], m.stamps.modified[key], m.stamps.newest[key]}; got != want {
		t.Fatalf("created, modified and newest revision at %q are %d, want %d", path, got, want)
	}
	for key, child := range item.Children() {
		m.compareStamps(t, path.Child(key), child)
	}
}

func TestMachineAnswersAsTheModel(t *testing.T) {
	for name, words := range map[string]vocabulary{"plain": plain, "living": living} {
		for seed := range uint64(60) {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				machine, want := New(nil), newModel()
				for _, log := range planLogs(t, randomPlan(1000+seed, 1500), words) {
					if log.Type == raft.LogCommand {
						compareEntry(t, machine, want, log)
					}
				}
			})
		}
	}
}

func compareEntry(t *testing.T, machine *Machine, want *model, log *raft.Log) {
	t.Helper()
	commands, err := DecodeEntry(log.Data)
	if err != nil {
		t.Fatal(err)
	}
	for i, answer := range applied(t, machine, log) {
		if expected := want.answer(commands[i], log.Index); !reflect.DeepEqual(answer, expected) {
			t.Fatalf("entry %d, command %d: answer %+v, want %+v", log.Index, i+1, answer, expected)
		}
	}
	want.compare(t, machine.State().Tree)
	want.compareLeases(t, machine.State())
}
