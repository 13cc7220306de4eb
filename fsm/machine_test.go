package fsm

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

func TestMachinePublishesEachBatchOnce(t *testing.T) {
	var published []State
	m := New(func(s State) { published = append(published, s) })
	m.ApplyBatch([]*raft.Log{commandLog(1, openCommand()), commandLog(2, openCommand())})
	m.Apply(&raft.Log{Index: 5, Term: 2, Type: raft.LogConfiguration, Data: []byte("four")})
	if len(published) != 2 || published[0].Index != 2 || published[1].Index != 5 || published[1].Term != 2 {
		t.Fatalf("published %+v", published)
	}
	if !reflect.DeepEqual(published[1], m.State()) {
		t.Errorf("published %+v, and the state is %+v", published[1], m.State())
	}
	if err := m.Restore(nopCloser(persist(t, smallMachine(t)))); !errors.Is(err, ErrOlder) || len(published) != 2 {
		t.Errorf("restoring an older state: %v, published %+v", err, published)
	}
	published = nil
	if err := New(func(s State) { published = append(published, s) }).Restore(nopCloser(persist(t, smallMachine(t)))); err != nil {
		t.Fatal(err)
	}
	if len(published) != 1 || published[0].Index != 3 {
		t.Errorf("after a restore published %+v", published)
	}
}

func TestMachineCountsTheBytesOfEntries(t *testing.T) {
	m := New(nil)
	first, second := commandLog(1, openCommand()), commandLog(2, openCommand(), openCommand())
	m.ApplyBatch([]*raft.Log{first, second})
	if got, want := m.State().Bytes, uint64(len(first.Data)+len(second.Data)); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestApplyAnswersWithTheEntry(t *testing.T) {
	m := New(nil)
	id := opened(t, m, 1)
	got := m.Apply(&raft.Log{Index: 7, Term: 3, Data: EncodeEntry([][]byte{
		applyCommand(Header{id, 1, 1}, nil, []Operation{set(t, "a", `1`)}),
		applyCommand(Header{id, 2, 1}, nil, []Operation{{Kind: OpInsert, Path: tree.Path{"a"}}}),
	})})
	want := Applied{Index: 7, Term: 3, Answers: []Answer{{Revision: 1}, {Code: CodeExists, Revision: 1, At: 1}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A path and a value may each be good, and too deep together.
func TestValueTooDeepForItsPlaceIsRefused(t *testing.T) {
	m := New(nil)
	id := opened(t, m, 1)
	deep := make(tree.Path, tree.MaxDepth-1)
	for i := range deep {
		deep[i] = "d"
	}
	operations := []Operation{
		set(t, "a", `1`),
		{Kind: OpSet, Path: deep, Value: parseValue(t, `{"x":{"y":1}}`)},
	}
	if _, err := EncodeBody(Transaction{Operations: operations}); !errors.Is(err, tree.ErrTooLarge) {
		t.Errorf("encoding it: %v, want ErrTooLarge", err)
	}
	got := applied(t, m, commandLog(2, applyCommand(Header{id, 1, 1}, nil, operations)))[0]
	if want := (Answer{Code: CodeTooLarge}); !reflect.DeepEqual(got, want) || m.State().Tree.Len() != 0 {
		t.Errorf("got %+v with %d items, want %+v with none", got, m.State().Tree.Len(), want)
	}
}

func TestOldTreesStayAsTheyAre(t *testing.T) {
	m := New(nil)
	var trees []*tree.Tree
	var values []string
	for _, log := range planLogs(t, randomPlan(3, 2000), everything) {
		m.Apply(log)
		trees = append(trees, m.State().Tree)
		values = append(values, m.State().Tree.Root().Value().String())
	}
	for i, old := range trees {
		if got := old.Root().Value().String(); got != values[i] {
			t.Fatalf("the tree after log %d was %s and is %s", i, values[i], got)
		}
	}
}

// Revisions are dense: a watch finds a gap only where changes were lost.
func TestRevisionsAreDense(t *testing.T) {
	m := New(nil)
	revision := uint64(0)
	for _, log := range planLogs(t, randomPlan(4, 4000), everything) {
		seen := map[uint64]bool{}
		for _, answer := range m.Apply(log).(Applied).Answers {
			seen[answer.Revision] = true
		}
		for next := m.State().Tree.Revision(); revision < next; {
			if revision++; !seen[revision] {
				t.Fatalf("entry %d: no answer has revision %d", log.Index, revision)
			}
		}
	}
	if revision == 0 {
		t.Fatal("nothing was changed")
	}
}

// A defect of ours must not end the process, and must not be seen half done:
// here a full table of sessions that are nil, when another one is opened.
func TestPanicStopsTheMachineBeforeItsBatch(t *testing.T) {
	m := New(nil)
	id := opened(t, m, 1)
	told := m.State()
	told.Changes = []Change{{Revision: 1, Reasons: Reasons(0).With(ReasonLease)}}
	m.store(told)
	for other := range uint64(MaxSessions - 1) {
		m.sessions.sessions[id+1+other] = nil
	}
	before := m.State()
	responses := m.ApplyBatch([]*raft.Log{
		commandLog(2, applyCommand(Header{id, 1, 1}, nil, []Operation{set(t, "a", `1`)})),
		commandLog(3, openCommand()),
	})
	state := m.State()
	if state.Err == nil || !strings.Contains(state.Err.Error(), "entries 2 to 3: panic") || state.Index != 1 || state.Tree != before.Tree {
		t.Fatalf("state %+v, want that of entry 1 and an error that tells the entries and the panic", state)
	}
	if len(state.Changes) > 0 {
		t.Errorf("it tells again of %v", state.Changes)
	}
	for i, response := range responses {
		if got := response.(Applied); got.Err != state.Err || got.Answers != nil || got.Index != uint64(i+2) {
			t.Errorf("response %d is %+v", i, got)
		}
	}
	if _, err := m.Snapshot(); err != state.Err {
		t.Errorf("a snapshot of the stopped machine: error %v", err)
	}
	if err := m.Restore(nopCloser(persist(t, smallMachine(t)))); err != nil || m.State().Err != nil {
		t.Errorf("restored with error %v, stopped by %v", err, m.State().Err)
	}
}

// Readers take the state while entries are applied.
func TestStateMayBeReadFromAnywhere(t *testing.T) {
	logs := planLogs(t, randomPlan(5, 3000), everything)
	m := New(nil)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() { mustRise(t, m, done) })
	}
	for _, log := range logs {
		m.Apply(log)
	}
	close(done)
	readers.Wait()
}

// mustRise reads the state until done is closed: it never goes back, and it is
// of one moment.
func mustRise(t *testing.T, m *Machine, done <-chan struct{}) {
	var last State
	for {
		select {
		case <-done:
			return
		default:
		}
		state := m.State()
		if last.Tree != nil && (state.Index < last.Index || state.Tree.Revision() < last.Tree.Revision()) {
			t.Errorf("entry %d, revision %d after entry %d, revision %d", state.Index, state.Tree.Revision(), last.Index, last.Tree.Revision())
			return
		}
		if newest := state.Tree.Root().Newest(); newest > state.Tree.Revision() {
			t.Errorf("revision %d has a change of revision %d", state.Tree.Revision(), newest)
			return
		}
		last = state
	}
}
