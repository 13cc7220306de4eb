package fsm_test

import (
	"fmt"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Two instances insert at the same path. What Raft does between them, to put
// their commands into one order, is left out.
func Example() {
	machine := fsm.New(nil)
	open := fsm.AppendCommand(nil, fsm.KindOpenSession, fsm.Header{}, nil)
	sessions := apply(machine, 1, open, open)

	operations := []fsm.Operation{{Kind: fsm.OpInsert, Path: tree.Path{"lock"}, Value: tree.StringValue("held")}}
	transaction := fsm.Transaction{Operations: operations}
	body, err := fsm.EncodeBody(transaction)
	if err != nil {
		fmt.Println(err)
		return
	}
	var commands [][]byte
	for _, opened := range sessions {
		header := fsm.Header{Session: opened.Detail, Sequence: 1, Floor: 1}
		commands = append(commands, fsm.AppendCommand(nil, fsm.KindApply, header, body))
	}
	for _, answer := range apply(machine, 2, commands...) {
		fmt.Println(answer.Explain(transaction))
	}
	// The first one did not hear its answer, and tries again.
	fmt.Println(apply(machine, 3, commands[0])[0].Explain(transaction))
	fmt.Println(machine.State().Tree.Revision())
	// Output:
	// <nil>
	// insert lock: item exists (revision 1)
	// <nil>
	// 1
}

// apply applies one entry and returns the answers to its commands.
func apply(machine *fsm.Machine, index uint64, commands ...[]byte) []fsm.Answer {
	log := &raft.Log{Index: index, Term: 1, Type: raft.LogCommand, Data: fsm.EncodeEntry(commands)}
	return machine.Apply(log).(fsm.Applied).Answers
}
