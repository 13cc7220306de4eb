package cluster

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// written is a history with states to which one change after the other led.
type written struct {
	*testing.T
	history history
	state   fsm.State
}

func newWritten(t *testing.T) *written {
	w := &written{T: t, state: fsm.State{Tree: tree.New()}}
	w.history.add(w.state, 0)
	return w
}

// batch adds a state with so many more changes, which hold so many bytes together.
func (w *written) batch(changes, bytes int) {
	w.write(changes)
	w.history.add(w.state, bytes)
}

// batches adds so many states, with so many changes each.
func (w *written) batches(states, changes, bytes int) {
	for range states {
		w.batch(changes, bytes)
	}
}

// restore adds a state with more changes, which are not known.
func (w *written) restore(changes int) {
	w.write(changes)
	w.state.Changes = nil
	w.history.add(w.state, 0)
}

// write makes the next state.
func (w *written) write(changes int) {
	edit := w.state.Tree.Edit()
	w.state.Changes = nil
	for range changes {
		if err := edit.Set(tree.Path{"n"}, tree.IntValue(int64(edit.Revision()))); err != nil {
			w.Fatal(err)
		}
		edit.Commit()
		w.state.Changes = append(w.state.Changes, fsm.Change{Revision: edit.Revision()})
	}
	w.state.Tree = edit.Tree()
}

// oldest returns the first revision since which all changes are known.
func (w *written) oldest() uint64 {
	for revision := uint64(0); ; revision++ {
		if _, known := w.history.since(revision); known {
			return revision
		}
	}
}

// TestHistoryRemembersWhatItPromises: the last 8,192 changes or 32 MiB of memory,
// whichever is less, and little more.
func TestHistoryRemembersWhatItPromises(t *testing.T) {
	for name, c := range map[string]struct {
		write func(w *written)
		// The bounds of the oldest revision that is remembered.
		least, most uint64
	}{
		"nothing":                  {func(w *written) {}, 0, 0},
		"all that there was":       {func(w *written) { w.batches(historyChanges, 1, 1) }, 0, 0},
		"one change too many":      {func(w *written) { w.batches(historyChanges+1, 1, 1) }, 0, 1},
		"many changes too many":    {func(w *written) { w.batches(3*historyChanges, 1, 1) }, 2*historyChanges - 2*segmentChanges, 2 * historyChanges},
		"batches too many":         {func(w *written) { w.batches(30, 1000, 1) }, 20_000, 30_000 - historyChanges},
		"a batch beyond all":       {func(w *written) { w.batch(10, 1); w.batch(2*historyChanges, 1) }, 0, 10},
		"and one after it":         {func(w *written) { w.batch(2*historyChanges, 1); w.batch(1, 1) }, 0, 2 * historyChanges},
		"all the bytes":            {func(w *written) { w.batches(32, 1, 1<<20) }, 0, 0},
		"a few bytes too many":     {func(w *written) { w.batches(33, 1, 1<<20) }, 1, 1},
		"many bytes too many":      {func(w *written) { w.batches(100, 1, 1<<20) }, 68, 68},
		"a batch of too many":      {func(w *written) { w.batch(3, 1); w.batch(3, 2*historyBytes) }, 0, 3},
		"nothing before a restore": {func(w *written) { w.batches(5, 1, 1); w.restore(3) }, 8, 8},
		"what comes after one":     {func(w *written) { w.batches(5, 1, 1); w.restore(3); w.batches(5, 1, 1) }, 8, 8},
		"restored, the same state": {func(w *written) { w.batches(5, 1, 1); w.restore(0); w.batches(5, 1, 1) }, 0, 0},
		"what changes nothing":     {func(w *written) { w.batches(5, 1, 1); w.batches(1000, 0, 1<<20) }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWritten(t)
			c.write(w)
			if oldest := w.oldest(); oldest < c.least || oldest > c.most {
				t.Errorf("at revision %d it remembers what came after %d, want from %d to %d", w.state.Tree.Revision(), oldest, c.least, c.most)
			}
		})
	}
}

// TestHistoryGivesEachChangeOnce since each revision that it remembers, and no
// other revision.
func TestHistoryGivesEachChangeOnce(t *testing.T) {
	w := newWritten(t)
	w.restore(3)
	for i := range 100 {
		w.batch(i%20, i<<10)
	}
	last := w.state.Tree.Revision()
	for revision := range last + 3 {
		segments, known := w.history.since(revision)
		if want := revision >= 3 && revision <= last; known != want {
			t.Errorf("since %d of %d: %v", revision, last, known)
		}
		var changes []uint64
		for change := range changesUpTo(segments, last) {
			if change.Revision > revision {
				changes = append(changes, change.Revision)
			}
		}
		if known && fmt.Sprint(changes) != fmt.Sprint(from(revision+1, last)) {
			t.Errorf("since %d of %d: %v", revision, last, changes)
		}
	}
}

func from(first, last uint64) (all []uint64) {
	for revision := first; revision <= last; revision++ {
		all = append(all, revision)
	}
	return all
}

// TestHistoryThatIsReadStaysAsItWas while more is added.
func TestHistoryThatIsReadStaysAsItWas(t *testing.T) {
	w := newWritten(t)
	w.batches(300, 1, 1)
	segments, _ := w.history.since(0)
	w.batches(3*historyChanges, 1, 1)
	want := uint64(1)
	for _, s := range segments {
		if s.before.Revision() != want-1 {
			t.Errorf("a tree of revision %d stands before change %d", s.before.Revision(), want)
		}
		for _, change := range s.changes {
			if change.Revision != want {
				t.Fatalf("change %d is %d", want, change.Revision)
			}
			want++
		}
	}
	if want != 301 {
		t.Errorf("there are changes up to %d", want-1)
	}
}

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
		if next != revision+1 || h.changes > historyChanges+segmentChanges+most {
			t.Fatalf("changes up to %d of %d; %d are remembered", next-1, revision, h.changes)
		}
	}
}
