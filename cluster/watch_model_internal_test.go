package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// watchModel has every tree that there was, one for each revision.
type watchModel struct {
	*hubbed
	random *rand.Rand
	trees  []*tree.Tree
}

// step applies some random commands at once.
func (m *watchModel) step() {
	var commands [][]byte
	for range 1 + m.random.IntN(5) {
		var operations []fsm.Operation
		for range 1 + m.random.IntN(2) {
			operations = append(operations, m.operation())
		}
		commands = append(commands, m.command(operations...))
		draft := fsm.NewDraft(m.trees[len(m.trees)-1])
		before := draft.Tree().Revision()
		if draft.Apply(fsm.Transaction{Operations: operations}); draft.Tree().Revision() > before {
			m.trees = append(m.trees, draft.Tree())
		}
	}
	m.entry(commands...)
}

func (m *watchModel) path() tree.Path {
	path := tree.Path{"abc"[m.random.IntN(3):][:1]}
	for m.random.IntN(3) > 0 && len(path) < 4 {
		path = append(path, "abc"[m.random.IntN(3):][:1])
	}
	return path
}

func (m *watchModel) operation() fsm.Operation {
	number := tree.IntValue(m.random.Int64N(3))
	switch m.random.IntN(8) {
	case 0:
		return fsm.Operation{Kind: fsm.OpSet, Path: m.path(), Value: tree.LinkValue(m.path())}
	case 1:
		value := tree.ObjectValue(map[string]tree.Value{"a": number, "b": tree.ObjectValue(map[string]tree.Value{"c": number})})
		return fsm.Operation{Kind: fsm.OpSet, Path: m.path(), Value: value}
	case 2, 3:
		return fsm.Operation{Kind: fsm.OpDelete, Path: m.path()}
	}
	return fsm.Operation{Kind: fsm.OpSet, Path: m.path(), Value: number}
}

// modelWatch is one watch, whose events are held against what the model has.
type modelWatch struct {
	m       *watchModel
	watch   *watch
	ctx     context.Context
	told    uint64 // up to which revision
	pending bool   // it has not begun
}

func (m *watchModel) watch(query tree.Query, options ...WatchOption) *modelWatch {
	present := uint64(len(m.trees) - 1)
	mw := &modelWatch{m: m, ctx: m.tb.Context(), told: present, pending: true}
	mw.watch = &watch{node: m.node, query: query, yield: mw.yield}
	for _, option := range options {
		option(&mw.watch.options)
	}
	if mw.watch.options.resume {
		mw.told = mw.watch.options.since
	}
	mw.watch.reader = m.hub.join(query, mw.watch.options.every)
	return mw
}

func (mw *modelWatch) result(revision uint64) *tree.Result {
	return mw.watch.query.Result(mw.m.trees[revision])
}

// yield takes an event: its value and changes must be those of its revision, and of
// every change nothing may be passed over.
func (mw *modelWatch) yield(e Event, err error) bool {
	now, before := mw.result(e.Revision), mw.result(mw.told)
	want, exists := now.Value()
	switch {
	case err != nil || e.Revision < mw.told || e.Reset:
		mw.m.tb.Fatalf("%v: revision %d after %d, reset %v: %v", mw.watch.query, e.Revision, mw.told, e.Reset, err)
	case e.Exists != exists || !e.Value.Equal(want):
		mw.m.tb.Fatalf("%v: %v at revision %d, want %v", mw.watch.query, e.Value, e.Revision, want)
	case e.before != nil && !mw.sameChanges(e.Changes(), before, now):
		mw.m.tb.Fatalf("%v: changes %v from %d to %d, want %v", mw.watch.query, e.Changes(), mw.told, e.Revision, now.Deltas(before))
	case !e.Synced && now.Equal(before):
		mw.m.tb.Fatalf("%v: revision %d is the same as %d: %v", mw.watch.query, e.Revision, mw.told, want)
	}
	if mw.watch.options.every {
		mw.quiet(max(e.Revision, 1) - 1)
	}
	mw.told = e.Revision
	return true
}

// sameChanges reports whether changes are those between two results. Where links are
// gone through on the way one may tell the whole result, and the other its parts.
func (mw *modelWatch) sameChanges(changes []tree.Delta, before, now *tree.Result) bool {
	isWhole := func(deltas []tree.Delta) bool {
		if len(deltas) != 1 || !deltas[0].Path.Equal(mw.watch.query.Path()) {
			return false
		}
		was, had := before.Value()
		is, has := now.Value()
		return deltas[0].Was == had && deltas[0].Is == has && deltas[0].Old.Equal(was) && deltas[0].New.Equal(is)
	}
	want := now.Deltas(before)
	return fmt.Sprint(changes) == fmt.Sprint(want) || isWhole(changes) || isWhole(want)
}

// quiet fails if a change up to a revision was not told.
func (mw *modelWatch) quiet(upTo uint64) {
	for revision := mw.told + 1; revision <= upTo; revision++ {
		if !mw.result(revision).Equal(mw.result(mw.told)) {
			mw.m.tb.Fatalf("%v: revision %d was not told after %d", mw.watch.query, revision, mw.told)
		}
	}
}

// look lets the watch take what has come.
func (mw *modelWatch) look() {
	var err error
	switch {
	case mw.pending:
		if !mw.watch.options.resume {
			mw.told = uint64(len(mw.m.trees) - 1)
		}
		mw.pending, err = false, mw.watch.begin(mw.ctx)
	case mw.watch.options.every:
		err = mw.watch.each(mw.ctx)
	default:
		err = mw.watch.latest()
	}
	if err != nil {
		mw.m.tb.Fatal(err)
	}
	present := uint64(len(mw.m.trees) - 1)
	if mw.watch.options.every {
		mw.quiet(present)
	}
	if !mw.result(present).Equal(mw.result(mw.told)) {
		mw.m.tb.Fatalf("%v: the result of revision %d was not told after %d", mw.watch.query, present, mw.told)
	}
}

// TestWatchesFollowTheModel has watches in all modes, of all forms of queries, which
// begin, go on and look at any time while commands are applied several at once.
func TestWatchesFollowTheModel(t *testing.T) {
	for seed := range uint64(40) {
		m := &watchModel{hubbed: newHubbed(t), random: rand.New(rand.NewPCG(seed, 5)), trees: []*tree.Tree{tree.New()}}
		var watches []*modelWatch
		for range 150 {
			m.step()
			if got := m.machine.State().Tree; got.Digest() != m.trees[len(m.trees)-1].Digest() {
				t.Fatalf("the model differs from the machine at revision %d", got.Revision())
			}
			if m.random.IntN(3) == 0 {
				watches = append(watches, m.begin(t))
			}
			if m.random.IntN(3) == 0 {
				m.hub.advance()
			}
			for i := 0; i < len(watches); i++ {
				switch m.random.IntN(12) {
				case 0, 1, 2:
					watches[i].look()
				case 3:
					m.hub.leave(watches[i].watch.reader)
					watches = append(watches[:i], watches[i+1:]...)
				}
			}
		}
		for _, w := range watches {
			w.look()
		}
	}
}

// begin begins a watch.
func (m *watchModel) begin(t *testing.T) *modelWatch {
	texts := []string{`{"a":1}`, `{"a":{"_":"$key"}}`, `{"a":{"_":"$count"}}`, `{"a":{"b":1},"c":{"a":{"_":{"a":1}}}}`, `{"b":{"_":{"#":{"a":1}}}}`, `{"a":{"_":{"a":1},"where":{"b":{"exists":true}}}}`}
	query := tree.Subtree(m.path()[:m.random.IntN(2)])
	if n := m.random.IntN(len(texts) + 1); n < len(texts) {
		var err error
		if query, err = tree.ParseQuery([]byte(texts[n])); err != nil {
			t.Fatal(err)
		}
	}
	var options []WatchOption
	if m.random.IntN(2) == 0 {
		options = append(options, EveryChange())
	}
	if m.random.IntN(2) == 0 {
		present := len(m.trees) - 1
		options = append(options, Since(uint64(present-m.random.IntN(min(present+1, 200)))))
	}
	return m.watch(query, options...)
}
