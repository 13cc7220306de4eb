package sim

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// entries are all that nodes have stored. Of two with one index the one of the
// later term is there: the other one was never committed.
type entries struct {
	mu *sync.Mutex
	at map[uint64]*raft.Log
}

func newEntries() entries { return entries{new(sync.Mutex), map[uint64]*raft.Log{}} }

// seen is a log store whose entries are noted.
type seen struct {
	raft.LogStore
	entries entries
}

func (s seen) StoreLog(log *raft.Log) error { return s.StoreLogs([]*raft.Log{log}) }

func (s seen) StoreLogs(logs []*raft.Log) error {
	s.entries.note(logs)
	return s.LogStore.StoreLogs(logs)
}

func (e entries) note(logs []*raft.Log) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, log := range logs {
		if old := e.at[log.Index]; old == nil || old.Term < log.Term {
			e.at[log.Index] = log
		}
	}
}

// moment is the state after one change.
type moment struct {
	tree *tree.Tree
	fsm.Change
}

// replay applies the entries one command at a time, and returns every state that
// there was, by its revision.
func (e entries) replay() (moments []moment, err error) {
	machine := fsm.New(nil)
	moments = []moment{{tree: machine.State().Tree}}
	for _, index := range slices.Sorted(maps.Keys(e.at)) {
		for _, log := range single(e.at[index]) {
			machine.Apply(log)
			state := machine.State()
			if state.Err != nil {
				return nil, state.Err
			}
			if state.Tree.Revision() == uint64(len(moments)) {
				moments = append(moments, moment{state.Tree, state.Changes[0]})
			}
			if state.Tree.Revision() != uint64(len(moments)-1) {
				return nil, fmt.Errorf("a command of entry %d makes more than one change", index)
			}
		}
	}
	return moments, nil
}

// single returns an entry as entries of one command each.
func single(log *raft.Log) (logs []*raft.Log) {
	commands, err := fsm.DecodeEntry(log.Data)
	if log.Type != raft.LogCommand || err != nil {
		return []*raft.Log{log}
	}
	for _, command := range commands {
		one := *log
		one.Data = fsm.EncodeEntry([][]byte{command})
		logs = append(logs, &one)
	}
	return logs
}
