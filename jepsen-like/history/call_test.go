package history_test

import (
	"bytes"
	"fmt"
	"testing"

	"example.com/gstate/jepsen-like/history"
)

func TestCallsPairsTheEndsOfEachOperation(t *testing.T) {
	recorder := history.NewRecorder(new(bytes.Buffer))
	first := recorder.Invoke(0, history.Request{Function: history.Insert, Item: "x"})
	second := recorder.Invoke(1, history.Request{Function: history.Get, Item: "y"})
	recorder.Fault("kill", "a", "")
	recorder.Complete(1, second, history.OK, history.Answer{Found: true})
	recorder.Complete(0, first, history.Info, history.Answer{Detail: "timeout"})
	recorder.Invoke(8, history.Request{Function: history.Remove, Item: "z"})

	want := []struct {
		item              string
		kind              history.Kind
		invoked, returned int
	}{
		{"x", history.Info, 0, history.Never},
		{"y", history.OK, 1, 3},
		{"z", history.Info, 5, history.Never},
	}
	calls := history.Calls(recorder.Events())
	if len(calls) != len(want) {
		t.Fatalf("%d calls, want %d", len(calls), len(want))
	}
	for i, call := range calls {
		if call.Item != want[i].item || call.Kind != want[i].kind || call.Invoked != want[i].invoked || call.Returned != want[i].returned {
			t.Errorf("call %d is %+v, want %+v", i, call, want[i])
		}
	}
	if !calls[1].Before(calls[2]) || calls[0].Before(calls[2]) || calls[1].Before(calls[0]) {
		t.Error("only the second call had returned when the third was invoked")
	}
}

func TestWritesAreToldFromReads(t *testing.T) {
	for _, function := range []history.Function{history.Insert, history.Update, history.Put, history.Remove} {
		if !function.Writes() {
			t.Errorf("%s writes", function)
		}
	}
	for _, function := range []history.Function{history.Get, "kill"} {
		if function.Writes() {
			t.Errorf("%s does not write", function)
		}
	}
}

func TestOnlyTheTreeDecides(t *testing.T) {
	for code, want := range map[string]bool{
		history.NotFound: true, history.Exists: true, history.Conflict: true,
		"no_leader": false, "busy": false, "": false,
	} {
		if got := (history.Answer{Code: code}).Decided(); got != want {
			t.Errorf("decided(%q) = %v", code, got)
		}
	}
}

func ExampleRecorder() {
	recorder := history.NewRecorder(new(bytes.Buffer))
	request := recorder.Invoke(0, history.Request{Function: history.Insert, Node: "a", Item: "set/s1"})
	recorder.Complete(0, request, history.OK, history.Answer{Revision: 1})
	for _, call := range history.Calls(recorder.Events()) {
		fmt.Println(call.Item, call.Kind, "at revision", call.Revision)
	}
	// Output: set/s1 ok at revision 1
}
