package main

import (
	"net/http"
	"testing"
)

func TestOutcomeAsksWithTheID(t *testing.T) {
	node := answerWith(t, http.StatusOK, `{"revision":18,"else":false,"results":[null,5]}`)
	runProgram(t.Context(), "", "outcome", "2048-17", "--addr", node.url).check(t, exitOK, "revision 18\noperation 2: 5\n", "")
	if got := node.only(t); got.method != http.MethodPost || got.path != "/v1/outcome" || got.body != `{"write":"2048-17"}` {
		t.Errorf("the request is %+v", got)
	}
}

func TestOutcomeOfWhatIsNoID(t *testing.T) {
	runProgram(t.Context(), "", "outcome", "17").check(t, exitUsage, "", `ID: invalid: "17" is no id of a write`)
}

func TestOutcomeIsAskedOfTheNextAddressWhenAnAnswerIsLost(t *testing.T) {
	first, second := script(t, hangUp), refuseWith(t, 410, "given_up", "write: given up")
	runProgram(t.Context(), "", "outcome", "2048-17", "--addr", first.url+","+second.url).check(t, exitGivenUp, "", "given up")
}
