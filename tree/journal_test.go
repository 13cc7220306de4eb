package tree

import "testing"

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
