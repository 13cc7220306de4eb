package cycles

import (
	"slices"
	"strings"
	"testing"
)

// at makes a transaction that is OK, of a process of its own.
func at(call, end int64, ops ...Op) Transaction {
	return Transaction{Process: int(call), Call: call, Return: end, Ops: ops}
}

// together makes transactions of outcome OK that are all concurrent.
func together(lists ...[]Op) []Transaction {
	var history []Transaction
	for i, ops := range lists {
		history = append(history, Transaction{Process: i, Call: 1, Return: 9, Ops: ops})
	}
	return history
}

func failed(tx Transaction) Transaction  { tx.Outcome = Failed; return tx }
func unknown(tx Transaction) Transaction { tx.Outcome = Unknown; return tx }

func by(process int, tx Transaction) Transaction { tx.Process = process; return tx }

func ops(some ...Op) []Op { return some }

// anomalous are histories, each with what is wrong in it.
var anomalous = map[string]struct {
	history []Transaction
	want    []Name
}{
	"appends of two are interleaved": {
		together(ops(Append("x", 1), Append("y", 1)), ops(Append("x", 2), Append("y", 2)),
			ops(Read("x", 1, 2), Read("y", 2, 1))),
		[]Name{G0},
	},
	"appends of two are interleaved at one key": {
		together(ops(Append("x", 1), Append("x", 3)), ops(Append("x", 2)), ops(Read("x", 1, 2, 3))),
		[]Name{G0},
	},
	"appends contradict real time": {
		[]Transaction{at(1, 2, Append("x", 1)), at(3, 4, Append("x", 2)), at(5, 6, Read("x", 2, 1))},
		[]Name{G0 + ByRealtime},
	},
	"appends contradict their process": {
		[]Transaction{by(7, at(1, 3, Append("x", 1))), by(7, at(3, 9, Append("x", 2))), at(2, 9, Read("x", 2, 1))},
		[]Name{G0 + ByProcess},
	},
	"a failed append is read": {
		[]Transaction{failed(at(1, 2, Append("x", 1))), at(3, 4, Read("x", 1))},
		[]Name{G1a},
	},
	"a failed append is read among others": {
		together(ops(Append("x", 1)), ops(Append("x", 3)), ops(Read("x", 1, 2, 3)))[:3:3],
		[]Name{Phantom},
	},
	"the middle of a transaction is read": {
		together(ops(Append("x", 1), Append("x", 2)), ops(Read("x", 1)), ops(Read("x", 1, 2))),
		[]Name{G1b, GSingle},
	},
	"each of two has read the other": {
		together(ops(Append("x", 1), Read("y", 1)), ops(Append("y", 1), Read("x", 1))),
		[]Name{G1c},
	},
	"a read of what begins later": {
		[]Transaction{at(1, 2, Read("x", 1)), at(3, 4, Append("x", 1))},
		[]Name{G1c + ByRealtime},
	},
	"half of a transaction is read": {
		together(ops(Append("x", 1), Append("y", 1)), ops(Read("x", 1), Read("y")), ops(Read("y", 1))),
		[]Name{GSingle},
	},
	"half of a transaction is read, and nobody reads the rest": {
		together(ops(Append("x", 1), Append("y", 1)), ops(Read("x", 1), Read("y"))),
		[]Name{GSingle},
	},
	"an update is lost by two that read the same": {
		together(ops(Read("x"), Append("x", 1)), ops(Read("x"), Append("x", 2)), ops(Read("x", 1, 2))),
		[]Name{GSingle},
	},
	"an update is overwritten": {
		together(ops(Read("x"), Append("x", 1)), ops(Read("x"), Append("x", 2)), ops(Read("x", 2))),
		[]Name{GSingle},
	},
	"a stale read": {
		[]Transaction{at(1, 2, Append("x", 1)), at(3, 4, Read("x")), at(5, 6, Read("x", 1))},
		[]Name{GSingle + ByRealtime},
	},
	"a process reads less than before": {
		[]Transaction{at(1, 9, Append("x", 1)), by(7, at(2, 3, Read("x", 1))), by(7, at(3, 4, Read("x")))},
		[]Name{GSingle + ByProcess},
	},
	"a stale read after an unknown append was seen": {
		[]Transaction{unknown(at(1, 0, Append("x", 1))), at(2, 3, Read("x", 1)), at(4, 5, Read("x"))},
		[]Name{GSingle + ByRealtime},
	},
	"write skew": {
		together(ops(Read("x"), Append("y", 1)), ops(Read("y"), Append("x", 1)), ops(Read("x", 1), Read("y", 1))),
		[]Name{G2Item},
	},
	"two readers see two appends in different orders": {
		together(ops(Append("x", 1)), ops(Append("y", 1)), ops(Read("x", 1), Read("y")), ops(Read("x"), Read("y", 1))),
		[]Name{G2Item},
	},
	"stale reads of two that cross": {
		[]Transaction{at(1, 3, Append("x", 1)), at(2, 4, Append("y", 1)),
			at(5, 7, Read("x"), Append("z", 1)), at(6, 9, Read("y"), Append("z", 2)), at(11, 12, Read("x", 1), Read("y", 1), Read("z", 1, 2))},
		[]Name{GSingle + ByRealtime},
	},
	"lists that fork": {
		together(ops(Append("x", 1)), ops(Append("x", 2)), ops(Read("x", 1)), ops(Read("x", 2))),
		[]Name{IncompatibleOrder},
	},
	"an element twice": {
		together(ops(Append("x", 1)), ops(Append("x", 2)), ops(Read("x", 1, 2, 1)), ops(Read("x", 1, 2, 1))),
		[]Name{Duplicate},
	},
	"an append that nobody reads": {
		[]Transaction{at(1, 2, Append("x", 1)), at(3, 4, Append("x", 2)), at(5, 6, Read("x", 2))},
		[]Name{LostAppend},
	},
	"an element of nobody": {
		together(ops(Append("x", 1)), ops(Read("x", 1, 2))),
		[]Name{Phantom},
	},
	"its own append is not seen":     {together(ops(Append("x", 1), Read("x"))), []Name{Internal}},
	"its own append is not the last": {together(ops(Append("x", 1), Read("x", 1, 2)), ops(Append("x", 2))), []Name{Internal}},
	"a read is not repeatable": {
		together(ops(Append("x", 1)), ops(Read("x"), Read("x", 1))),
		[]Name{Internal},
	},
	"one element is appended twice": {
		together(ops(Append("x", 1)), ops(Append("x", 1))),
		[]Name{Malformed},
	},
	"two that have nothing to do with each other": {
		together(ops(Append("x", 1), Read("y", 1)), ops(Append("y", 1), Read("x", 1)),
			ops(Read("a"), Append("b", 1)), ops(Read("b"), Append("a", 1)), ops(Read("a", 1), Read("b", 1))),
		[]Name{G1c, G2Item},
	},
}

func TestAnomaliesAreNamed(t *testing.T) {
	for name, c := range anomalous {
		t.Run(name, func(t *testing.T) {
			found := Check(c.history)
			if got := names(found); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v: %v", got, c.want, found)
			}
		})
	}
}

func TestWhatLooksWrongAndIsNot(t *testing.T) {
	for name, history := range map[string][]Transaction{
		"nothing":                              nil,
		"a read of nothing":                    together(ops(Read("x"))),
		"an append that nobody looked for":     {at(1, 2, Append("x", 1))},
		"an unknown append is never seen":      {unknown(at(1, 2, Append("x", 1))), at(3, 4, Read("x"))},
		"an unknown append is seen late":       {unknown(at(1, 2, Append("x", 1))), at(3, 4, Read("x")), at(5, 6, Read("x", 1))},
		"an unknown append is half of another": {unknown(at(1, 2, Append("x", 1), Append("y", 1))), at(3, 4, Read("x")), at(5, 6, Read("y", 1))},
		"an unknown one is made after the next of its process": {
			by(7, unknown(at(1, 2, Append("x", 1)))), by(7, at(3, 4, Read("x"))), at(5, 6, Read("x", 1))},
		"what an unknown one has read does not count": {
			unknown(at(3, 4, Read("x", 9), Append("y", 1))), at(1, 2, Append("x", 1)), at(5, 6, Read("x", 1), Read("y", 1))},
		"what a failed one has read does not count": {at(1, 2, Append("x", 1)), failed(at(3, 4, Read("x")))},
		"a failed append is not there":              {failed(at(1, 2, Append("x", 1))), at(3, 4, Read("x"))},
		"a read before a concurrent append":         together(ops(Append("x", 1)), ops(Read("x"))),
		"an append returns when the read begins":    {at(1, 3, Append("x", 1)), at(3, 4, Read("x")), at(5, 6, Read("x", 1))},
		"concurrent appends in the other order":     together(ops(Append("x", 1)), ops(Append("x", 2)), ops(Read("x", 2, 1))),
		"a transaction reads its own appends": {
			at(1, 2, Append("x", 1)),
			at(3, 4, Read("x", 1), Append("x", 2), Read("x", 1, 2), Append("x", 3), Read("x", 1, 2, 3)),
			at(5, 6, Read("x", 1, 2, 3))},
		"an append before the first read": {
			at(1, 2, Append("x", 1)), at(3, 4, Append("x", 2), Read("x", 1, 2), Append("x", 3)), at(5, 6, Read("x", 1, 2, 3))},
		"the middle of the own appends": together(ops(Append("x", 1), Read("x", 1), Append("x", 2)), ops(Read("x", 1, 2))),
		"updates that follow each other": together(
			ops(Read("x"), Append("x", 1)), ops(Read("x", 1), Append("x", 2)), ops(Read("x", 1, 2))),
		"skew that is in order": together(ops(Read("x"), Append("y", 1)), ops(Read("y", 1), Append("x", 1)), ops(Read("x", 1))),
		"a long transaction begins first and is made last": {
			at(1, 9, Read("x", 1, 2), Append("x", 3)), at(2, 3, Append("x", 1)), at(4, 5, Append("x", 2)), at(10, 11, Read("x", 1, 2, 3))},
		"two unread appends in either order": {
			at(1, 2, Read("x")), at(3, 6, Append("x", 1)), at(4, 5, Append("x", 2))},
	} {
		t.Run(name, func(t *testing.T) {
			if found := Check(history); len(found) > 0 {
				t.Errorf("found %v", found)
			}
		})
	}
}

func TestCycleIsTheShortestAndSaysWhy(t *testing.T) {
	found := Check([]Transaction{
		at(1, 2, Append("x", 1)), at(3, 4, Append("x", 2)), at(5, 6, Append("x", 3)),
		at(7, 8, Read("x", 1)), at(9, 10, Read("x", 1, 2, 3)),
	})
	if len(found) != 1 || len(found[0].Cycle) != 2 {
		t.Fatalf("found %v", found)
	}
	want := []Edge{{3, 1, RW, "has not read x+2"}, {1, 3, Realtime, ""}}
	if !slices.Equal(found[0].Cycle, want) {
		t.Errorf("the cycle is %v", found[0].Cycle)
	}
	for _, part := range []string{"T3 -rw-> T1 (has not read x+2)", "T3 [7-8] of process 7: [x=[1]]"} {
		if !strings.Contains(found[0].String(), part) {
			t.Errorf("the text lacks %q: %v", part, found[0])
		}
	}
}

func names(found []Anomaly) []Name {
	var all []Name
	for _, anomaly := range found {
		all = append(all, anomaly.Name)
	}
	return all
}
