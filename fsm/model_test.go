package fsm

import (
	"fmt"
	"maps"
	"reflect"
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
	// newest holds, for each path in its text form, the newest revision that
	// changed the item or anything beneath it.
	newest   map[string]uint64
	sessions map[uint64]*modelSession
	last     uint64
}

type modelSession struct {
	floor   uint64
	answers map[uint64]Answer
}

func newModel() *model {
	return &model{
		root:     map[string]any{},
		newest:   map[string]uint64{},
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
	case s == nil:
		return Answer{Code: CodeUnknownSession, Revision: m.revision}
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

// decide applies a command to a copy, which it keeps if nothing is refused.
func (m *model) decide(command Command) Answer {
	refuse := func(code Code, at int, detail uint64) Answer {
		return Answer{Code: code, Revision: m.revision, At: uint32(at), Detail: detail}
	}
	for i, c := range command.Conditions {
		if code, detail := m.check(c); code != CodeOK {
			return refuse(code, i+1, detail)
		}
	}
	root, newest, changed := m.root, maps.Clone(m.newest), false
	for i, o := range command.Operations {
		after, code := operated(root, o)
		if code != CodeOK {
			return refuse(code, len(command.Conditions)+i+1, 0)
		}
		changed = stamp(newest, "", root, after, m.revision+1) || changed
		root = after
	}
	m.root, m.newest = root, newest
	if changed {
		m.revision++
	}
	return Answer{Revision: m.revision}
}

func (m *model) check(c Condition) (Code, uint64) {
	value, exists := lookup(m.root, c.Path)
	newest := m.newest[pathKey(c.Path)]
	switch {
	case c.Kind == CondMissing && !exists:
		return CodeOK, 0
	case c.Kind == CondMissing:
		return CodeExists, newest
	case !exists:
		return CodeNotFound, 0
	case c.Kind == CondUnmodified && newest > c.Revision, c.Kind == CondEquals && !reflect.DeepEqual(value, c.Value.Any()):
		return CodeConflict, newest
	}
	return CodeOK, 0
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

// pathKey names a path in model.newest. The keys of plans have no slash.
func pathKey(path tree.Path) string {
	if len(path) == 0 {
		return ""
	}
	return "/" + strings.Join(path, "/")
}

// stamp notes revision for all items that differ between two values at path,
// or beneath which something does. It reports whether any does.
func stamp(newest map[string]uint64, path string, before, after any, revision uint64) bool {
	if reflect.DeepEqual(before, after) {
		return false
	}
	newest[path] = revision
	old, _ := before.(map[string]any)
	now, _ := after.(map[string]any)
	for key, child := range now {
		if was, existed := old[key]; !existed {
			stamp(newest, path+"/"+key, newChild, child, revision)
		} else {
			stamp(newest, path+"/"+key, was, child, revision)
		}
	}
	return true
}

// newChild is what stamp sees where nothing was. No value equals it.
var newChild = make(chan int)

// compare holds the tree against the model.
func (m *model) compare(t *testing.T, got *tree.Tree) {
	t.Helper()
	if value := got.Root().Value().Any(); !reflect.DeepEqual(value, any(m.root)) || got.Revision() != m.revision {
		t.Fatalf("got %v at revision %d, want %v at %d", value, got.Revision(), m.root, m.revision)
	}
	m.compareNewest(t, nil, got.Root())
}

func (m *model) compareNewest(t *testing.T, path tree.Path, item tree.Item) {
	t.Helper()
	if want := m.newest[pathKey(path)]; item.Newest() != want {
		t.Fatalf("newest revision at %q is %d, want %d", path, item.Newest(), want)
	}
	for key, child := range item.Children() {
		m.compareNewest(t, path.Child(key), child)
	}
}

func TestMachineAnswersAsTheModel(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			machine, want := New(nil), newModel()
			for _, log := range planLogs(t, randomPlan(1000+seed, 1500), plainValues) {
				if log.Type != raft.LogCommand {
					continue
				}
				compareEntry(t, machine, want, log)
			}
		})
	}
}

func compareEntry(t *testing.T, machine *Machine, want *model, log *raft.Log) {
	t.Helper()
	commands, err := DecodeEntry(log.Data)
	if err != nil {
		t.Fatal(err)
	}
	for i, answer := range applied(t, machine, log) {
		if expected := want.answer(commands[i], log.Index); answer != expected {
			t.Fatalf("entry %d, command %d: answer %+v, want %+v", log.Index, i+1, answer, expected)
		}
	}
	want.compare(t, machine.State().Tree)
}
