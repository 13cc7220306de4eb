package cluster

import (
	"runtime"
	"testing"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// TestSmallCommandsThatWriteMuchFillNoMemory: each adds one element to an array and
// has written all of it.
func TestSmallCommandsThatWriteMuchFillNoMemory(t *testing.T) {
	const elements, commands = 20_000, 150
	h := newHubbed(t)
	many := make([]tree.Value, elements)
	for i := range many {
		many[i] = tree.IntValue(int64(i))
	}
	at := tree.Path{"set"}
	h.operate(fsm.Operation{Kind: fsm.OpSet, Path: at, Value: tree.ArrayValue(many...)})
	before := heap()
	for i := range commands {
		h.operate(fsm.Operation{Kind: fsm.OpUnion, Path: at, Value: tree.ArrayValue(tree.IntValue(int64(elements + i)))})
	}
	held := heap() - before
	if remembered := h.progress.mu.history.changes; held > historyBytes*5/4 || remembered < commands/3 {
		t.Errorf("%d changes are remembered in %d MiB, the limit is %d", remembered, held>>20, historyBytes>>20)
	}
	runtime.KeepAlive(h)
}
