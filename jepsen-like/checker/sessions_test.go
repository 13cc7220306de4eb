package checker_test

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// at says where and in which life of the node a call was answered, and when.
func at(node string, life int, sent time.Duration, call history.Call) history.Call {
	call.Node, call.Life = node, life
	call.Sent, call.Answered = sent, sent+time.Millisecond
	return call
}

// shown is a local read of a revision.
func shown(number int64, from, to int, revision uint64) history.Call {
	call := missed(number, from, to, revision)
	call.Linearizable = false
	return call
}

func TestSessions(t *testing.T) {
	written := at("a", 1, 0, acked(history.Put, 1, 0, 1, 7))
	for _, test := range []struct {
		name  string
		first history.Call
		then  history.Call
		want  int
	}{
		{"a write is read", written, at("a", 1, 0, shown(2, 2, 3, 7)), 0},
		{"a write is not read yet", written, at("a", 1, 0, shown(2, 2, 3, 6)), 1},
		{"it was under way", written, at("a", 1, 0, shown(2, 0, 3, 6)), 0},
		{"another node may be behind", written, at("b", 1, 0, shown(2, 2, 3, 6)), 0},
		{"the next life may be behind", written, at("a", 2, 0, shown(2, 2, 3, 6)), 0},
		{"a life that is not known", written, at("a", 0, 0, shown(2, 2, 3, 6)), 0},
		{"a read goes back", at("a", 1, 0, shown(1, 0, 1, 7)), at("a", 1, 0, shown(2, 2, 3, 6)), 1},
		{"a read goes back behind a linearizable one", at("a", 1, 0, missed(1, 0, 1, 7)), at("a", 1, 0, shown(2, 2, 3, 6)), 1},
		{"a refusal is decided elsewhere", at("a", 1, 0, refused(history.Insert, 1, 0, 1, history.Exists, 7)), at("a", 1, 0, shown(2, 2, 3, 6)), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Sessions([]history.Call{test.first, test.then}), "sessions", test.want)
		})
	}
}

func TestStaleness(t *testing.T) {
	const settled = 10 * time.Second
	calm := settled + checker.StaleMax
	for _, test := range []struct {
		name   string
		known  time.Duration
		read   time.Duration
		behind time.Duration
		want   int
	}{
		{"a read that is behind a little", calm, calm + time.Second, time.Second, 0},
		{"a read that is far behind", calm, calm + 4*time.Second, 4 * time.Second, 1},
		{"soon after the faults", settled - 5*time.Second, settled + time.Second, 6 * time.Second, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			calls := []history.Call{
				at("a", 1, test.known-time.Millisecond, acked(history.Put, 1, 0, 1, 8)),
				at("b", 1, test.read, shown(2, 2, 3, 7)),
			}
			expect(t, checker.Staleness(calls, settled), "staleness", test.want)
			if got := checker.Stalest(calls, settled); test.read > settled && got != test.behind {
				t.Errorf("the stalest read is %v behind, want %v", got, test.behind)
			}
		})
	}
}
