package fsm

import (
	"sync/atomic"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// State is one consistent moment of the state machine.
type State struct {
	// Tree is the state tree, never nil.
	Tree *tree.Tree
	// Lives is what life.go keeps, never nil, and Clock the replicated clock in
	// milliseconds. It begins at 0 and stands still while no leader ticks.
	Lives *tree.Tree
	Clock uint64
	// Changes are those since the last published state, each with the revision
	// that follows the one before. After a restore they are not known.
	Changes []Change
	// Index and Term are those of the last entry that the machine has
	// consumed (a command or a configuration; Raft keeps its own no-ops). Both
	// are 0 before the first.
	Index, Term uint64
	// Bytes is the size of all entries applied since the machine was made or
	// restored: how much of the log a snapshot would save from being replayed.
	Bytes uint64
	// Err says why the machine has stopped, nil while it works. A stopped
	// machine keeps the last good tree and ignores all further entries.
	Err error
}

// Applied is the response of the machine to one entry, the value that
// raft.ApplyFuture.Response returns.
type Applied struct {
	// Index and Term are those of the entry.
	Index, Term uint64
	// Answers has one answer for each command, in order. It is nil for an
	// entry that carries none, and when Err is not nil.
	Answers []Answer
	// Err is not nil when the entry was not applied: see State.Err.
	Err error
}

// Machine is the replicated state machine. Raft calls ApplyBatch, Snapshot
// and Restore from one goroutine; State may be called from any.
type Machine struct {
	state atomic.Pointer[State]
	// sessions belongs to the goroutine that applies.
	sessions *sessionTable
	// publish is told after each batch and restore, on that goroutine.
	publish func(State)
}

var _ raft.BatchingFSM = (*Machine)(nil)

// New returns an empty machine. After each batch and each restore it calls
// publish (if not nil) with the new state: on the goroutine that applies, so
// publish must return at once and must not call back.
func New(publish func(State)) *Machine {
	if publish == nil {
		publish = func(State) {}
	}
	m := &Machine{sessions: newSessionTable(), publish: publish}
	m.state.Store(&State{Tree: tree.New(), Lives: tree.New()})
	return m
}

// State returns the latest published moment. It never waits.
func (m *Machine) State() State { return *m.state.Load() }

// Apply implements raft.FSM. The response is an Applied.
func (m *Machine) Apply(log *raft.Log) any { return m.ApplyBatch([]*raft.Log{log})[0] }

// ApplyBatch implements raft.BatchingFSM: all entries are applied in one edit
// of the tree, and published once. Each response is an Applied.
//
// An entry that this build cannot read stops the machine (State.Err): going on
// without it would make this replica differ from the others. So does a panic
// while applying, and then nothing of the whole batch is kept.
func (m *Machine) ApplyBatch(logs []*raft.Log) []any {
	before := m.State()
	before.Changes = nil
	batch := &batch{state: before, draft: newDraft(before.Tree, before.Lives), sessions: m.sessions}
	batch.draft.edit.KeepJournal()
	responses := make([]any, len(logs))
	if err := batch.run(logs, responses); err != nil {
		before.Err = err
		batch.state = before
		for i, log := range logs {
			responses[i] = Applied{Index: log.Index, Term: log.Term, Err: err}
		}
	}
	m.store(batch.state)
	return responses
}

func (m *Machine) store(state State) {
	m.state.Store(&state)
	m.publish(state)
}
