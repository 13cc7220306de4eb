package cluster

import (
	"testing"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// TestProgressRemembersTheLastRemovals, and no more of them.
func TestProgressRemembersTheLastRemovals(t *testing.T) {
	var p progress
	const revisions = expelledKept + 500
	for revision := range uint64(revisions) {
		p.publish(fsm.State{Expelled: []fsm.Expelled{
			{Path: tree.Path{"a"}, Revision: revision + 1}, {Path: tree.Path{"b"}, Revision: revision + 1}}})
	}
	all, some := p.expelledAt(nil, 0, revisions), p.expelledAt(tree.Path{"a", "x"}, revisions-10, revisions-5)
	if len(all) != expelledKept || all[0].Revision != revisions-expelledKept/2+1 {
		t.Errorf("%d are remembered, from %v on", len(all), all[0])
	}
	if len(some) != 5 || some[0].Revision != revisions-9 || some[4].Revision != revisions-5 {
		t.Errorf("of five revisions it tells %v", some)
	}
}
