package fsm

import (
	"bytes"
	"errors"
	"testing"

	"example.com/gstate/tree"
)

func TestWhatASnapshotKeepsIsCounted(t *testing.T) {
	leased := newLeaser(t)
	leased.apply(leased.command(Operation{Kind: OpInsert, Path: tree.Path{"x"}}, Operation{Kind: OpExpire, Path: tree.Path{"x"}, Value: tree.IntValue(5)}))
	for name, c := range map[string]struct {
		machine *Machine
		want    Kept
	}{
		"nothing":             {New(nil), Kept{}},
		"sessions of answers": {smallMachine(t), Kept{Sessions: 2, Answers: 3}},
		"a lease":             {leased.m, Kept{Sessions: 1, Answers: 1, Lives: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot := persist(t, c.machine)
			if got, err := CountKept(bytes.NewReader(snapshot)); err != nil || got != c.want {
				t.Errorf("counted %+v with error %v, want %+v", got, err, c.want)
			}
			if _, err := CountKept(bytes.NewReader(snapshot[:len(snapshot)-1])); !errors.Is(err, tree.ErrCorrupt) {
				t.Errorf("counted half of one: %v", err)
			}
		})
	}
}
