// Package model is a plain state tree: what the tree of the cluster is, without
// anything that makes it fast, safe or shared. The witness replays a run on it,
// and the stand-in of package fake keeps its state in it.
//
// # Guarantees
//
//   - A request has the effect, or the refusal, that the HTTP contract says.
//
//     Held by TestEffectsAreThoseOfTheContract, TestRefusalsAreThoseOfTheContract,
//     jepsen-like.TestFiveThousandWritesSurviveKillsEverySecond.
//
//   - The changes that a feed tells lead from one state to the next.
//
//     Held by TestChangesLeadFromStateToState,
//     TestWhatWasChangedBeforeATreeBeganIsNotKnown.
//
// # Concepts
//
// A Tree is made of values as JSON has them: objects, arrays and leaves. It
// remembers of each the revision of the newest change at or beneath it.
// An Effect is what a request would make of the items that it touches. It
// changes nothing, so that it can be compared with what has really changed.
//
// # Example
//
//	t := model.New()
//	effect, refusal, err := t.Effect(request)
//	if err == nil && refusal.Code == "" {
//		t.Make(effect, t.Revision+1)
//	}
//
// # Limits
//
// Effect knows the functions of the workloads that are judged by their effects;
// others are ErrUnknown, and so is whether an item has changed since a revision that
// is older than the text that the tree was parsed from. A transaction touches no item
// together with one beneath it. Of queries it knows counts under a condition.
//
// # Concurrency
//
// A Tree may be read by many goroutines, or changed by one.
package model
