package tree

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

// scriptKeys and scriptValues are what scripts choose from: few keys, so that
// operations meet, and every kind of value, among them ones that no tree takes.
var (
	scriptKeys   = []string{"a", "b", "0", "1", "2", "3", "10", "x.y", "", "é"}
	scriptValues = []string{
		`1`, `2`, `1.0`, `"s"`, `true`, `null`, `{"_":"$bytes","base64":"AAE="}`, `{"_":"$ref","path":"a"}`, `{"_":"$ref","path":"b.a"}`,
		`{"a":{"_":"$ref","path":"b"},"b":{"_":"$ref","path":"0"}}`, `[{"_":"$ref","path":""}]`, `{}`, `[]`, `[1]`, `[1,2]`, `[2,1,3]`,
		`[[1],[2]]`, `{"a":1}`, `{"b":{"a":1}}`, `{"0":1,"1":2}`, `{"0":1,"2":2}`, `{"a":[1,{"b":[2]}]}`,
		`{"a":{"b":{"0":[],"1":{}}},"b":null}`, `{"10":"x","2":"y","b":{}}`,
	}
	scriptQueries = []string{
		`1`, `{"_":"$key"}`, `{"_":1}`, `{"_":{"_":1}}`, `{"a":1,"b":{"a":{"_":"$key"}}}`, `{"a":{"_":{"#":{"b":1}}}}`,
		`{"_":{"_":"$key"}}`, `{"_":"$at","path":"a","query":{"_":{"a":1}}}`, `{"_":"$at","path":"a.b"}`,
		`{"_":"$count","where":{"a":{">":1}}}`, `{"_":{"a":1},"where":{"b":{"exists":true}},"keyed":true}`,
		`{"_":"$key","where":{"$not":{"":1}},"order":{"desc":"a"},"limit":1}`, `{"a":{"_":1,"order":["b"],"offset":1}}`,
		`{"_":"$key","where":{"a":{"_":"$ref","path":"b.a"}}}`, `{"_":{"a":1},"order":"a.b","limit":2}`, `{"_":"$at","path":"a","query":{"b":{"a":1}}}`,
		`{"_":"$key","match":"**.a"}`, `{"a":{"_":1,"match":"*.b","keyed":true}}`, `{"_":"$count","match":"a.**","where":{"":1}}`,
	}
)

// published is a tree that a script published, with what the model said of it
// then.
type published struct {
	tree  *Tree
	model *model
}

// script runs operations chosen by bytes on a draft and on the model.
type script struct {
	t        testing.TB
	input    []byte
	queries  []Query
	edit     *Edit
	model    *model
	revision uint64
	changed  bool
	history  []published
	marks    []marked
}

// marked is a mark of the draft with the state of the model.
type marked struct {
	mark     Mark
	model    *model
	revision uint64
	changed  bool
}

// runScript runs input to its end and then checks that all trees it published
// are what they were.
func runScript(t testing.TB, input []byte) {
	s := &script{t: t, input: input, edit: New().Edit(), model: newModel()}
	for _, text := range scriptQueries {
		q, err := ParseQuery([]byte(text))
		must(t, err)
		s.queries = append(s.queries, q)
	}
	s.history = []published{{New(), newModel()}}
	for len(s.input) > 0 {
		s.step()
		s.model.compare(t, nil, Item{s.edit.root})
	}
	s.publish()
	for _, old := range s.history {
		check(t, old.tree)
		old.model.compare(t, nil, old.tree.Root())
	}
	s.codec()
}

// next is a number below n, from the input.
func (s *script) next(n int) int {
	if len(s.input) == 0 {
		return 0
	}
	b := s.input[0]
	s.input = s.input[1:]
	return int(b) % n
}

// path is a path of up to three keys.
func (s *script) path() Path {
	var p Path
	for range s.next(4) {
		p = append(p, scriptKeys[s.next(len(scriptKeys))])
	}
	return p
}

// step runs one operation.
func (s *script) step() {
	switch op := s.next(16); op {
	case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
		s.operation(op, s.path())
	case 10, 11:
		s.commit()
	case 12, 13:
		s.publish()
	case 14:
		s.marks = append(s.marks, marked{s.edit.Mark(), s.model.clone(), s.revision, s.changed})
	case 15:
		if len(s.marks) > 0 {
			m := s.marks[s.next(len(s.marks))]
			s.edit.Rollback(m.mark)
			s.model, s.revision, s.changed = m.model.clone(), m.revision, m.changed
		}
	}
}

// operation runs one write at p on both sides.
func (s *script) operation(op int, p Path) {
	v := Value{}
	if op < 8 {
		v = parse(s.t, scriptValues[s.next(len(scriptValues))])
	}
	exists := s.model.at(p) != nil
	merge := func(m *model) *model { return m.merged(v) }
	var want, got error
	var change func(*model) *model
	switch op {
	case 0, 1, 2, 3, 4:
		got, change = s.edit.Set(p, v), merge
		if len(p) == 0 {
			change = func(m *model) *model { return m.mergedRoot(v) }
		}
	case 5:
		got, want, change = s.edit.Insert(p, v), unless(!exists, ErrExists), merge
	case 6:
		got, want, change = s.edit.Update(p, v), unless(exists, ErrNotFound), merge
	case 7:
		got, want = s.edit.Replace(p, v), unless(exists, ErrNotFound)
		change = func(m *model) *model { return m.replaced(v) }
	case 8:
		got, want = s.edit.Remove(p), unless(exists, ErrNotFound)
		change = func(*model) *model { return nil }
	case 9:
		got = s.edit.Delete(p)
		change = func(*model) *model { return nil }
		if !exists {
			change = nil
		}
	}
	if len(p) == 0 && (op > 4 || v.isLeaf()) {
		want = ErrInvalid
	}
	if !errors.Is(got, want) {
		s.t.Fatalf("operation %d at %q of %v: got error %v, want %v", op, p, v, got, want)
	}
	if got == nil && change != nil {
		next := s.model.with(p, change).clone()
		s.changed = next.stamp(s.model, s.revision+1) || s.changed
		s.model = next
	}
}

// unless is err unless ok.
func unless(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

// commit commits on both sides.
func (s *script) commit() {
	want := s.changed
	if s.changed {
		s.revision++
		s.changed = false
	}
	if revision, changed := s.edit.Commit(); revision != s.revision || changed != want {
		s.t.Fatalf("commit gave %d, %v, want %d, %v", revision, changed, s.revision, want)
	}
}

// publish publishes a tree and holds it against the model, and its difference
// to the one before against a naive one.
func (s *script) publish() {
	s.commit()
	tree := s.edit.Tree()
	if tree.Revision() != s.revision || s.edit.Revision() != s.revision || tree.Len() != s.model.count() {
		s.t.Fatalf("revision %d with %d items, want %d with %d", tree.Revision(), tree.Len(), s.revision, s.model.count())
	}
	check(s.t, tree)
	s.model.compare(s.t, nil, tree.Root())
	before := s.history[len(s.history)-1]
	if got, want := printDiff(Diff(before.tree, tree)), naiveDiff(before.model, s.model); !slices.Equal(got, want) {
		s.t.Fatalf("diff from %v to %v:\ngot  %q\nwant %q", before.tree.Root().Value(), tree.Root().Value(), got, want)
	}
	for _, q := range s.queries {
		checkDependence(s.t, q, before.tree, tree)
	}
	s.history = append(s.history, published{tree, s.model.clone()})
}

// codec encodes and decodes the last tree.
func (s *script) codec() {
	last := s.history[len(s.history)-1]
	var b bytes.Buffer
	must(s.t, last.tree.Encode(&b))
	decoded, err := Decode(&b)
	must(s.t, err)
	check(s.t, decoded)
	last.model.compare(s.t, nil, decoded.Root())
	if decoded.Digest() != last.tree.Digest() || decoded.Revision() != last.tree.Revision() {
		s.t.Fatalf("decoded %v at %d, want %v at %d", decoded.Digest(), decoded.Revision(), last.tree.Digest(), last.tree.Revision())
	}
	for change := range Diff(last.tree, decoded) {
		s.t.Fatalf("decoding changed %q", change.Path)
	}
}

// randomScript is a script of n bytes that depends on seed alone.
func randomScript(seed int64, n int) []byte {
	input := make([]byte, n)
	rand.New(rand.NewSource(seed)).Read(input)
	return input
}

func TestTreeFollowsTheModel(t *testing.T) {
	for seed := range int64(100) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { runScript(t, randomScript(seed, 300)) })
	}
}

// FuzzEdit runs scripts that the fuzzer writes. They are slow to minimize: run
// it with -fuzzminimizetime=10x.
func FuzzEdit(f *testing.F) {
	for seed := range int64(8) {
		f.Add(randomScript(seed, 100))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 300 {
			return
		}
		runScript(t, input)
	})
}
