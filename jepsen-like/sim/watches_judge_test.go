package sim

import (
	"cmp"
	"fmt"
	"slices"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// outcome is what a query gives for one revision, evaluated anew.
type outcome struct {
	value  tree.Value
	exists bool
	// since is the revision that made it so.
	since   uint64
	reasons fsm.Reasons
}

func (o outcome) equal(value tree.Value, exists bool) bool {
	return o.exists == exists && (!exists || o.value.Equal(value))
}

// outcomes returns what a query gives for each revision.
func outcomes(query tree.Query, moments []moment) (all []outcome) {
	for revision, moment := range moments {
		value, exists := query.Eval(moment.tree)
		if revision > 0 && all[revision-1].equal(value, exists) {
			all = append(all, all[revision-1])
		} else {
			all = append(all, outcome{value, exists, uint64(revision), moment.Reasons})
		}
	}
	return all
}

// judge compares what the streams were told with what was so.
func (w *watches) judge() (findings []string, done int) {
	moments, err := w.entries.replay()
	if err != nil {
		return []string{fmt.Sprintf("the entries cannot be replayed: %v", err)}, 0
	}
	for _, end := range w.ends {
		if moments[end.state.Revision()].tree.Digest() != end.state.Digest() {
			findings = append(findings, fmt.Sprintf("%s has another tree at revision %d than the log gives", end.of, end.state.Revision()))
		}
	}
	for query, text := range watchedQueries {
		all := outcomes(text, moments)
		for _, s := range w.streams {
			if s.query != query {
				continue
			}
			for _, problem := range s.judge(all, moments) {
				findings = append(findings, fmt.Sprintf("a watch of %s: %s", text, problem))
			}
			done += len(s.told)
		}
	}
	return findings, done
}

// judge says what is wrong with a stream of which all are the results.
func (s *stream) judge(all []outcome, moments []moment) (problems []string) {
	var last told
	synced := false
	for _, e := range s.told {
		synced = synced && !e.begins
		problem := s.judgeEvent(all, last, e)
		if problem == "" {
			problem = cmp.Or(e.judgeSynced(synced), s.judgeExpelled(moments, last, e))
		}
		if problem != "" {
			problems = append(problems, fmt.Sprintf("%v after %v: %s", e, last, problem))
		}
		synced = synced || e.Synced
		last = e
	}
	return problems
}

// judgeEvent says what is wrong with an event that follows last.
func (s *stream) judgeEvent(all []outcome, last, e told) string {
	if e.Revision >= uint64(len(all)) {
		return "there is no such revision"
	}
	now := all[e.Revision]
	switch {
	case !now.equal(e.Value, e.Exists):
		return fmt.Sprintf("the result is %v, %v", now.value, now.exists)
	case e.anew:
		return ""
	case e.Revision < last.Revision:
		return "the revision falls"
	case e.Reset:
		return s.judgeReset(last, e)
	case now.equal(last.Value, last.Exists):
		return s.judgeMark(all, last, e)
	case len(e.Changes()) == 0:
		return "it tells no changes"
	case s.manner == latest:
		return ""
	}
	return judgeStep(all, last, e)
}

func (s *stream) judgeReset(last, e told) string {
	if s.manner == strict || e.Revision == last.Revision {
		return "there was no reason for a reset"
	}
	return ""
}

// judgeMark says what is wrong with an event that has the result of the one before.
func (s *stream) judgeMark(all []outcome, last, e told) string {
	switch {
	case !e.Synced && !e.Progress:
		return "it tells nothing new"
	case s.manner != latest && all[e.Revision].since > last.Revision:
		return fmt.Sprintf("there was a change until revision %d, and back", all[e.Revision].since)
	}
	return ""
}

// judgeStep says what is wrong with an event that is to tell the next change.
func judgeStep(all []outcome, last, e told) string {
	next := last.Revision + 1
	for next < e.Revision && all[next].since != next {
		next++
	}
	switch now := all[e.Revision]; {
	case next < e.Revision:
		return fmt.Sprintf("the change at revision %d is missing", next)
	case now.since != e.Revision:
		return "that revision has not changed the result"
	case now.reasons != e.Reasons:
		return fmt.Sprintf("the reasons are %v", now.reasons)
	}
	return ""
}

// judgeExpelled says what is wrong with the items that an event names as expelled. A
// stream that is told each change is told of all of them, except where its query
// does not read all that stands at its path.
func (s *stream) judgeExpelled(moments []moment, last, e told) string {
	if e.anew || e.Reset {
		return ""
	}
	path := watchedQueries[s.query].Path()
	var all []string
	for _, moment := range moments[last.Revision+1 : e.Revision+1] {
		for _, gone := range moment.Expelled {
			if gone.Path.HasPrefix(path) {
				all = append(all, fmt.Sprint(gone))
			}
		}
	}
	for _, gone := range e.Expelled {
		if !slices.Contains(all, fmt.Sprint(gone)) {
			return fmt.Sprintf("%v was not expelled since", gone)
		}
	}
	if s.manner != latest && s.query < readsAll && len(e.Expelled) != len(all) {
		return fmt.Sprintf("%v were expelled since, and it names %v", all, e.Expelled)
	}
	return ""
}

// judgeSynced says what is wrong with an event of a watch that was told to be up to
// date, or was not.
func (e told) judgeSynced(before bool) string {
	switch {
	case e.anew && !e.Synced:
		return "what was there when the watch began is not told at once"
	case e.Synced && before:
		return "it is synced again"
	case e.Synced && e.Revision < e.floor:
		return fmt.Sprintf("the node was at revision %d before", e.floor)
	}
	return ""
}

// String returns the event as text, such as "on a, 12: {...} synced".
func (e told) String() string {
	text := fmt.Sprintf("on %s, %d: %v %v", e.on, e.Revision, e.Value, e.Reasons)
	for mark, set := range map[string]bool{"synced": e.Synced, "reset": e.Reset, "progress": e.Progress} {
		if set {
			text += " " + mark
		}
	}
	return text
}
