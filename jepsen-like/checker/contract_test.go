package checker_test

import (
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

func TestContract(t *testing.T) {
	coded := func(code string) history.Call { return refused(history.Put, 1, 0, 1, code, 0) }
	doubtful := unknown(history.Put, 1, 0)
	doubtful.Code = history.OutcomeUnknown
	broken := unknown(history.Put, 1, 0)
	broken.Code = "internal"
	for _, test := range []struct {
		name string
		call history.Call
		want int
	}{
		{"a write that was made", acked(history.Put, 1, 0, 1, 5), 0},
		{"a node that could not be reached", coded(""), 0},
		{"no leader", coded("no_leader"), 0},
		{"an unknown outcome", doubtful, 0},
		{"a fault of the node", broken, 1},
		{"a request that was right and is called wrong", coded("invalid"), 1},
		{"a code that is new", coded("teapot"), 1},
		{"an answer that makes no sense", coded(history.Unexpected), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Contract([]history.Call{test.call}), "contract", test.want)
		})
	}
}
