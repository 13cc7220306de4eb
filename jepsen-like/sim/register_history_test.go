package sim

import (
	"math"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
)

// op makes an operation of a history.
func op(call, end int64, in input, got result, value int) porcupine.Operation {
	return porcupine.Operation{Input: in, Call: call, Return: end, Output: output{got, value}}
}

// open makes one of unknown outcome.
func open(call int64, in input) porcupine.Operation {
	return op(call, math.MaxInt64, in, unclear, 0)
}

func TestRegisterHistoriesAreJudged(t *testing.T) {
	read := input{kind: reading}
	set := func(value int) input { return input{kind: setting, value: value} }
	insert := func(value int) input { return input{kind: inserting, value: value} }
	swap := func(old, value int) input { return input{kind: equals, value: value, old: old} }
	remove := input{kind: removing}
	for name, c := range map[string]struct {
		history []porcupine.Operation
		want    porcupine.CheckResult
	}{
		"a read of the latest value":        {ops(op(1, 2, set(1), fine, 0), op(3, 4, read, fine, 1)), porcupine.Ok},
		"a stale read":                      {ops(op(1, 2, set(1), fine, 0), op(3, 4, read, fine, 0)), porcupine.Illegal},
		"a read of a concurrent write":      {ops(op(1, 4, set(1), fine, 0), op(2, 3, read, fine, 1)), porcupine.Ok},
		"a read of a write that was no one": {ops(op(1, 2, read, fine, 7)), porcupine.Illegal},
		"an unknown write is seen late": {
			ops(open(1, set(1)), op(2, 3, read, fine, 0), op(4, 5, read, fine, 1)), porcupine.Ok},
		"an unknown write is seen and gone": {
			ops(open(1, set(1)), op(2, 3, read, fine, 1), op(4, 5, read, fine, 0)), porcupine.Illegal},
		"an unknown condition is decided by its moment": {
			ops(open(1, swap(1, 2)), op(2, 3, set(1), fine, 0), op(4, 5, read, fine, 2)), porcupine.Ok},
		"an unknown condition does not hold": {
			ops(open(1, swap(9, 2)), op(2, 3, set(1), fine, 0), op(4, 5, read, fine, 2)), porcupine.Illegal},
		"two are made under one condition": {
			ops(op(1, 2, set(1), fine, 0), op(3, 5, swap(1, 2), fine, 0), op(4, 6, swap(1, 3), fine, 0)), porcupine.Illegal},
		"one of two is made under one condition": {
			ops(op(1, 2, set(1), fine, 0), op(3, 5, swap(1, 2), fine, 0), op(4, 6, swap(1, 3), conflict, 0)), porcupine.Ok},
		"a conflict without a reason": {ops(op(1, 2, set(1), fine, 0), op(3, 4, swap(1, 2), conflict, 0)), porcupine.Illegal},
		"a conflict where nothing is": {ops(op(1, 2, swap(1, 2), conflict, 0)), porcupine.Illegal},
		"nothing to remove":           {ops(op(1, 2, remove, missing, 0), op(3, 4, insert(1), fine, 0)), porcupine.Ok},
		"removed twice": {
			ops(op(1, 2, insert(1), fine, 0), op(3, 4, remove, fine, 0), op(5, 6, remove, fine, 0)), porcupine.Illegal},
		"inserted twice":             {ops(op(1, 2, insert(1), fine, 0), op(3, 4, insert(2), fine, 0)), porcupine.Illegal},
		"an insert refused too late": {ops(op(1, 2, insert(1), exists, 0)), porcupine.Illegal},
	} {
		t.Run(name, func(t *testing.T) {
			if got := decide(c.history); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func ops(some ...porcupine.Operation) []porcupine.Operation { return some }

func TestTheFirstBadOperationIsShown(t *testing.T) {
	r := &registers{names: 1}
	for i := range int64(40) {
		r.history = append(r.history, op(10*i, 10*i+5, input{name: "r1", kind: setting, value: int(i)}, fine, 0))
	}
	r.history = append(r.history, op(207, 208, input{name: "r1"}, fine, 3))
	findings, done := r.judge()
	want := "[207-208] client 0: read 0 (was 0) -> ok 3"
	if len(findings) != 1 || !strings.HasSuffix(findings[0], want) || done != 41 {
		t.Errorf("found %q in %d, want %q at its end", findings, done, want)
	}
}

func TestEveryFaultThatIsDrawnIsKnown(t *testing.T) {
	drawn := map[string]bool{}
	for seed := range uint64(100) {
		for _, f := range plan(shortRun(seed)) {
			if faults[f.name] == nil || f.victim == f.other {
				t.Fatalf("seed %d draws %v", seed, f)
			}
			drawn[f.name] = true
		}
	}
	if len(drawn) != len(faults) {
		t.Errorf("of %d faults %d are drawn", len(faults), len(drawn))
	}
}
