package checker_test

import (
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

func TestItems(t *testing.T) {
	const insert, update, put, remove = history.Insert, history.Update, history.Put, history.Remove
	inserted := acked(insert, 1, 0, 1, 5)
	removed := acked(remove, 2, 2, 3, 8)
	type calls = []history.Call
	for _, test := range []struct {
		name  string
		calls calls
		end   []history.Dump
		want  int
	}{
		{"an insert that is kept", calls{inserted}, holding(9, one(1)), 0},
		{"an insert that is lost", calls{inserted}, holding(9, nil), 1},
		{"a removal", calls{inserted, removed}, holding(9, nil), 0},
		{"a removal that did not last", calls{inserted, removed}, holding(9, one(1)), 1},
		{"an insert over an item", calls{inserted, acked(insert, 2, 2, 3, 6)}, holding(9, one(2)), 1},
		{"an update before the removal", calls{inserted, removed, acked(update, 3, 2, 4, 7)}, holding(9, nil), 0},
		{"an update after the removal", calls{inserted, removed, acked(update, 3, 2, 4, 9)}, holding(9, one(3)), 1},
		{"a refused update after the removal", calls{inserted, removed, refused(update, 3, 2, 4, history.NotFound, 8)}, holding(9, nil), 0},
		{"a refused update before the removal", calls{inserted, removed, refused(update, 3, 2, 4, history.NotFound, 7)}, holding(9, nil), 1},
		{"a refused insert of what is there", calls{inserted, refused(insert, 3, 2, 4, history.Exists, 6)}, holding(9, one(1)), 0},
		{"a refused insert of what is not there", calls{refused(insert, 3, 2, 4, history.Exists, 6)}, holding(9, nil), 1},
		{"a refused write that is seen", calls{inserted, refused(put, 3, 2, 4, "busy", 0)}, holding(9, one(3)), 1},
		{"a second removal", calls{inserted, removed, acked(remove, 3, 4, 5, 9)}, holding(9, nil), 1},
		{"an item from nowhere", calls{refused(update, 3, 2, 4, history.NotFound, 8)}, holding(9, one(77)), 1},

		{"a condition that held", calls{inserted, since(5, acked(put, 2, 2, 3, 7))}, holding(9, one(2)), 0},
		{"a condition that did not hold", calls{inserted, acked(put, 2, 2, 3, 7), since(6, acked(put, 3, 2, 4, 9))}, holding(9, one(3)), 1},
		{"a condition on a missing item", calls{since(6, acked(put, 3, 2, 4, 9))}, holding(9, one(3)), 1},
		{"a condition from before removal and insertion", calls{inserted, removed, acked(insert, 3, 4, 5, 9), since(5, acked(update, 4, 6, 7, 10))}, holding(10, one(4)), 1},
		{"a conflict with a change", calls{inserted, acked(put, 2, 2, 3, 7), since(6, refused(put, 3, 2, 4, history.Conflict, 7))}, holding(9, one(2)), 0},
		{"a conflict with a change that was not", calls{inserted, since(5, refused(put, 3, 2, 4, history.Conflict, 7))}, holding(9, one(1)), 1},

		{"a read of the last write", calls{inserted, seen(2, 2, 3, 6, 1, 5)}, holding(9, one(1)), 0},
		{"a read of an older write", calls{inserted, acked(put, 2, 2, 3, 6), seen(3, 2, 4, 7, 1, 5)}, holding(9, one(2)), 1},
		{"a read of another revision than the write's", calls{inserted, seen(2, 2, 3, 6, 1, 4)}, holding(9, one(1)), 1},
		{"a read that was sent before the write that it shows", calls{inserted, seen(2, 2, 5, 6, 3, 6), acked(put, 3, 3, 4, 6)}, holding(9, one(3)), 0},
		{"a read that misses the item", calls{inserted, missed(2, 2, 3, 6)}, holding(9, one(1)), 1},
		{"a read from before the insert", calls{inserted, missed(2, 2, 3, 4)}, holding(9, one(1)), 0},

		{"an unknown write that was applied", calls{inserted, unknown(put, 2, 2)}, holding(9, one(2)), 0},
		{"an unknown write that was not applied", calls{inserted, unknown(put, 2, 2)}, holding(9, one(1)), 0},
		{"an unknown write seen and then not", calls{inserted, unknown(put, 2, 2), seen(3, 3, 4, 7, 2, 6)}, holding(9, one(1)), 1},
		{"an unknown removal before an insert", calls{inserted, unknown(remove, 2, 2), acked(insert, 3, 4, 5, 9)}, holding(9, one(3)), 0},
		{"an unknown removal that was sent after the insert", calls{acked(insert, 1, 0, 1, 2), acked(insert, 3, 2, 4, 6), unknown(remove, 2, 5)}, holding(9, one(3)), 1},
		{"an unknown update of what is not there", calls{unknown(update, 2, 2)}, holding(9, one(2)), 1},
		{"an unknown write before a conflict with it", calls{inserted, unknown(put, 2, 2), since(5, refused(put, 3, 4, 5, history.Conflict, 7))}, holding(9, one(2)), 0},
		{"an unknown write without room among the revisions", calls{inserted, unknown(put, 2, 2), seen(3, 3, 4, 5, 2, 5)}, holding(9, one(2)), 1},
		{"an unknown write without room after the last known one", calls{unknown(put, 2, 0), acked(insert, 1, 1, 2, 5), seen(3, 3, 4, 5, 2, 5)}, holding(9, one(2)), 1},
		{"an unknown removal without room between two inserts", calls{inserted, unknown(remove, 2, 2), acked(insert, 3, 3, 4, 6)}, holding(9, one(3)), 1},
		{"two unknown writes with room for one", calls{inserted, unknown(put, 2, 2), unknown(put, 3, 3), seen(4, 4, 5, 20, 2, 20)}, holding(20, one(3)), 1},
		{"two unknown writes, one seen after the other", calls{inserted, unknown(update, 2, 2), unknown(remove, 3, 3), missed(4, 4, 5, 7)}, holding(9, one(2)), 1},
		{"two unknown writes in the order that fits", calls{inserted, unknown(insert, 2, 2), unknown(remove, 3, 3)}, holding(9, one(2)), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Items(test.calls, test.end), "items", test.want)
		})
	}
}

func TestItemsJudgesEachItemByItsOwnCalls(t *testing.T) {
	calls := []history.Call{
		acked(history.Insert, 1, 0, 1, 1),
		on("set/y", acked(history.Insert, 2, 2, 3, 2)),
	}
	end := holding(2, map[string]int64{theItem: 1})
	findings := checker.Items(calls, end)
	expect(t, findings, "items", 1)
	if text := findings[0].String(); !strings.Contains(text, "set/y") || strings.Contains(text, theItem) {
		t.Errorf("the finding names another item: %s", text)
	}
}

func TestItemsDoesNotDecideWithTooManyUnknownWrites(t *testing.T) {
	calls := []history.Call{acked(history.Insert, 1, 0, 1, 1)}
	for i := range checker.MaxUnknown {
		calls = append(calls, unknown(history.Put, int64(2+i), 2+i))
	}
	expect(t, checker.Items(calls, holding(50, one(1))), "items", 0)
	calls = append(calls, unknown(history.Put, 99, 99))
	findings := checker.Items(calls, holding(50, one(1)))
	expect(t, findings, "items", 1)
	if !findings[0].Undecided {
		t.Errorf("a violation, want undecided: %v", findings[0])
	}
}

func TestTheWorstAllowedItemIsJudgedInTime(t *testing.T) {
	// No subset of the unknown writes explains the end, so all are tried.
	calls := []history.Call{acked(history.Insert, 1, 0, 1, 1)}
	for i := range checker.MaxUnknown {
		calls = append(calls, unknown(history.Put, int64(2+i), 2+i))
	}
	expect(t, checker.Items(calls, holding(50, one(1000))), "items", 1)
}

func TestAFindingEndsWithTheCallThatNothingExplains(t *testing.T) {
	calls := []history.Call{
		acked(history.Insert, 1, 0, 1, 1),
		acked(history.Remove, 2, 2, 3, 2),
		acked(history.Update, 3, 4, 5, 3),
		acked(history.Put, 4, 6, 7, 4),
	}
	findings := checker.Items(calls, holding(4, one(4)))
	expect(t, findings, "items", 1)
	if findings[0].Place() != 4 {
		t.Errorf("the decisive call is at %d, want that of the update: %v", findings[0].Place(), findings[0])
	}
}
