package checker

import (
	"iter"
	"reflect"
	"slices"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// settled returns the calls with what later questions have told of outcomes: a
// write is acknowledged or refused then as if its own answer had said so.
func settled(calls []history.Call) []history.Call {
	told := map[int64]history.Call{}
	for _, call := range calls {
		if call.Function == history.Outcome && (call.Kind == history.OK || call.Code == history.GivenUp) {
			told[call.Of] = call
		}
	}
	calls = slices.Clone(calls)
	for i, call := range calls {
		if outcome, asked := told[call.Number]; asked {
			calls[i].Kind, calls[i].Answer, calls[i].Returned = outcome.Kind, outcome.Answer, outcome.Returned
		}
	}
	return calls
}

// claim notes the writes whose revision is known. No two have one, and none has one
// that was there before it was sent, also where a later question has told it.
func (w *witness) claim(calls []history.Call) {
	known := floors(calls)
	for _, call := range settled(calls) {
		if call.Kind != history.OK || !call.Function.Writes() {
			continue
		}
		other, taken := w.claims[call.Revision]
		switch floor := known[call.Number]; {
		case taken:
			w.report(call.Revision, "two writes are told to have it, the other one is number %d", other.Number, call)
		case call.Revision <= floor.revision:
			w.report(call.Revision, "a write is told to have it, but revision %d was known before it was sent", floor.revision, call)
		}
		w.claims[call.Revision] = call
	}
}

// mortals returns the items that can end by themselves, as far as any write has let
// them.
func mortals(calls []history.Call) map[string]bool {
	items := map[string]bool{}
	for _, call := range calls {
		if call.Ends() || call.While != "" {
			items[call.Item] = true
		}
	}
	return items
}

// shownAt returns the reads and the decided refusals, by the revision of the tree
// that they are about.
func shownAt(calls []history.Call) map[uint64][]history.Call {
	shown := map[uint64][]history.Call{}
	for _, call := range calls {
		read := call.Kind == history.OK && call.Function == history.Get
		refusal := call.Kind == history.Fail && call.Decided() && call.Function.Writes()
		if call.Revision > 0 && (read || refusal) {
			shown[call.Revision] = append(shown[call.Revision], call)
		}
	}
	return shown
}

// suspects are writes of unknown outcome, by each item that they touch.
type suspects map[string][]*suspect

type suspect struct {
	call history.Call
	// floor is a revision that was there before the write was sent.
	floor uint64
	// convicted says that the write was made.
	convicted bool
}

func suspectsOf(calls []history.Call) suspects {
	all, known := suspects{}, floors(calls)
	for _, call := range settled(calls) {
		if call.Kind != history.Info || !call.Function.Writes() {
			continue
		}
		one := &suspect{call: call, floor: known[call.Number].revision}
		for _, item := range touched(call.Request) {
			all[item] = append(all[item], one)
		}
	}
	return all
}

// touched returns the items that a write may change.
func touched(request history.Request) []string {
	if request.Function != history.Transact {
		return []string{request.Item}
	}
	var items []string
	for _, clause := range request.Then {
		items = append(items, clause.Item)
	}
	return items
}

// convict finds a suspect that may have made the changes, which it then has: no
// write is made twice. One that would have made just these goes before one of which
// the model does not know what it would do: that one may be needed for another change.
func (s suspects) convict(revision uint64, told model.Leaves, effectOf func(history.Call) (model.Leaves, bool)) bool {
	var doubtful *suspect
	for one := range s.near(told) {
		if one.convicted || one.floor >= revision {
			continue
		}
		effect, known := effectOf(one.call)
		if known && reflect.DeepEqual(effect, told) {
			one.convicted = true
			return true
		}
		if !known && doubtful == nil {
			doubtful = one
		}
	}
	if doubtful != nil {
		doubtful.convicted = true
	}
	return doubtful != nil
}

// near goes through the suspects that may have touched one of the leaves.
func (s suspects) near(told model.Leaves) iter.Seq[*suspect] {
	return func(yield func(*suspect) bool) {
		for _, leaf := range sortedKeys(told) {
			for item := leaf; ; item = parent(item) {
				for _, one := range s[item] {
					if !yield(one) {
						return
					}
				}
				if item == "" {
					break
				}
			}
		}
	}
}
