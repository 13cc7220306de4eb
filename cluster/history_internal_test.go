package cluster

import (
	"math/rand/v2"
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

// TestReaderMakesLittleAgain: one that is up to date nothing but what was applied at
// once, and one that goes on from an old revision no more than a segment.
func TestReaderMakesLittleAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	var h history
	revision, most := uint64(0), 0
	edit := tree.New().Edit()
	h.add(fsm.State{Tree: edit.Tree()}, 0)
	for range 3000 {
		batch := 1 + random.IntN(8)
		most = max(most, batch)
		changes := make([]fsm.Change, batch)
		for i := range changes {
			if err := edit.Set(tree.Path{"n"}, tree.IntValue(random.Int64())); err != nil {
				t.Fatal(err)
			}
			edit.Commit()
			revision++
			changes[i].Revision = revision
		}
		before := h.tree.Revision()
		h.add(fsm.State{Tree: edit.Tree(), Changes: changes}, batch*changeBytes)
		if segments, _ := h.since(before); len(segments) != 1 || len(segments[0].changes) != batch {
			t.Fatalf("after revision %d: %d segments", before, len(segments))
		}
		since := before - min(before, random.Uint64N(historyChanges-segmentChanges-8))
		segments, known := h.since(since)
		if !known {
			t.Fatalf("revision %d is forgotten at %d", since, revision)
		}
		if again := since - segments[0].before.Revision(); again >= uint64(segmentChanges+most) {
			t.Fatalf("at %d, %d changes up to %d are to be made again", revision, again, since)
		}
		next := segments[0].before.Revision() + 1
		for change := range changesUpTo(segments, revision) {
			if change.Revision != next {
				t.Fatalf("change %d comes in the place of %d", change.Revision, next)
			}
			next++
		}
		if next != revision+1 || h.changes > historyChanges+most {
			t.Fatalf("changes up to %d of %d; %d are remembered", next-1, revision, h.changes)
		}
	}
}
