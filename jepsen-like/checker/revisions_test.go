package checker_test

import (
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

func TestRevisions(t *testing.T) {
	first := acked(history.Insert, 1, 0, 1, 5)
	atLeast := func(revision uint64, call history.Call) history.Call {
		call.Linearizable, call.AtLeast = false, revision
		return call
	}
	for _, test := range []struct {
		name  string
		calls []history.Call
		final uint64
		want  int
	}{
		{"an empty history is right", nil, 0, 0},
		{"concurrent writes may be ordered either way",
			[]history.Call{acked(history.Insert, 1, 0, 2, 5), acked(history.Insert, 2, 1, 3, 4)}, 0, 0},
		{"a write that comes later has a greater revision",
			[]history.Call{first, acked(history.Insert, 2, 2, 3, 6)}, 0, 0},
		{"a write that comes later must not have a smaller revision",
			[]history.Call{first, acked(history.Insert, 2, 2, 3, 4)}, 0, 1},
		{"two writes must not share a revision",
			[]history.Call{acked(history.Insert, 1, 0, 2, 5), acked(history.Insert, 2, 1, 3, 5)}, 0, 1},
		{"a linearizable read may show what is newer than what was known",
			[]history.Call{first, seen(2, 2, 3, 9, 1, 5)}, 0, 0},
		{"a linearizable read must not be older than what was known",
			[]history.Call{first, missed(2, 2, 3, 4)}, 0, 1},
		{"a local read may be older",
			[]history.Call{first, atLeast(0, missed(2, 2, 3, 4))}, 0, 0},
		{"a read of at least a revision must reach it",
			[]history.Call{first, atLeast(5, missed(2, 2, 3, 4))}, 0, 1},
		{"what a read has shown counts as known",
			[]history.Call{seen(1, 0, 1, 9, 0, 0), missed(2, 2, 3, 8)}, 0, 1},
		{"a refusal must not judge by what is older than what was known",
			[]history.Call{first, refused(history.Update, 2, 2, 3, history.NotFound, 4)}, 0, 1},
		{"what a refusal has shown counts as known",
			[]history.Call{refused(history.Update, 1, 0, 1, history.NotFound, 4), acked(history.Insert, 2, 2, 3, 4)}, 0, 1},
		{"a conflict names the change, which may be old",
			[]history.Call{first, since(3, refused(history.Put, 2, 2, 3, history.Conflict, 4))}, 0, 0},
		{"a conflict must name a change after the condition's revision",
			[]history.Call{since(5, refused(history.Put, 2, 0, 1, history.Conflict, 5))}, 0, 1},
		{"a linearizable read must not have no revision",
			[]history.Call{first, missed(2, 2, 3, 0)}, 0, 1},
		{"a refusal by the tree must not have no revision",
			[]history.Call{first, refused(history.Update, 2, 2, 3, history.NotFound, 0)}, 0, 1},
		{"a read and a refusal of the empty tree are of revision 0",
			[]history.Call{missed(1, 0, 1, 0), refused(history.Update, 2, 2, 3, history.NotFound, 0), refused(history.Transact, 3, 4, 5, history.Conflict, 0)}, 0, 0},
		{"a refusal that the tree did not decide shows no revision",
			[]history.Call{first, refused(history.Update, 2, 2, 3, "no_leader", 0)}, 0, 0},
		{"an unknown outcome shows no revision",
			[]history.Call{first, unknown(history.Update, 2, 2)}, 0, 0},
		{"the final revision may count the unknown writes or not",
			[]history.Call{acked(history.Insert, 1, 0, 1, 1), unknown(history.Put, 2, 2)}, 2, 0},
		{"the final revision must count all acknowledged writes",
			[]history.Call{acked(history.Insert, 1, 0, 1, 1), acked(history.Insert, 2, 2, 3, 2)}, 1, 1},
		{"the final revision must count nothing else",
			[]history.Call{acked(history.Insert, 1, 0, 1, 1), unknown(history.Put, 2, 2), refused(history.Put, 3, 3, 4, "busy", 0)}, 3, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Revisions(test.calls, test.final), "revisions", test.want)
		})
	}
}
