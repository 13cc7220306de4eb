package checker_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

func TestInserts(t *testing.T) {
	inserted := acked(history.Insert, 1, 0, 1, 5)
	for _, test := range []struct {
		name  string
		calls []history.Call
		end   []history.Dump
		want  int
	}{
		{"an acknowledged insert is there", []history.Call{inserted}, holding(9, one(1)), 0},
		{"an acknowledged insert is lost", []history.Call{inserted}, holding(9, nil), 1},
		{"an acknowledged insert is lost on one node", []history.Call{inserted},
			append(holding(9, one(1)), history.Dump{Node: "c"}), 1},
		{"an acknowledged insert is overwritten", []history.Call{inserted, unknown(history.Insert, 2, 2)}, holding(9, one(2)), 1},
		{"a refused duplicate", []history.Call{inserted, refused(history.Insert, 2, 2, 3, history.Exists, 5)}, holding(9, one(1)), 0},
		{"a duplicate is acknowledged", []history.Call{inserted, acked(history.Insert, 2, 2, 3, 6)}, holding(9, one(1)), 2},
		{"a refused insert is there", []history.Call{refused(history.Insert, 2, 2, 3, "no_leader", 0)}, holding(9, one(2)), 1},
		{"a refused insert is not there", []history.Call{refused(history.Insert, 2, 2, 3, "no_leader", 0)}, holding(9, nil), 0},
		{"an unknown insert is there", []history.Call{unknown(history.Insert, 2, 2)}, holding(9, one(2)), 0},
		{"an unknown insert is not there", []history.Call{unknown(history.Insert, 2, 2)}, holding(9, nil), 0},
		{"an item that nobody inserted", []history.Call{on("set/y", refused(history.Insert, 2, 2, 3, "busy", 0))}, holding(9, one(2)), 2},
		{"an item of another workload", nil, holding(9, map[string]int64{"users/u1": 2}), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Inserts(test.calls, test.end), "inserts", test.want)
		})
	}
}

func TestStaleUpdates(t *testing.T) {
	removed := acked(history.Remove, 1, 2, 5, 0)
	for _, test := range []struct {
		name  string
		calls []history.Call
		want  int
	}{
		{"an update before the removal", []history.Call{acked(history.Update, 2, 0, 1, 0), removed}, 0},
		{"an update at the same time", []history.Call{removed, acked(history.Update, 2, 4, 6, 0)}, 0},
		{"an update after the removal", []history.Call{removed, acked(history.Update, 2, 6, 7, 0)}, 1},
		{"a refused update after the removal", []history.Call{removed, refused(history.Update, 2, 6, 7, history.NotFound, 0)}, 0},
		{"an update of another item", []history.Call{removed, on("set/y", acked(history.Update, 2, 6, 7, 0))}, 0},
		{"an update after an insert", []history.Call{removed, acked(history.Insert, 2, 6, 7, 0), acked(history.Update, 3, 8, 9, 0)}, 0},
		{"an update after an insert of unknown outcome", []history.Call{removed, unknown(history.Insert, 2, 6), acked(history.Update, 3, 8, 9, 0)}, 0},
		{"an update after an insert of unknown outcome from before", []history.Call{unknown(history.Insert, 2, 0), removed, acked(history.Update, 3, 8, 9, 0)}, 0},
		{"an update after a refused insert", []history.Call{removed, refused(history.Insert, 2, 6, 7, "busy", 0), acked(history.Update, 3, 8, 9, 0)}, 1},
		{"an update between removal and insert", []history.Call{removed, acked(history.Update, 3, 6, 7, 0), acked(history.Insert, 2, 8, 9, 0)}, 1},
		{"an insert that had returned before the removal", []history.Call{acked(history.Insert, 2, 0, 1, 0), removed, acked(history.Update, 3, 6, 7, 0)}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.StaleUpdates(test.calls), "stale-updates", test.want)
		})
	}
}

func TestLostUpdates(t *testing.T) {
	first := since(4, acked(history.Put, 1, 0, 1, 5))
	for _, test := range []struct {
		name   string
		second history.Call
		want   int
	}{
		{"the same condition", since(4, acked(history.Put, 2, 0, 2, 6)), 1},
		{"a later condition", since(5, acked(history.Put, 2, 2, 3, 6)), 0},
		{"no condition", acked(history.Put, 2, 2, 3, 6), 0},
		{"the same condition of another item", on("set/y", since(4, acked(history.Put, 2, 2, 3, 6))), 0},
		{"the same condition, refused", since(4, refused(history.Put, 2, 0, 2, history.Conflict, 5)), 0},
		{"the same condition, unknown", since(4, unknown(history.Put, 2, 0)), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.LostUpdates([]history.Call{first, test.second}), "lost-updates", test.want)
		})
	}
}

func TestAgreement(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*history.Dump)
		want   int
	}{
		{"nodes that agree", func(*history.Dump) {}, 0},
		{"another revision", func(d *history.Dump) { d.Revision++ }, 1},
		{"another digest", func(d *history.Dump) { d.Digest = "e" }, 1},
		{"another item", func(d *history.Dump) { d.Items = one(2) }, 1},
		{"a missing item", func(d *history.Dump) { d.Items = nil }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			dumps := holding(9, one(1))
			test.change(&dumps[1])
			expect(t, checker.Agreement(dumps), "agreement", test.want)
		})
	}
	t.Run("no nodes", func(t *testing.T) { expect(t, checker.Agreement(nil), "agreement", 0) })
}

func TestLiveness(t *testing.T) {
	by := func(node string, call history.Call) history.Call {
		call.Node = node
		return call
	}
	written, read := by("a", acked(history.Put, 1, 0, 1, 5)), by("a", seen(2, 2, 3, 5, 1, 5))
	local := read
	local.Linearizable = false
	for _, test := range []struct {
		name  string
		calls []history.Call
		want  int
	}{
		{"a write and a read", []history.Call{written, read}, 0},
		{"no read", []history.Call{written}, 1},
		{"no write", []history.Call{read}, 1},
		{"a local read", []history.Call{written, local}, 1},
		{"a read that found nothing", []history.Call{written, by("a", missed(2, 2, 3, 5))}, 1},
		{"a refused write", []history.Call{by("a", refused(history.Put, 1, 0, 1, "no_leader", 0)), read}, 1},
		{"another node's", []history.Call{by("b", written), by("b", read)}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Liveness(test.calls, []string{"a"}, 1), "liveness", test.want)
		})
	}
}

func TestAFindingShowsOnlyTheLastCalls(t *testing.T) {
	finding := checker.Finding{Rule: "items", Text: "text"}
	for i := range 40 {
		finding.Calls = append(finding.Calls, acked(history.Put, int64(i), i, i, 1))
	}
	text := finding.String()
	if !strings.Contains(text, "(28 earlier calls)") || !strings.Contains(text, `"number":39`) || strings.Contains(text, `"number":27,`) {
		t.Errorf("want the last twelve calls:\n%s", text)
	}
}

func ExampleItems() {
	calls := []history.Call{
		{
			Kind: history.OK, Invoked: 0, Returned: 1,
			Request: history.Request{Number: 1, Function: history.Insert, Item: "users/anna"},
			Answer:  history.Answer{Revision: 1},
		},
		{
			Kind: history.OK, Invoked: 2, Returned: 3,
			Request: history.Request{Number: 2, Function: history.Remove, Item: "users/anna"},
			Answer:  history.Answer{Revision: 2},
		},
		{
			Kind: history.OK, Invoked: 4, Returned: 5,
			Request: history.Request{Number: 3, Function: history.Update, Item: "users/anna"},
			Answer:  history.Answer{Revision: 3},
		},
	}
	for _, finding := range checker.Items(calls, nil) {
		fmt.Println(finding.Text)
	}
	// Output: no order of the writes to users/anna explains what was seen of it
}
