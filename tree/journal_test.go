package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The journal goes back with the draft, to any mark in any order, and a journal that
// was taken before stays as it was.
func TestJournalAfterRollbacks(t *testing.T) {
	type state struct {
		mark  Mark
		paths []string
	}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 3))
		e := New().Edit()
		e.KeepJournal()
		marks := []state{{mark: e.Mark()}}
		var paths []string
		var taken []Write
		var takenPaths []string
		for i := range 60 {
			switch random.IntN(6) {
			case 0:
				marks = append(marks, state{e.Mark(), slices.Clone(paths)})
			case 1:
				to := marks[random.IntN(len(marks))]
				e.Rollback(to.mark)
				paths = slices.Clone(to.paths)
			case 2:
				taken, takenPaths = e.Journal(), slices.Clone(paths)
			default:
				key := fmt.Sprint(i)
				must(t, e.Set(Path{key}, IntValue(1)))
				paths = append(paths, key)
			}
			if got := writtenPaths(e.Journal()); !slices.Equal(got, paths) {
				t.Fatalf("seed %d: the journal has %q, want %q", seed, got, paths)
			}
			if got := writtenPaths(taken); !slices.Equal(got, takenPaths) {
				t.Fatalf("seed %d: an earlier journal has %q, had %q", seed, got, takenPaths)
			}
		}
	}
}

func writtenPaths(journal []Write) (paths []string) {
	for _, w := range journal {
		paths = append(paths, w.Path.String())
	}
	return paths
}

// Redo of a whole journal gives every tree that the draft had, to its metadata.
func TestRedoGivesTheSameTrees(t *testing.T) {
	for seed := range uint64(300) {
		w := resultWorld{rand.New(rand.NewPCG(seed, 4)), seed%3 == 0}
		first := New().Edit()
		must(t, first.Set(nil, ObjectValue(map[string]Value{"a": w.value(3), "b": w.value(3)})))
		before := first.Tree()
		edit, again := before.Edit(), before.Edit()
		edit.KeepJournal()
		redone := 0
		for range 12 {
			for range 1 + w.IntN(3) {
				w.write(edit)
			}
			want := edit.Tree()
			for _, write := range edit.Journal()[redone:] {
				again.Redo(write)
				redone++
			}
			if got := again.Tree(); got.Digest() != want.Digest() || got.Revision() != want.Revision() {
				t.Fatalf("seed %d: redone %v at %d, want %v at %d", seed, got.Root().Value(), got.Revision(), want.Root().Value(), want.Revision())
			}
		}
	}
}

// TestWriteTellsTheMemoryThatItHolds, which may be far more than the command that
// asked for it had.
func TestWriteTellsTheMemoryThatItHolds(t *testing.T) {
	const items, record, value = 1000, 96, 24
	numbers := make([]Value, items)
	members := map[string]Value{}
	for i := range numbers {
		numbers[i] = IntValue(int64(i))
		members[indexKey(i)] = ObjectValue(map[string]Value{"n": IntValue(1)})
	}
	long := StringValue(string(make([]byte, items)))
	for _, test := range []struct {
		name  string
		write func(e *Edit) error
		least int
	}{
		{"a string", func(e *Edit) error { return e.Set(Path{"new"}, long) }, items},
		{"an array", func(e *Edit) error { return e.Set(Path{"new"}, ArrayValue(numbers...)) }, items * value},
		{"one element more", func(e *Edit) error { return e.Set(Path{"array"}, ArrayValue(append(numbers, long)...)) }, items * value},
		{"a removal", func(e *Edit) error { return e.Remove(Path{"object"}) }, 2 * items * record},
		{"a leaf in the place of all", func(e *Edit) error { return e.Set(Path{"object"}, IntValue(1)) }, 2 * items * record},
		{"an empty object", func(e *Edit) error { return e.Replace(Path{"object"}, ObjectValue(nil)) }, 2 * items * record},
		{"other leaves", func(e *Edit) error { return e.Replace(Path{"array"}, ArrayValue(append(numbers[1:], long)...)) }, items * (value + record)},
		{"one leaf", func(e *Edit) error { return e.Set(Path{"array", "7"}, long) }, items},
		{"a link", func(e *Edit) error { return e.Set(Path{"new"}, LinkValue(Path{long.Str()})) }, items},
	} {
		e := New().Edit()
		must(t, e.Set(Path{"array"}, ArrayValue(numbers...)))
		must(t, e.Set(Path{"object"}, ObjectValue(members)))
		e = e.Tree().Edit()
		e.KeepJournal()
		must(t, test.write(e))
		if got := e.Journal()[0].Bytes(); got < test.least || got > test.least*11/10+400 {
			t.Errorf("%s: %d bytes, want some %d", test.name, got, test.least)
		}
	}
}
