package checker

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// log is what all feeds together have told.
type log struct {
	// changes are the news of each revision that any feed has told.
	changes map[uint64]history.News
	// bases are the whole trees that feeds began with, by revision.
	bases map[uint64]json.RawMessage
	// spans are the revisions that some feed has followed without a gap.
	spans    []span
	findings []Finding
}

// span is what one feed has told without a gap: all after first, up to last.
type span struct{ first, last uint64 }

// merge merges the feeds. Where they contradict each other or themselves, there
// is a finding.
func merge(feeds []history.Feed) log {
	l := log{changes: map[uint64]history.News{}, bases: map[uint64]json.RawMessage{}}
	for _, feed := range feeds {
		for i, news := range feed.News {
			if i > 0 && news.Revision < feed.News[i-1].Revision {
				l.contradict("the feed of %s goes back from revision %d to %d", feed.Name, feed.News[i-1].Revision, news.Revision)
			}
			if news.Gap || i == 0 {
				l.begin(news)
				continue
			}
			l.follow(feed.Name, news)
		}
	}
	l.findSkipped(feeds)
	return l
}

// begin adds the whole tree with which a feed begins.
func (l *log) begin(news history.News) {
	if other, told := l.bases[news.Revision]; told && !equalJSON(other, news.Whole) {
		l.contradict("fork: two feeds begin at revision %d with different trees, the one of node %s with %.300s, and another with %.300s",
			news.Revision, news.Node, news.Whole, other)
	}
	l.bases[news.Revision] = news.Whole
	l.spans = append(l.spans, span{news.Revision, news.Revision})
}

// follow adds what a feed tells of the next revision.
func (l *log) follow(feed string, news history.News) {
	now := &l.spans[len(l.spans)-1]
	if news.Revision <= now.last {
		l.contradict("the feed of %s goes from revision %d to %d", feed, now.last, news.Revision)
		return
	}
	now.last = news.Revision
	other, told := l.changes[news.Revision]
	if told && !alike(other.Changes, news.Changes) {
		l.contradict("fork: revision %d is told as %s by node %s, and as %s by node %s",
			news.Revision, compact(other.Changes), other.Node, compact(news.Changes), news.Node)
	}
	if !told {
		l.changes[news.Revision] = news
	}
}

// alike reports whether two feeds tell the same changes. Most tell them in the same
// words.
func alike(a, b []history.Change) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	one, err := model.Told(a)
	other, errOther := model.Told(b)
	return err == nil && errOther == nil && reflect.DeepEqual(one, other)
}

// findSkipped reports revisions that a feed has left out, without a word of it,
// though another one has told changes of them.
func (l *log) findSkipped(feeds []history.Feed) {
	for _, feed := range feeds {
		for i, news := range feed.News {
			if i == 0 || news.Gap {
				continue
			}
			for left := feed.News[i-1].Revision + 1; left < news.Revision; left++ {
				if other, told := l.changes[left]; told {
					l.contradict("the feed of %s goes from revision %d to %d without a reset, node %s has told of %d: %s",
						feed.Name, feed.News[i-1].Revision, news.Revision, other.Node, left, compact(other.Changes))
				}
			}
		}
	}
}

func (l *log) contradict(format string, args ...any) {
	l.findings = append(l.findings, Finding{Rule: "witness", Text: fmt.Sprintf(format, args...)})
}

// revisions returns all revisions that the feeds are about, in order.
func (l *log) revisions() []uint64 {
	if len(l.spans) == 0 {
		return nil
	}
	first := slices.MinFunc(l.spans, func(a, b span) int { return int(a.first) - int(b.first) }).first
	last := slices.MaxFunc(l.spans, func(a, b span) int { return int(a.last) - int(b.last) }).last
	var all []uint64
	for revision := first; revision <= last; revision++ {
		all = append(all, revision)
	}
	return all
}

// covered reports whether a feed has told what led to a revision.
func (l *log) covered(revision uint64) bool {
	return slices.ContainsFunc(l.spans, func(s span) bool { return s.first < revision && revision <= s.last })
}
