package checker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// decidedShare is the part of the revisions, in percent, that the feeds must have
// told for a run to say something.
const decidedShare = 90

// Witness replays what the change feeds have told on a plain model of the tree,
// and holds every call against it: see the package comment. The dumps are reads
// of the whole tree at the end.
func Witness(feeds []history.Feed, calls []history.Call, dumps []history.Dump) []Finding {
	w := &witness{
		log: merge(feeds), suspects: suspectsOf(calls), claims: map[uint64]history.Call{}, mortal: mortals(calls), shown: shownAt(calls),
		dumps: map[uint64][]history.Dump{},
	}
	w.claim(calls)
	for _, dump := range dumps {
		w.dumps[dump.Revision] = append(w.dumps[dump.Revision], dump)
	}
	w.replay()
	w.reportUnseen()
	if all := w.decided + w.undecided; w.undecided*100 > all*(100-decidedShare) {
		w.findings = append(w.findings, Finding{Rule: "witness", Undecided: true, Text: fmt.Sprintf(
			"no feed has told %d of %d revisions", w.undecided, all)})
	}
	return w.findings
}

// witness is a replay under way.
type witness struct {
	log
	tree *model.Tree
	// claims are the writes whose revision is known, by it.
	claims map[uint64]history.Call
	// mortal are the items that can end by themselves.
	mortal map[string]bool
	// suspects are the writes that may have been made, but nobody knows at which
	// revision.
	suspects suspects
	// shown are the reads and refusals that show the tree of a revision.
	shown map[uint64][]history.Call
	// dumps are what nodes hold at the end, by the revision, until the replay comes
	// to it.
	dumps map[uint64][]history.Dump
	// decided and undecided count revisions.
	decided, undecided uint64
}

// replay goes from the first revision that a feed has told to the last. What was
// acknowledged before the first one, or after the last, nobody has witnessed.
func (w *witness) replay() {
	all := w.revisions()
	for revision := range w.claims {
		if len(all) == 0 || revision <= all[0] || revision > all[len(all)-1] {
			w.undecided++
		}
	}
	if len(all) > 0 {
		w.begin(all[0])
		w.observe(all[0])
		w.retell(all[1:])
	}
}

// retell goes on from one revision to the next.
func (w *witness) retell(revisions []uint64) {
	for _, revision := range revisions {
		switch {
		case w.tree != nil && w.covered(revision):
			w.step(revision)
			w.decided++
		case w.bases[revision] != nil:
			w.begin(revision)
			w.undecided++
		default:
			w.tree = nil
			w.undecided++
		}
		w.observe(revision)
	}
}

// begin takes the whole tree of a revision for what it was, whatever had led to
// it. The writes up to there are suspected no more.
func (w *witness) begin(revision uint64) {
	tree, err := model.Parse(revision, w.bases[revision])
	if err != nil {
		w.report(revision, "the feed tells a tree that is none: %v", err)
	}
	w.tree = tree
}

// step judges who has made a revision, and makes its changes.
func (w *witness) step(revision uint64) {
	told, err := model.Told(w.changes[revision].Changes)
	if err == nil {
		w.judge(revision, told)
		err = w.tree.Follow(w.changes[revision].Changes, revision)
	}
	if err != nil {
		w.report(revision, "the feed tells changes that are none: %v", err)
	}
	w.compareBase(revision)
}

// compareBase compares the tree with what a feed that began here has told of it.
func (w *witness) compareBase(revision uint64) {
	base, told := w.bases[revision]
	if !told {
		return
	}
	if whole, _ := w.tree.Get(""); !sameJSON(base, whole.JSON) {
		w.report(revision, "a feed begins anew with another tree than the changes lead to")
	}
}

// judge finds the write that has made the changes of a revision.
func (w *witness) judge(revision uint64, told model.Leaves) {
	claim, claimed := w.claims[revision]
	alone := byWrites(w.changes[revision].Reasons)
	if claimed {
		w.judgeClaim(revision, told, claim, alone)
		return
	}
	if !alone {
		if told = w.written(told, nil); len(told) == 0 {
			return
		}
	}
	if !w.suspects.convict(revision, told, w.effectOf) {
		w.report(revision, "the feed tells that %v, but no write that may have done so was left", told)
	}
}

// judgeClaim compares what an acknowledged write was to do, and what it has given,
// with what the feed tells: with all of it if the write has made the changes alone.
func (w *witness) judgeClaim(revision uint64, told model.Leaves, claim history.Call, alone bool) {
	effect, refusal, results, err := w.tree.Decide(claim.Request)
	if !alone {
		told = w.written(told, w.tree.Changed(effect))
	}
	switch {
	case err != nil:
	case refusal.Code != "":
		w.report(revision, "a write was acknowledged that was to be refused with %s", refusal.Code, claim)
	case !reflect.DeepEqual(w.tree.Changed(effect), told):
		w.report(revision, "the feed tells that %v, of the acknowledged write it was to be: %v", told, w.tree.Changed(effect), claim)
	case !gives(claim.Results, results):
		w.report(revision, "a transaction has given %s, it was to give %s", compact(claim.Results), compact(results), claim)
	}
}

// written returns what is told without what has ended by itself beside the effect of
// the write, as what has lived with a removed item does. What is to stay does not end
// so, whatever the feed gives as the reason.
func (w *witness) written(told, effect model.Leaves) model.Leaves {
	rest := model.Leaves{}
	for leaf, text := range told {
		if _, its := effect[leaf]; its || text != "" || !w.mayEnd(leaf) {
			rest[leaf] = text
		}
	}
	return rest
}

// mayEnd reports whether a leaf is one of an item that can end by itself, or of what
// stands beneath one.
func (w *witness) mayEnd(leaf string) bool {
	for item := leaf; item != ""; item = parent(item) {
		if w.mortal[item] {
			return true
		}
	}
	return false
}

// gives reports whether the results of an answer are these, where it has them.
func gives(told []json.RawMessage, results []any) bool {
	for place, result := range told {
		if place >= len(results) || string(result) != "null" && !sameJSON(result, results[place]) {
			return false
		}
	}
	return true
}

// byWrites reports whether nothing but writes has made a change. When items end by
// themselves is judged by those who use them.
func byWrites(reasons []string) bool {
	return !slices.ContainsFunc(reasons, func(reason string) bool { return reason != "write" && reason != "transaction" })
}

// effectOf returns which leaves a write would change now, or says that the model
// does not know. One that would be refused changes none.
func (w *witness) effectOf(call history.Call) (model.Leaves, bool) {
	effect, _, err := w.tree.Effect(call.Request)
	return w.tree.Changed(effect), err == nil
}

// observe compares what was answered about a revision with its tree, if that is
// known.
func (w *witness) observe(revision uint64) {
	if w.tree == nil {
		return
	}
	w.compareDumps(revision)
	for _, call := range w.shown[revision] {
		if call.Function == history.Get {
			w.observeRead(revision, call)
		} else {
			w.observeRefusal(revision, call)
		}
	}
}

func (w *witness) observeRead(revision uint64, call history.Call) {
	stands, modified := w.tree.Get(call.Item)
	switch {
	case stands.Is != call.Found:
		w.report(revision, "a read has found the item: %v, in the tree of its revision that is %v", call.Found, stands.Is, call)
	case stands.Is && call.Whole != nil && !sameJSON(call.Whole, stands.JSON):
		w.report(revision, "a read shows %s, at its revision there was %v", call.Whole, stands.JSON, call)
	case stands.Is && call.Whole == nil && !showsNumber(call.Value, stands.JSON):
		w.report(revision, "a read shows %d, at its revision there was %v", call.Value, stands.JSON, call)
	case stands.Is && modified > 0 && call.Modified > 0 && modified != call.Modified:
		w.report(revision, "a read shows a change of revision %d, the newest was that of %d", call.Modified, modified, call)
	}
}

// observeRefusal does not judge a transaction that reads: its conditions are what
// it has read, and that is not known of one that was refused.
func (w *witness) observeRefusal(revision uint64, call history.Call) {
	reads := func(c history.Clause) bool { return c.Function == history.Get }
	_, refusal, err := w.tree.Effect(call.Request)
	if err == nil && !slices.ContainsFunc(call.Then, reads) && refusal.Code != call.Code {
		w.report(revision, "a write was refused with %s, the tree of that revision has the answer %q", call.Code, refusal.Code, call)
	}
}

// sameJSON reports whether a text is the JSON of a value.
func sameJSON(text json.RawMessage, v any) bool {
	read, err := valueIn(text)
	return err == nil && reflect.DeepEqual(read, v)
}

// equalJSON reports whether two texts are the JSON of one value.
func equalJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	v, err := valueIn(b)
	return err == nil && sameJSON(a, v)
}

// valueIn returns the value of a text, with numbers as they are written.
func valueIn(text json.RawMessage) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&v)
	return v, err
}

// showsNumber reports whether a value is this number, or an object with no more
// than it.
func showsNumber(number int64, v any) bool {
	if fields, ok := v.(map[string]any); ok && len(fields) == 1 {
		for _, field := range fields {
			v = field
		}
	}
	return v == json.Number(fmt.Sprint(number))
}

// compareDumps compares the tree with what nodes hold at the end. It is no more the
// newest one if something has ended by itself since then.
func (w *witness) compareDumps(revision uint64) {
	for _, dump := range w.dumps[revision] {
		if whole, _ := w.tree.Get(""); !sameJSON(dump.Root, whole.JSON) {
			w.contradict("what node %s holds at the end is not what its feed has told", dump.Node)
		}
	}
	delete(w.dumps, revision)
}

// reportUnseen reports what nodes hold at the end if the replay has not come there.
func (w *witness) reportUnseen() {
	for _, revision := range sortedKeys(w.dumps) {
		w.findings = append(w.findings, Finding{Rule: "witness", Undecided: true, Text: fmt.Sprintf(
			"no feed has come to revision %d, which node %s holds at the end", revision, w.dumps[revision][0].Node)})
	}
}

// neighbours is how many revisions a finding shows on each side.
const neighbours = 3

// report adds a finding about a revision: with the writes that have the revisions
// around it, and at their end the call that is the last argument, if one is.
func (w *witness) report(revision uint64, format string, args ...any) {
	finding := Finding{Rule: "witness"}
	for near := revision - min(revision, neighbours); near <= revision+neighbours; near++ {
		if call, claimed := w.claims[near]; claimed {
			finding.Calls = append(finding.Calls, call)
		}
	}
	if last := len(args) - 1; last >= 0 {
		if call, ok := args[last].(history.Call); ok {
			finding.Calls = append(finding.Calls, call)
			args = args[:last]
		}
	}
	finding.Text = fmt.Sprintf("revision %d: "+format, append([]any{revision}, args...)...)
	w.findings = append(w.findings, finding)
}
