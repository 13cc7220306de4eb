package cluster

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// hubbed is a state machine with a node that has nothing but its hub: there is no
// engine between them.
type hubbed struct {
	tb       testing.TB
	machine  *fsm.Machine
	node     *Node
	progress *progress
	hub      *hub
	index    uint64
	session  uint64
	sequence uint64 // of the last command
}

func newHubbed(tb testing.TB) *hubbed {
	node := new(Node)
	h := &hubbed{tb: tb, node: node, progress: &node.progress, hub: newHub(&node.progress)}
	node.hub = h.hub
	h.machine = fsm.New(h.progress.publish)
	h.progress.publish(h.machine.State())
	h.session = h.entry(fsm.AppendCommand(nil, fsm.KindOpenSession, fsm.Header{}, nil)).Detail
	return h
}

// entry applies an entry of some commands, and returns the answer to the first.
func (h *hubbed) entry(commands ...[]byte) fsm.Answer {
	h.tb.Helper()
	h.index++
	data := fsm.EncodeEntry(commands)
	responses := h.machine.ApplyBatch([]*raft.Log{{Index: h.index, Term: 1, Type: raft.LogCommand, Data: data}})
	answers := responses[0].(fsm.Applied).Answers
	for _, answer := range answers {
		if answer.Code != fsm.CodeOK {
			h.tb.Fatal(answer)
		}
	}
	return answers[0]
}

// set applies an entry with one write.
func (h *hubbed) set(at tree.Path, value int64) {
	h.tb.Helper()
	h.operate(fsm.Operation{Kind: fsm.OpSet, Path: at, Value: tree.IntValue(value)})
}

// operate applies an entry with one command of these operations.
func (h *hubbed) operate(operations ...fsm.Operation) {
	h.tb.Helper()
	h.entry(h.command(operations...))
}

// command returns the next command, of these operations.
func (h *hubbed) command(operations ...fsm.Operation) []byte {
	h.tb.Helper()
	body, err := fsm.EncodeBody(fsm.Transaction{Operations: operations})
	if err != nil {
		h.tb.Fatal(err)
	}
	h.sequence++
	header := fsm.Header{Session: h.session, Sequence: h.sequence, Floor: h.sequence}
	return fsm.AppendCommand(nil, fsm.KindApply, header, body)
}

// watchEach begins n watches, each of a path of its own.
func (h *hubbed) watchEach(n int) []*reader {
	readers := make([]*reader, n)
	for i := range readers {
		readers[i] = h.hub.join(tree.Subtree(tree.Path{"items", fmt.Sprint("item-", i)}), false)
	}
	return readers
}

// Whoever stops watching leaves nothing behind.
func TestHubForgetsWatchesThatHaveEnded(t *testing.T) {
	h := newHubbed(t)
	h.set(tree.Path{"items", "item-1", "a"}, 1)
	readers := h.watchEach(10)
	readers = append(readers, h.hub.join(tree.Subtree(tree.Path{"items", "item-1"}), true))
	h.set(tree.Path{"items", "item-1", "a"}, 2)
	if !h.hub.advance() {
		t.Fatal("nothing is watched")
	}
	for _, r := range readers {
		h.hub.leave(r)
	}
	concerned := h.concerned()
	if h.hub.advance() || len(h.hub.mu.topics) > 0 || concerned > 0 || h.hub.mu.tree != nil {
		t.Errorf("%d queries are left, and %d in the matcher", len(h.hub.mu.topics), concerned)
	}
}

// concerned returns how many queries the last write can concern.
func (h *hubbed) concerned() (n int) {
	h.hub.mu.matcher.Concerned(h.machine.State().Changes[0].Writes[0], func(*topic) { n++ })
	return n
}

// BenchmarkWriteBesideWatches applies a write that concerns none of so many watches.
func BenchmarkWriteBesideWatches(b *testing.B) {
	for n := 1; n <= 100_000; n *= 10 {
		b.Run(fmt.Sprintf("watches=%d", n), func(b *testing.B) {
			h := newHubbed(b)
			h.watchEach(n)
			for i := int64(0); b.Loop(); i++ {
				h.set(tree.Path{"items", "beside"}, i)
				h.hub.advance()
			}
		})
	}
}

// BenchmarkJoinAndLeave begins and ends a watch beside so many others.
func BenchmarkJoinAndLeave(b *testing.B) {
	for n := 1; n <= 100_000; n *= 10 {
		b.Run(fmt.Sprintf("watches=%d", n), func(b *testing.B) {
			h := newHubbed(b)
			h.watchEach(n)
			query := tree.Subtree(tree.Path{"items", "another"})
			for b.Loop() {
				h.hub.leave(h.hub.join(query, false))
			}
		})
	}
}

// BenchmarkWake applies a write, and ends when so many watches have its result.
func BenchmarkWake(b *testing.B) {
	for _, form := range []struct {
		name string
		path func(i int) tree.Path
	}{
		{"one query", func(int) tree.Path { return tree.Path{"items"} }},
		{"two queries", func(i int) tree.Path { return tree.Path{"items"}[:i%2] }},
	} {
		for n := 1; n <= 10_000; n *= 10 {
			b.Run(fmt.Sprintf("%s/watches=%d", form.name, n), func(b *testing.B) {
				h := newHubbed(b)
				var told sync.WaitGroup
				for i := range n {
					r := h.hub.join(tree.Subtree(form.path(i)), false)
					go func() {
						for range r.wake {
							result, _, _ := h.hub.take(r)
							result.Load().Value()
							told.Done()
						}
					}()
					defer close(r.wake)
				}
				for i := int64(1); b.Loop(); i++ {
					told.Add(n)
					h.set(tree.Path{"items", "one"}, i)
					h.hub.advance()
					told.Wait()
				}
			})
		}
	}
}

// BenchmarkIdleWatch tells the bytes of memory that a watch takes while nothing
// happens, without the goroutine that waits for it.
func BenchmarkIdleWatch(b *testing.B) {
	const watches = 100_000
	for _, form := range []struct {
		name string
		path func(i int) tree.Path
	}{
		{"one query", func(int) tree.Path { return tree.Path{"items"} }},
		{"other queries", func(i int) tree.Path { return tree.Path{"items", fmt.Sprint("item-", i)} }},
	} {
		b.Run(form.name, func(b *testing.B) {
			for b.Loop() {
				h := newHubbed(b)
				before := heap()
				readers := make([]*reader, watches)
				for i := range readers {
					readers[i] = h.hub.join(tree.Subtree(form.path(i)), false)
				}
				b.ReportMetric(float64(heap()-before)/watches, "bytes/watch")
				runtime.KeepAlive(readers)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestManyWatchesBeginAndEndBesideWrites, and indexes and views too: nothing is left of
// them, and what one gets first is what there was when it began.
func TestManyWatchesBeginAndEndBesideWrites(t *testing.T) {
	const watches, watchers = 10_000, 8
	h := newHubbed(t)
	ctx, cancel := context.WithCancel(t.Context())
	var writer, all sync.WaitGroup
	writer.Go(func() {
		for i := int64(0); ctx.Err() == nil; i++ {
			h.set(tree.Path{"items", fmt.Sprint("item-", i%64), "n"}, i)
		}
	})
	all.Go(func() {
		for range watches / watchers {
			h.hub.advance()
		}
	})
	for w := range watchers {
		all.Go(func() {
			for i := range watches / watchers {
				h.beginAndEnd(t, w+i)
			}
		})
	}
	all.Wait()
	cancel()
	writer.Wait()
	if h.hub.advance() || len(h.hub.mu.topics)+len(h.hub.mu.indexes) > 0 || h.hub.mu.tree != nil || h.concerned() > 0 {
		t.Errorf("%d queries and %d indexes are left", len(h.hub.mu.topics), len(h.hub.mu.indexes))
	}
}

// beginAndEnd begins a watch, a view or an index, looks once, and ends it.
func (h *hubbed) beginAndEnd(t *testing.T, i int) {
	at := tree.Path{"items", fmt.Sprint("item-", i%64)}
	before := h.progress.now().Tree.Revision()
	switch i % 4 {
	case 0:
		remove, err := h.node.AddIndex(tree.Path{"items"}, "n")
		if err != nil {
			t.Error(err)
			return
		}
		defer remove()
		if got, _ := h.node.Eval(tree.Subtree(tree.Path{"items"})); got.Len() > 64 {
			t.Errorf("%d items", got.Len())
		}
	case 1:
		view := NewView(h.node, tree.Subtree(at), func(_ uint64, e Event) uint64 { return e.Revision })
		defer view.Close()
		if _, revision := view.Get(); revision < before {
			t.Errorf("a view begins with revision %d after %d", revision, before)
		}
	default:
		defer func() { _ = recover() }() // of the reader, whose watch must end with it
		w := &watch{node: h.node, query: tree.Subtree(at), options: watchOptions{every: i%2 == 0}}
		w.yield = func(e Event, _ error) bool {
			if e.Revision < before {
				t.Errorf("a watch begins with revision %d after %d", e.Revision, before)
			}
			if i%3 == 0 {
				panic("the reader")
			}
			return false
		}
		_ = w.run(t.Context())
	}
}
