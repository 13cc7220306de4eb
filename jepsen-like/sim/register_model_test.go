package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// kind is what an operation does to a register.
type kind int

const (
	reading kind = iota
	setting
	inserting
	updating
	removing
	unmodified
	equals
)

var kindNames = []string{"read", "set", "insert", "update", "remove", "unmodified", "equals"}

// input is an operation on a register. The last two kinds set the value if it
// is the old one.
type input struct {
	name       string
	kind       kind
	value, old int
}

// result is how an operation has ended.
type result int

const (
	fine result = iota
	conflict
	missing
	exists
	// unclear is an unknown outcome.
	unclear
	// absent says that the write was never decided, and never will be.
	absent
)

var resultNames = []string{"ok", "conflict", "not found", "exists", "unknown", "not made"}

// output is the result, and for a read the value.
type output struct {
	result result
	value  int
}

// apply says what an operation must give where the register has this value,
// which is 0 for none, and what its value is then.
func (in input) apply(value int) (result, int) {
	switch {
	case in.kind == reading:
		return fine, value
	case in.kind == setting || in.kind == inserting && value == 0:
		return fine, in.value
	case in.kind == inserting:
		return exists, value
	case value == 0:
		return missing, value
	case in.kind == removing || in.kind == updating || value == in.old:
		return fine, in.value
	}
	return conflict, value
}

// model is one register. An operation of unknown outcome has no end: if it was
// never made, it stands behind all others.
var model = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, in, out any) (bool, any) {
		got := out.(output)
		result, value := in.(input).apply(state.(int))
		read := in.(input).kind == reading
		ok := got.result == unclear || got.result == result && (!read || got.value == value)
		return ok, value
	},
}

// judge looks for an order of the operations of each register.
func (r *registers) judge() (findings []string, done int) {
	byName := map[string][]porcupine.Operation{}
	for _, op := range r.history {
		name := op.Input.(input).name
		byName[name] = append(byName[name], op)
		if op.Output.(output).result != unclear {
			done++
		}
	}
	for i := range r.names {
		name := fmt.Sprint("r", i+1)
		if verdict := decide(byName[name]); verdict != porcupine.Ok {
			findings = append(findings, fmt.Sprintf("register %s is %s: %s", name, verdict, show(byName[name])))
		}
	}
	return findings, done
}

// decide looks for an order. What is not decided in time must not pass.
func decide(history []porcupine.Operation) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(model, history, 30*time.Second)
}

// shownMax is how many operations are shown: the last of them is the first
// that leaves no order.
const shownMax = 15

// show prints the end of the shortest beginning that has no order.
func show(history []porcupine.Operation) string {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	last := history[len(history)-1]
	instant := sort.Search(int(last.Call), func(at int) bool {
		return decide(until(history, int64(at))) != porcupine.Ok
	})
	history = until(history, int64(instant))
	var text strings.Builder
	for _, op := range history[max(0, len(history)-shownMax):] {
		in, out := op.Input.(input), op.Output.(output)
		fmt.Fprintf(&text, "\n\t[%d-%d] client %d: %s %d (was %d) -> %s %d", op.Call, op.Return,
			op.ClientId, kindNames[in.kind], in.value, in.old, resultNames[out.result], out.value)
	}
	return text.String()
}

// until returns what was known at an instant: what had not ended yet had an
// unknown outcome. The beginnings of a history that has an order have one, too.
func until(history []porcupine.Operation, instant int64) []porcupine.Operation {
	var past []porcupine.Operation
	for _, op := range history {
		if op.Call > instant {
			break
		}
		if op.Return > instant {
			op.Return, op.Output = math.MaxInt64, output{result: unclear}
		}
		past = append(past, op)
	}
	return past
}
