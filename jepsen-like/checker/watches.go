package checker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"example.com/gstate/jepsen-like/history"
)

// Watch says what the stream of a watch is to tell.
type Watch struct {
	// Every says that each change is told, and Strict that there is no excuse. Else
	// steps between may be missing.
	Every, Strict bool
	// Whole says that all items are told as they are. What such streams with Every
	// have told is checked against the calls, and all others against that.
	Whole bool
	// Result returns what is told when the items are these; nil stands for nothing.
	Result func(items map[string]any) any
}

// Watches checks streams, by name, against the calls that have changed what they
// tell. Each tells results in the order of their revisions, from node to node; none
// twice, none that has not changed, and the right one, the same on all nodes. One
// that is to tell each change leaves none out, unless it says so. The last result
// is what a query gives. The items stand beneath parent.
func Watches(parent string, events []history.Event, calls []history.Call, watches map[string]Watch) []Finding {
	streams := map[string][]history.Event{}
	for _, event := range events {
		if _, known := watches[event.Stream]; known {
			streams[event.Stream] = append(streams[event.Stream], event)
		}
	}
	w := scenes{parent: parent, writes: writesOf(calls), at: map[uint64]*scene{}}
	for _, name := range sortedKeys(streams) {
		if watch := watches[name]; watch.Whole && watch.Every {
			w.learn(streams[name])
		}
	}
	_, settled := history.SettledAt(events)
	for _, name := range sortedKeys(watches) {
		w.judge(watches[name], streams[name])
		if all := streams[name]; settled && (len(all) == 0 || all[len(all)-1].Function != history.Asked) {
			w.findings = append(w.findings, Finding{Rule: "watches", Text: fmt.Sprintf("stream %s has not come to its end after the faults", name)})
		}
	}
	w.weigh(watches, streams)
	return w.findings
}

// Streams say little whose results tell mostly of a reset, from so many results on.
const weighedResults = 50

// weigh reports that the streams that were to tell each change have mostly said that
// they may have left some out: any node could say so. One of them alone may be told of
// little else, if what it watches changes seldom, and the nodes often forget.
func (w *scenes) weigh(watches map[string]Watch, streams map[string][]history.Event) {
	results, resets := 0, 0
	for name, watch := range watches {
		for _, event := range streams[name] {
			if watch.Every && event.Function == history.Told && event.Result != "" {
				results++
				if event.Reset {
					resets++
				}
			}
		}
	}
	if results >= weighedResults && resets*2 > results {
		w.findings = append(w.findings, Finding{Rule: "watches", Undecided: true, Text: fmt.Sprintf(
			"%d of %d results of streams of each change came with a reset: what they have left out is not known", resets, results)})
	}
}

// scenes is what the items were at each revision, as far as that was told.
type scenes struct {
	parent   string
	writes   writes
	at       map[uint64]*scene
	findings []Finding
}

// scene is the items at one revision and the event that has told it first.
type scene struct {
	items map[string]any
	by    history.Event
}

func (w *scenes) find(event history.Event, text string, values ...any) {
	w.findings = append(w.findings, Finding{Rule: "watches", At: event.Time, Event: event.Index, Text: fmt.Sprintf(
		"stream %s on node %s, event %d at revision %d: %s", event.Stream, event.Node, event.Index, event.Revision, fmt.Sprintf(text, values...))})
}

// resultOf returns the result that an event tells. One that is no JSON is wrong in
// any case.
func resultOf(event history.Event) any {
	var result any
	if event.Nothing || json.Unmarshal([]byte(event.Result), &result) != nil {
		return nil
	}
	return result
}

// itemsOf returns the result of a Whole stream.
func itemsOf(event history.Event) map[string]any {
	items, _ := resultOf(event).(map[string]any)
	return items
}

// learn takes what a stream of all items tells, and compares it with the writes.
func (w *scenes) learn(events []history.Event) {
	var last *scene
	reached := uint64(0)
	for _, event := range events {
		switch {
		case event.Function == history.Opened && event.AtLeast == 0:
			last = nil
			continue
		case event.Function != history.Told:
			continue
		case event.Result == "" && last == nil:
			continue
		case event.Result == "":
			w.stay(last, reached, event.Revision, event)
		default:
			now := &scene{itemsOf(event), event}
			now.share(last)
			if last != nil && !event.Reset && reached < event.Revision {
				w.stay(last, reached, event.Revision-1, event)
				w.step(last, now)
			}
			w.set(event.Revision, now)
			last = now
		}
		reached = event.Revision
	}
}

// share takes those items that are as they were from the scene before: a long run
// has thousands of scenes, and from one to the next mostly one item changes.
func (s *scene) share(before *scene) {
	if before == nil {
		return
	}
	for item, value := range s.items {
		if old, is := before.items[item]; is && reflect.DeepEqual(old, value) {
			s.items[item] = old
		}
	}
}

// stay notes that nothing has changed after one revision up to another.
func (w *scenes) stay(last *scene, after, to uint64, by history.Event) {
	for revision := after + 1; revision <= to; revision++ {
		if missed, is := w.writes.made[revision]; is {
			w.find(by, "the change at revision %d is missing: %s", revision, describe(missed))
			return
		}
		w.set(revision, last)
	}
}

// step compares a change with the write that has made it.
func (w *scenes) step(last, now *scene) {
	changed := differences(last.items, now.items)
	if len(changed) != 1 {
		w.find(now.by, "%d items have changed in one revision", len(changed))
		return
	}
	item, value := w.parent+"/"+changed[0], now.items[changed[0]]
	if write, known := w.writes.made[now.by.Revision]; known {
		if write.Item != item || valueOf(write) != numberIn(value) {
			w.find(now.by, "%s has become %v, and the write was %s", item, value, describe(write))
		}
	} else if !w.writes.mayHaveMade(item, numberIn(value)) {
		w.find(now.by, "%s has become %v, which nobody has written", item, value)
	}
}

// set notes the items at a revision, which must be the same to all.
func (w *scenes) set(revision uint64, now *scene) {
	known, is := w.at[revision]
	if !is {
		w.at[revision] = now
		return
	}
	if known != now && !reflect.DeepEqual(known.items, now.items) {
		w.find(now.by, "the items at revision %d are %v, and stream %s was told on node %s that they are %v",
			revision, now.items, known.by.Stream, known.by.Node, known.items)
	}
}

// differences returns the items in which two results differ, in order.
func differences(old, now map[string]any) (changed []string) {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, now)
	for _, item := range sortedKeys(all) {
		if !reflect.DeepEqual(old[item], now[item]) {
			changed = append(changed, item)
		}
	}
	return changed
}

// numberIn returns the number of the write that an item shows, 0 if it is gone.
func numberIn(item any) int64 {
	fields, _ := item.(map[string]any)
	for _, value := range fields {
		number, _ := value.(float64)
		return int64(number)
	}
	return 0
}

// writes are the writes of what is watched: those that were acknowledged, by their
// revisions, and those of unknown outcome.
type writes struct {
	made    map[uint64]history.Call
	unknown []history.Call
}

func writesOf(calls []history.Call) writes {
	w := writes{made: map[uint64]history.Call{}}
	for _, call := range calls {
		switch {
		case !call.Function.Writes():
		case call.Kind == history.OK:
			w.made[call.Revision] = call
		case call.Kind == history.Info:
			w.unknown = append(w.unknown, call)
		}
	}
	return w
}

// valueOf returns the number that a write leaves, 0 for a removal.
func valueOf(write history.Call) int64 {
	if write.Function == history.Remove {
		return 0
	}
	return write.Number
}

func (w writes) mayHaveMade(item string, value int64) bool {
	return slices.ContainsFunc(w.unknown, func(write history.Call) bool { return write.Item == item && valueOf(write) == value })
}

// follower is how far a stream has come.
type follower struct {
	watch Watch
	// told says that there is a result, at a revision up to which all is told.
	told     bool
	result   any
	revision uint64
	synced   bool
}

// judge compares what a stream was told with what was so.
func (w *scenes) judge(watch Watch, events []history.Event) {
	f := follower{watch: watch}
	for _, event := range events {
		if problem := w.next(&f, event); problem != "" {
			w.find(event, "%s", problem)
		}
	}
}

// next moves a follower on, and says what is wrong with what it was told.
func (w *scenes) next(f *follower, event history.Event) string {
	switch {
	case event.Function == history.Opened:
		if f.synced = false; event.AtLeast == 0 {
			*f = follower{watch: f.watch}
		}
		return ""
	case event.Function == history.Asked:
		return f.compare(event)
	}
	result := resultOf(event)
	problem := cmp.Or(f.judgeSynced(event), f.judgeOrder(event, result), w.judgeResult(f, event, result))
	if event.Result != "" {
		f.told, f.result = true, result
	}
	f.revision, f.synced = event.Revision, f.synced || event.Synced
	return problem
}

// compare holds the last result against that of a query.
func (f *follower) compare(event history.Event) string {
	if result := resultOf(event); !f.told || !reflect.DeepEqual(f.result, result) {
		return fmt.Sprintf("at the end the query gives %v, and the stream has %v", result, f.result)
	}
	return ""
}

func (f *follower) judgeSynced(event history.Event) string {
	switch {
	case event.Synced && f.synced:
		return "it is synced again"
	case event.Reset && f.watch.Strict:
		return "there is a reset where the stream should have ended"
	case !f.told && !event.Synced:
		return "the first result is not synced"
	}
	return ""
}

func (f *follower) judgeOrder(event history.Event, result any) string {
	switch {
	case !f.told:
		return ""
	case event.Revision < f.revision:
		return fmt.Sprintf("the revision goes back from %d", f.revision)
	case event.Result == "" || event.Reset:
		return ""
	case event.Revision == f.revision:
		return "the revision is told twice"
	case reflect.DeepEqual(result, f.result):
		return fmt.Sprintf("the result is told again: %v", f.result)
	}
	return ""
}

// judgeResult compares a result, and the way to it, with the scenes.
func (w *scenes) judgeResult(f *follower, event history.Event, result any) string {
	now, known := w.result(f.watch, event.Revision)
	if event.Result != "" && known && !reflect.DeepEqual(now, result) {
		return fmt.Sprintf("the result is %v, and should be %v", result, now)
	}
	if !f.told || event.Reset || !f.watch.Every {
		return ""
	}
	last := event.Revision
	if event.Result != "" {
		last--
	}
	for revision := f.revision + 1; revision <= last; revision++ {
		if w.changed(f.watch, revision) {
			return fmt.Sprintf("the change at revision %d is missing, after %d", revision, f.revision)
		}
	}
	before, had := w.result(f.watch, event.Revision-1)
	if event.Result != "" && had && known && reflect.DeepEqual(before, now) {
		return "the result has not changed at that revision"
	}
	return ""
}

// result returns what a watch is to tell at a revision, if that is known.
func (w *scenes) result(watch Watch, revision uint64) (any, bool) {
	at, known := w.at[revision]
	if !known {
		return nil, false
	}
	return watch.Result(at.items), true
}

// changed reports whether a revision is known to have changed a result.
func (w *scenes) changed(watch Watch, revision uint64) bool {
	old, now := w.at[revision-1], w.at[revision]
	return old != now && old != nil && now != nil && !reflect.DeepEqual(watch.Result(old.items), watch.Result(now.items))
}
