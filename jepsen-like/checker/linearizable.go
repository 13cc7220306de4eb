package checker

import (
	"bytes"
	"fmt"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/gstate/jepsen-like/history"
)

// searchTime is how long the search for an order of one item may take. Those of
// the workload take milliseconds.
const searchTime = 20 * time.Second

// Linearizable lets porcupine look for an order of the calls of each item, as a
// second opinion on what the cluster says of its own order: it does not look at
// revisions, but as names of what was seen with them. The calls are those of the
// workload of registers.
func Linearizable(calls []history.Call) []Finding {
	var findings []Finding
	for _, item := range byItem(calls) {
		switch porcupine.CheckOperationsTimeout(register, operationsOf(item.calls), searchTime) {
		case porcupine.Illegal:
			finding := Finding{Rule: "linearizable", Calls: item.calls,
				Text: fmt.Sprintf("no order of the calls of %s explains what they gave", item.item)}
			if len(findings) == 0 { // one drawing says enough, and each takes long
				finding.Drawing = Visualize(item.calls)
			}
			findings = append(findings, finding)
		case porcupine.Unknown:
			findings = append(findings, Finding{
				Rule: "linearizable", Undecided: true,
				Text: fmt.Sprintf("no order of the calls of %s was found within %v", item.item, searchTime),
			})
		}
	}
	return findings
}

// Visualize returns a page of HTML on which porcupine draws the calls of one item,
// with the longest orders that it has found.
func Visualize(calls []history.Call) []byte {
	_, info := porcupine.CheckOperationsVerbose(register, operationsOf(calls), searchTime)
	var page bytes.Buffer
	if err := porcupine.Visualize(register, info, &page); err != nil {
		return fmt.Appendf(nil, "porcupine cannot draw this: %v", err)
	}
	return page.Bytes()
}

// registerInput is what a call asks of a register.
type registerInput struct {
	history.Request
	// expected is the number that the condition's revision was seen with. 0: there
	// is no condition, or nobody has seen it.
	expected int64
}

// register is one item. Its state is the number that it holds, 0 for none. A call
// of unknown outcome has no end: if it was never made, it stands behind all others.
var register = porcupine.Model{
	Init: func() any { return int64(0) },
	Step: func(state, in, out any) (bool, any) {
		return try(state.(int64), in.(registerInput), out.(history.Call))
	},
	DescribeOperation: func(_, out any) string { return describe(out.(history.Call)) },
	DescribeState:     func(state any) string { return fmt.Sprint(state) },
}

// try says whether a call can have ended as it has where the register holds a
// number, and what it holds then.
func try(holds int64, in registerInput, call history.Call) (bool, any) {
	made := in.Function == history.Insert && holds == 0 ||
		in.Function == history.Put && (in.IfMatch == 0 || in.expected == holds || in.expected == 0 && holds != 0)
	switch {
	case in.Function == history.Get:
		return call.Found == (holds != 0) && call.Value == holds, holds
	case call.Kind == history.Info && !made:
		return true, holds
	case call.Kind == history.Fail:
		return in.refusable(holds, call.Code), holds
	}
	return made, in.Number
}

// refusable says whether a call can have been refused with a code where the register
// holds a number.
func (in registerInput) refusable(holds int64, code string) bool {
	switch code {
	case history.NotFound:
		return holds == 0
	case history.Exists:
		return holds != 0
	}
	return holds != 0 && holds != in.expected
}

// operationsOf returns what is known of calls in the terms of porcupine. What was
// not served, and what the tree has not decided, says nothing.
func operationsOf(calls []history.Call) []porcupine.Operation {
	numbers := numbersSeen(calls)
	var operations []porcupine.Operation
	for _, call := range calls {
		if call.Kind == history.Fail && !call.Decided() {
			continue
		}
		operations = append(operations, porcupine.Operation{
			ClientId: call.Process, Call: int64(call.Invoked), Return: int64(call.Returned),
			Input:  registerInput{call.Request, numbers[call.IfMatch]},
			Output: call,
		})
	}
	return operations
}

// numbersSeen returns the number that clients have seen with each revision.
func numbersSeen(calls []history.Call) map[uint64]int64 {
	numbers := map[uint64]int64{}
	for _, call := range calls {
		switch {
		case call.Kind != history.OK:
		case call.Function == history.Get && call.Found:
			numbers[call.Modified] = call.Value
		case call.Function.Writes():
			numbers[call.Revision] = call.Number
		}
	}
	return numbers
}
