package checker_test

import (
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// reference is a correct cluster of one item: it executes calls one after the
// other, and tells some of the clients that the outcome is unknown.
type reference struct {
	revision, modified uint64
	value              int64
	present            bool
	calls              []history.Call
	unknown            int
	place              int
}

// functions are what a byte of fuzz input can ask for.
var functions = []history.Function{history.Insert, history.Update, history.Put, history.Remove, history.Get}

// step executes what the byte asks for: a function, whether there is a
// condition on a past revision, and whether the answer gets lost.
func (r *reference) step(b byte) {
	call := acked(functions[int(b)%len(functions)], int64(r.place+1), r.place, r.place+1, 0)
	r.place += 2
	lost := b&0x40 != 0 && r.unknown < checker.MaxUnknown
	if b&0x20 != 0 && call.Function != history.Insert && call.Function.Writes() {
		call.IfMatch = max(1, r.revision-min(r.revision, uint64(b>>3&3)))
	}
	if call.Function == history.Get {
		call.Linearizable, call.Revision, call.Found = true, r.revision, r.present
		if r.present {
			call.Value, call.Modified = r.value, r.modified
		}
		r.calls = append(r.calls, call)
		return
	}
	r.write(&call)
	if lost {
		r.unknown++
		call = unknownOf(call)
	}
	r.calls = append(r.calls, call)
}

// write decides the call and makes it.
func (r *reference) write(call *history.Call) {
	refuse := func(code string, revision uint64) {
		call.Kind, call.Code, call.Revision = history.Fail, code, revision
	}
	switch {
	case call.Function == history.Insert && r.present:
		refuse(history.Exists, r.revision)
	case !r.present && (call.IfMatch > 0 || call.Function == history.Update || call.Function == history.Remove):
		refuse(history.NotFound, r.revision)
	case call.IfMatch > 0 && r.modified > call.IfMatch:
		refuse(history.Conflict, r.modified)
	default:
		r.revision++
		r.present = call.Function != history.Remove
		r.value, r.modified = call.Number, r.revision
		call.Revision = r.revision
	}
}

// unknownOf is the call as a client sees it whose answer was lost.
func unknownOf(call history.Call) history.Call {
	lost := unknown(call.Function, call.Number, call.Invoked)
	lost.IfMatch = call.IfMatch
	return lost
}

func (r *reference) end() []history.Dump {
	if !r.present {
		return holding(r.revision, nil)
	}
	return holding(r.revision, one(r.value))
}

// FuzzCheckersAcceptWhatACorrectClusterDoes also changes the end of each
// history, so that the checkers must object.
func FuzzCheckersAcceptWhatACorrectClusterDoes(f *testing.F) {
	f.Add([]byte{0, 1, 3, 1, 0, 4})
	f.Add([]byte{0, 0x42, 0x43, 4, 0x40, 4, 2, 0x22})
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Add([]byte{0x40, 0x41, 0x43, 0x40, 0x62, 0x6d, 4, 0x2c})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var r reference
		for _, b := range steps[:min(len(steps), 60)] {
			r.step(b)
		}
		end := r.end()
		for _, finding := range append(checker.Items(r.calls, end), checker.Revisions(r.calls, r.revision)...) {
			t.Errorf("a correct history is reported: %v", finding)
		}
		for _, finding := range append(checker.StaleUpdates(r.calls), checker.LostUpdates(r.calls)...) {
			t.Errorf("a correct history is reported: %v", finding)
		}
		if len(r.calls) == 0 {
			return
		}
		if len(checker.Items(r.calls, holding(r.revision+1, one(-1)))) == 0 {
			t.Errorf("an end that no write explains is not reported: %v", r.calls)
		}
	})
}
