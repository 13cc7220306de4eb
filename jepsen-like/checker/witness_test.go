package checker_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// begins is the news with which a feed begins, or goes on after a gap.
func begins(revision uint64, whole string) history.News {
	return history.News{Revision: revision, Gap: true, Whole: json.RawMessage(whole)}
}

// tells is the news that the item of the histories holds a number, or nothing if
// it is 0.
func tells(revision uint64, number int64) history.News {
	change := history.Change{Path: "set.x"}
	if number != 0 {
		change.New = json.RawMessage(fmt.Sprint(number))
	} else {
		change.Old = json.RawMessage("1")
	}
	return history.News{Node: "a", Revision: revision, Changes: []history.Change{change}, Reasons: []string{"write"}}
}

// removes is the news that items are gone.
func removes(revision uint64, paths ...string) history.News {
	news := history.News{Node: "a", Revision: revision, Reasons: []string{"write"}}
	for _, path := range paths {
		news.Changes = append(news.Changes, history.Change{Path: path, Old: json.RawMessage("1")})
	}
	return news
}

func because(reason string, news history.News) history.News {
	news.Reasons = []string{reason}
	return news
}

func feed(name string, news ...history.News) history.Feed {
	return history.Feed{Name: name, News: news}
}

// root is what a node holds at the end, with its whole tree.
func root(revision uint64, whole string) []history.Dump {
	return []history.Dump{{Node: "a", Revision: revision, Root: json.RawMessage(whole)}}
}

func TestWitness(t *testing.T) {
	const insert, put, remove = history.Insert, history.Put, history.Remove
	type calls = []history.Call
	begun := begins(4, `{"set":{}}`)
	told := func(news ...history.News) []history.Feed {
		return []history.Feed{feed("a", append([]history.News{begun}, news...)...)}
	}
	inserted := acked(insert, 1, 0, 1, 5)
	leased := inserted
	leased.TTL = time.Second
	kept := on("set/y", unknown(insert, 9, 0))
	kept.While = theItem
	for _, test := range []struct {
		name  string
		feeds []history.Feed
		calls calls
		end   []history.Dump
		want  string
	}{
		{"a write that is told", told(tells(5, 1)), calls{inserted}, root(5, `{"set":{"x":1}}`), ""},
		{"a write that is told with another value", told(tells(5, 2)), calls{inserted}, nil, "the feed tells that set/x is 2"},
		{"a write that is told without an effect", told(history.News{Revision: 5}), calls{inserted}, nil, "of the acknowledged write it was to be: set/x is 1"},
		{"a write that nobody made", told(tells(5, 1)), nil, nil, "no write that may have done so was left"},
		{"a refused write that is told", told(tells(5, 1)), calls{refused(insert, 1, 0, 1, "busy", 0)}, nil, "no write that may"},
		{"a write that should have been refused", told(tells(5, 1), tells(6, 2)), calls{inserted, acked(insert, 2, 2, 3, 6)}, nil, "to be refused with exists"},
		{"an unknown write that is told", told(tells(5, 1)), calls{unknown(insert, 1, 0)}, nil, ""},
		{"an unknown write that is not told", told(), calls{unknown(insert, 1, 0)}, nil, ""},
		{"an unknown write that is told twice", told(tells(5, 1), tells(6, 0), tells(7, 1)),
			calls{unknown(insert, 1, 0), acked(remove, 2, 1, 2, 6)}, nil, "revision 7"},
		{"an unknown write that is told before it was sent", told(tells(5, 1)), calls{missed(2, 0, 1, 5), unknown(insert, 1, 2)}, nil, "revision 5"},
		{"an item that ended by itself", told(tells(5, 1), because("lease", tells(6, 0))), calls{leased}, root(6, `{"set":{}}`), ""},
		{"a removal with which another item ended", told(tells(5, 1), because("keeper", removes(6, "set.x", "set.y"))),
			calls{kept, inserted, acked(remove, 2, 2, 3, 6)}, nil, ""},
		{"a removal that is told of another item alone", told(tells(5, 1), because("keeper", removes(6, "set.y"))),
			calls{kept, inserted, acked(remove, 2, 2, 3, 6)}, nil, "it was to be: set/x is gone"},
		{"an item without a lease that ended as if it had one", told(tells(5, 1), because("lease", tells(6, 0))), calls{inserted}, nil,
			"the feed tells that set/x is gone, but no write"},
		{"an item that was changed as if its lease had ended", told(tells(5, 1), because("lease", tells(6, 2))), calls{leased}, nil,
			"the feed tells that set/x is 2, but no write"},
		{"an item without a keeper that ended with another", told(tells(5, 1), because("keeper", removes(6, "set.x", "set.y"))),
			calls{inserted, acked(remove, 2, 2, 3, 6)}, nil, "the feed tells that set/x is gone, set/y is gone"},
		{"a removal of unknown outcome with which another item ended", told(tells(5, 1), because("keeper", removes(6, "set.x", "set.y"))),
			calls{kept, inserted, unknown(remove, 2, 2)}, nil, ""},
		{"a write whose revision has the end of an item", told(tells(5, 1), because("lease", tells(6, 0))),
			calls{inserted, acked(put, 2, 2, 3, 6)}, nil, "it was to be: set/x is 2"},
		{"a condition that did not hold", told(tells(5, 1), tells(6, 2), tells(7, 3)),
			calls{inserted, acked(put, 2, 2, 3, 6), since(5, acked(put, 3, 2, 4, 7))}, nil, "to be refused with conflict"},

		{"a read of what was there", told(tells(5, 1)), calls{inserted, seen(2, 2, 3, 5, 1, 5)}, nil, ""},
		{"a read of another number", told(tells(5, 1)), calls{inserted, seen(2, 2, 3, 5, 3, 5)}, nil, "a read shows 3"},
		{"a read of another change", told(tells(5, 1)), calls{inserted, seen(2, 2, 3, 5, 1, 4)}, nil, "a read shows a change of revision 4"},
		{"a read that misses the item", told(tells(5, 1)), calls{inserted, missed(2, 2, 3, 5)}, nil, "a read has found the item: false"},
		{"a refusal that is true", told(tells(5, 1)), calls{inserted, refused(insert, 2, 2, 3, history.Exists, 5)}, nil, ""},
		{"a refusal that is not true", told(tells(5, 1)), calls{inserted, refused(remove, 2, 2, 3, history.NotFound, 5)}, nil, "refused with not_found"},

		{"a conflict with a change that no feed has told", []history.Feed{feed("a", begins(6, `{"set":{"x":2}}`))},
			calls{since(5, refused(put, 3, 2, 4, history.Conflict, 6))}, nil, ""},
		{"a conflict with no change, in a tree that a feed began with", []history.Feed{feed("a", begins(6, `{"set":{"x":2}}`))},
			calls{since(6, refused(put, 3, 2, 4, history.Conflict, 6))}, nil, "refused with conflict"},

		{"two writes of one revision", told(tells(5, 1)), calls{inserted, acked(put, 2, 0, 3, 5)}, nil, "two writes are told to have it"},
		{"an outcome with the revision of another write", told(tells(5, 1)), calls{unknown(put, 1, 0), inserted, asks(1, acked(put, 3, 4, 5, 5))}, nil,
			"two writes are told to have it"},
		{"an outcome with a revision from before the write was sent", told(tells(5, 1)), calls{missed(2, 0, 1, 5), unknown(put, 1, 2), asks(1, acked(put, 3, 4, 5, 5))}, nil,
			"revision 5 was known before it was sent"},
		{"two feeds that tell the same", append(told(tells(5, 1)), feed("b", begun, tells(5, 1))), calls{inserted}, nil, ""},
		{"a fork", append(told(tells(5, 1)), feed("b", begun, tells(5, 2))), calls{inserted}, nil, "fork: revision 5"},
		{"a feed that leaves out a change", append(told(tells(5, 1), tells(6, 0)), feed("b", begun, tells(6, 0))),
			calls{inserted, acked(remove, 2, 2, 3, 6)}, nil, "the feed of b goes from revision 4 to 6 without a reset"},
		{"a feed that repeats itself", told(tells(5, 1), tells(5, 1)), calls{inserted}, nil, "the feed of a goes from revision 5 to 5"},
		{"a feed that goes back", told(tells(5, 1), begins(4, `{"set":{}}`)), calls{inserted}, nil, "goes back from revision 5 to 4"},
		{"a feed that begins anew with what another one has told", append(told(tells(5, 1)), feed("b", begins(5, `{"set":{"x":1}}`))), calls{inserted}, nil, ""},
		{"two feeds that begin with different trees", append(told(), feed("b", begins(4, `{"set":{"x":7}}`))), nil, nil, "fork: two feeds begin at revision 4"},
		{"two feeds that begin with one tree in other words", append(told(), feed("b", begins(4, ` {"set": {}}`))), nil, nil, ""},
		{"a feed that begins anew with what is no tree", told(begins(7, `{"set"`)), nil, nil, "revision 7: the feed tells a tree that is none"},
		{"a feed that tells of something beneath a number", told(tells(5, 1), history.News{Node: "a", Revision: 6, Changes: []history.Change{{Path: "set.x.y", New: json.RawMessage("2")}}}),
			calls{inserted}, nil, "the feed tells that set/x/y is 2, but no write"},
		{"a feed that begins anew with another tree", append(told(tells(5, 1)), feed("b", begins(5, `{"set":{}}`))), calls{inserted}, nil, "begins anew with another tree"},

		{"an end that is not what was told", told(tells(5, 1)), calls{inserted}, root(5, `{"set":{}}`), "what node a holds at the end"},
		{"an end that no feed has come to", told(tells(5, 1)), calls{inserted}, root(6, `{}`), "undecided: no feed has come to revision 6"},
		{"an end after which an item ended by itself", told(tells(5, 1), because("lease", tells(6, 0))), calls{leased}, root(5, `{"set":{"x":1}}`), ""},
		{"an end that was not the one, before an item ended", told(tells(5, 1), because("lease", tells(6, 0))), calls{leased}, root(5, `{"set":{}}`), "what node a holds at the end"},
		{"a gap that is filled by another feed", append(told(begins(6, `{"set":{}}`)), feed("b", begun, tells(5, 1), tells(6, 0))),
			calls{inserted, acked(remove, 2, 2, 3, 6)}, nil, ""},
		{"a gap in all feeds", told(begins(6, `{"set":{}}`), tells(7, 3)), calls{inserted, acked(insert, 3, 4, 5, 7)}, nil, "undecided: no feed has told 2 of 3 revisions"},
		{"no feed at all", nil, calls{inserted}, root(5, `{}`), "undecided"},
	} {
		t.Run(test.name, func(t *testing.T) {
			findings := checker.Witness(test.feeds, test.calls, test.end)
			if test.want == "" && len(findings) == 0 {
				return
			}
			if len(findings) == 0 || test.want == "" {
				t.Fatalf("findings %v, want %q", findings, test.want)
			}
			text := findings[0].String()
			if findings[0].Undecided {
				text = "undecided: " + findings[0].Text
			}
			if !strings.Contains(text, test.want) {
				t.Errorf("got %s\nwant %q", text, test.want)
			}
		})
	}
}

func TestTheWitnessShowsTheWritesAround(t *testing.T) {
	feeds := []history.Feed{feed("a", begins(4, `{}`), tells(5, 1), tells(6, 2), tells(7, 9), tells(8, 4))}
	var calls []history.Call
	for i := range 4 {
		calls = append(calls, acked(history.Put, int64(i+1), 2*i, 2*i+1, uint64(5+i)))
	}
	findings := checker.Witness(feeds, calls, nil)
	expect(t, findings, "witness", 1)
	if finding := findings[0]; len(finding.Calls) != 5 || finding.Place() != 4 {
		t.Errorf("want the four writes, and last the one of revision 7: %v", finding)
	}
}

func TestAnOutcomeThatIsToldCountsAsAnAnswer(t *testing.T) {
	feeds := []history.Feed{feed("a", begins(4, `{}`), tells(5, 1))}
	asked := acked(history.Outcome, 2, 2, 3, 5)
	asked.Of = 1
	given := refused(history.Outcome, 2, 2, 3, history.GivenUp, 0)
	given.Of = 1
	lost := unknown(history.Put, 1, 0)
	expect(t, checker.Witness(feeds, []history.Call{lost, asked}, nil), "witness", 0)
	expect(t, checker.Witness(feeds, []history.Call{lost, given}, nil), "witness", 1)
}

func TestAWriteOfUnknownEffectIsNotTakenForOneThatIsKnown(t *testing.T) {
	// Since when the lock is there is not known: so is not what a write under it does.
	begun := begins(4, `{"locks":{"l":1},"set":{"x":1}}`)
	held := unknown(history.Put, 2, 0)
	held.Held, held.Token = "locks/l", 3
	plain := unknown(history.Put, 3, 1)
	feeds := []history.Feed{feed("a", begun, tells(5, 3), tells(6, 2))}
	expect(t, checker.Witness(feeds, []history.Call{held, plain}, nil), "witness", 0)
	feeds = []history.Feed{feed("a", begun, tells(5, 3), tells(6, 2), tells(7, 3))}
	expect(t, checker.Witness(feeds, []history.Call{held, plain}, nil), "witness", 1)
}
