package checker_test

import (
	"fmt"
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// The streams of the histories: all of the items, each change of them, and their
// number.
func watched() map[string]checker.Watch {
	whole := func(items map[string]any) any {
		if items == nil {
			return nil
		}
		return items
	}
	number := func(items map[string]any) any { return float64(len(items)) }
	return map[string]checker.Watch{
		"every":  {Every: true, Whole: true, Result: whole},
		"strict": {Every: true, Strict: true, Whole: true, Result: whole},
		"latest": {Result: whole},
		"number": {Every: true, Result: number},
	}
}

// stream makes the events of a stream, with their places.
type stream struct {
	name   string
	events []history.Event
}

func (s *stream) add(event history.Event) *stream {
	event.Index, event.Kind, event.Process = len(s.events), history.Info, history.Onlooker
	event.Stream, event.Node = s.name, "a"
	s.events = append(s.events, event)
	return s
}

func (s *stream) open(since uint64) *stream {
	return s.add(history.Event{Request: history.Request{Function: history.Opened, AtLeast: since}})
}

func (s *stream) tell(revision uint64, result string) *stream {
	return s.add(history.Event{
		Request: history.Request{Function: history.Told},
		Answer:  history.Answer{Revision: revision},
		Telling: history.Telling{Result: result},
	})
}

// synced and reset say more of the last event.
func (s *stream) synced() *stream { s.events[len(s.events)-1].Synced = true; return s }
func (s *stream) reset() *stream  { s.events[len(s.events)-1].Reset = true; return s }

func (s *stream) ask(revision uint64, result string) *stream {
	s.tell(revision, result).events[len(s.events)-1].Function = history.Asked
	return s
}

// x and y are the items with the numbers of their writes; 0 is none.
func items(x, y int) string {
	switch {
	case x == 0:
		return fmt.Sprintf(`{"y":{"on":%d}}`, y)
	case y == 0:
		return fmt.Sprintf(`{"x":{"on":%d}}`, x)
	}
	return fmt.Sprintf(`{"x":{"on":%d},"y":{"on":%d}}`, x, y)
}

func TestWatches(t *testing.T) {
	put := func(item string, number int64, revision uint64) history.Call {
		return on("watched/"+item, acked(history.Put, number, int(2*number), int(2*number+1), revision))
	}
	// x is written at revisions 5, 6 and 9, y at 7.
	writes := []history.Call{put("x", 1, 5), put("x", 2, 6), put("y", 3, 7), put("x", 4, 9)}
	lost := append(writes[:2:2], on("watched/y", unknown(history.Put, 3, 6)), writes[3])
	every := func() *stream { return &stream{name: "every"} }
	for _, test := range []struct {
		name  string
		calls []history.Call
		s     *stream
		want  int
	}{
		{"each change is told", writes, every().open(0).tell(5, items(1, 0)).synced().tell(6, items(2, 0)).tell(7, items(2, 3)).tell(9, items(4, 3)), 0},
		{"a change is missing", writes, every().open(0).tell(5, items(1, 0)).synced().tell(7, items(2, 3)).tell(9, items(4, 3)), 2},
		{"a mark passes a change", writes, every().open(0).tell(5, items(1, 0)).synced().tell(6, ""), 1},
		{"a mark", writes, every().open(0).tell(7, items(2, 3)).synced().tell(8, "").tell(9, items(4, 3)), 0},
		{"it goes on", writes, every().open(0).tell(6, items(2, 0)).synced().open(6).tell(7, items(2, 3)).synced(), 0},
		{"it goes on with a mark", writes, every().open(0).tell(7, items(2, 3)).synced().open(7).tell(8, "").synced().tell(9, items(4, 3)), 0},
		{"it goes on with what it has", writes, every().open(0).tell(6, items(2, 0)).synced().open(6).tell(6, items(2, 0)).tell(7, items(2, 3)).synced(), 1},
		{"it goes on with a gap", writes, every().open(0).tell(5, items(1, 0)).synced().open(5).tell(7, items(2, 3)).synced(), 2},
		{"it says that there is a gap", writes, every().open(0).tell(5, items(1, 0)).synced().open(5).tell(7, items(2, 3)).synced().reset(), 0},
		{"a strict one must not", writes, (&stream{name: "strict"}).open(0).tell(5, items(1, 0)).synced().open(5).tell(7, items(2, 3)).synced().reset(), 1},
		{"it begins anew", writes, every().open(0).tell(5, items(1, 0)).synced().open(0).tell(7, items(2, 3)).synced(), 0},
		{"it begins without all", writes, every().open(0).tell(5, items(1, 0)), 1},
		{"it is synced twice", writes, every().open(0).tell(5, items(1, 0)).synced().tell(6, items(2, 0)).synced(), 1},
		{"it goes back", writes, every().open(0).tell(7, items(2, 3)).synced().open(7).tell(6, items(2, 0)).synced(), 1},
		{"another value than was written", writes, every().open(0).tell(5, items(1, 0)).synced().tell(6, items(7, 0)), 1},
		{"a change that nobody has made", writes, every().open(0).tell(7, items(2, 3)).synced().tell(8, items(4, 3)), 1},
		{"a write of unknown outcome was made", lost, every().open(0).tell(6, items(2, 0)).synced().tell(7, items(2, 3)).tell(9, items(4, 3)), 0},
		{"a write of unknown outcome was not made", lost, every().open(0).tell(6, items(2, 0)).synced().tell(9, items(4, 0)), 0},
		{"two items at once", lost, every().open(0).tell(6, items(2, 0)).synced().tell(9, items(4, 3)), 1},
		{"the last one is what is there", writes, every().open(0).tell(9, items(4, 3)).synced().ask(9, items(4, 3)), 0},
		{"the last one is not what is there", writes, every().open(0).tell(7, items(2, 3)).synced().ask(9, items(4, 3)), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Watches("watched", test.s.events, test.calls, watched()), "watches", test.want)
		})
	}
	t.Run("beside a stream of all", func(t *testing.T) {
		all := every().open(0).tell(5, items(1, 0)).synced().tell(6, items(2, 0)).tell(7, items(2, 3)).tell(9, items(4, 3))
		for _, test := range []struct {
			name string
			s    *stream
			want int
		}{
			{"the latest", (&stream{name: "latest"}).open(0).tell(5, items(1, 0)).synced().tell(9, items(4, 3)), 0},
			{"a wrong result", (&stream{name: "latest"}).open(0).tell(5, items(1, 0)).synced().tell(9, items(2, 3)), 1},
			{"the same result again", (&stream{name: "latest"}).open(0).tell(7, items(2, 3)).synced().tell(8, items(2, 3)), 1},
			{"each change of the number", (&stream{name: "number"}).open(0).tell(5, "1").synced().tell(7, "2"), 0},
			{"a number that has not changed", (&stream{name: "number"}).open(0).tell(5, "1").synced().tell(6, "1"), 1},
			{"a number too late", (&stream{name: "number"}).open(0).tell(5, "1").synced().tell(9, "2"), 1},
			{"a mark that passes a change", (&stream{name: "number"}).open(0).tell(5, "1").synced().tell(8, ""), 1},
			{"other items on another node", (&stream{name: "strict"}).open(0).tell(7, items(2, 8)).synced(), 2},
		} {
			t.Run(test.name, func(t *testing.T) {
				expect(t, checker.Watches("watched", append(all.events, test.s.events...), writes, watched()), "watches", test.want)
			})
		}
	})
	t.Run("a stream that does not come to its end", func(t *testing.T) {
		settled := history.Event{Request: history.Request{Function: history.Settled}}
		none := map[string]checker.Watch{"every": watched()["every"]}
		expect(t, checker.Watches("watched", []history.Event{settled}, nil, none), "watches", 1)
		expect(t, checker.Watches("watched", append(every().open(0).tell(9, items(4, 3)).synced().ask(9, items(4, 3)).events, settled), nil, none), "watches", 0)
	})
}

func TestStreamsOfResetsAreUndecided(t *testing.T) {
	for _, test := range []struct {
		name          string
		results       int
		resetsInThree int
		// beside is how many changes another stream tells without a reset.
		beside int
		want   int
	}{
		{"many, most of them resets", 60, 2, 0, 1},
		{"many, some of them resets", 60, 1, 0, 0},
		{"few, most of them resets", 30, 2, 0, 0},
		{"most of all are resets", 60, 2, 10, 1},
		{"most of one stream alone are resets", 60, 2, 30, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := (&stream{name: "number"}).open(0).tell(4, "0").synced()
			for i := range test.results {
				if s.tell(uint64(5+i), fmt.Sprint(i+1)); i%3 < test.resetsInThree {
					s.reset()
				}
			}
			watches := watched()
			watches["other"] = watches["number"]
			other := (&stream{name: "other"}).open(0).tell(4, "0").synced()
			for i := range test.beside {
				other.tell(uint64(5+i), fmt.Sprint(i+1))
			}
			findings := checker.Watches("watched", append(s.events, other.events...), nil, watches)
			expect(t, findings, "watches", test.want)
			for _, finding := range findings {
				if !finding.Undecided {
					t.Errorf("a reset is a violation: %v", finding)
				}
			}
		})
	}
}
