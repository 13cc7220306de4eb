package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

func TestOutcome(t *testing.T) {
	for _, e := range []exchange{
		{name: "of a write that was applied", request: `POST /v1/outcome {"write":"2048-17"}`, status: 200, want: `{"revision":1,"else":false,"results":[null,5]}`},
		{name: "of one that is given up", request: `POST /v1/outcome {"write":"2048-18"}`, status: 410, code: "given_up", says: "never will be"},
		{name: "of one that nobody knows", request: `POST /v1/outcome {"write":"7-1"}`, status: 504, code: "outcome_unknown", says: "7-1"},
		{name: "of no write", request: `POST /v1/outcome {}`, status: 400, code: "invalid", says: `"write" is missing`},
		{name: "of what is no id", request: `POST /v1/outcome {"write":"2048"}`, status: 400, code: "invalid", says: `write: invalid: "2048"`},
		{name: "of a number", request: `POST /v1/outcome {"write":2048}`, status: 400, code: "invalid", says: "write"},
		{name: "with an unknown name", request: `POST /v1/outcome {"write":"2048-17","wait":1}`, status: 400, code: "invalid", says: `"wait" is unknown`},
		{name: "with data after it", request: `POST /v1/outcome {"write":"2048-17"} 1`, status: 400, code: "invalid", says: "data after"},
		{name: "without a body", request: `POST /v1/outcome`, status: 400, code: "invalid", says: "ends early"},
	} {
		e.run(t, onFake)
	}
}

// TestProblemOfAnUnknownOutcomeHasTheIDToAskWith sends what it tells back.
func TestProblemOfAnUnknownOutcomeHasTheIDToAskWith(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		handler := web.Handler(node, web.Config{})
		node.fail(&cluster.Error{Operation: "set", Err: &cluster.UnknownOutcome{ID: doubtedWrite, Err: context.DeadlineExceeded}})
		response := exchange{request: "PUT /v1/state/n 1"}.perform(t, handler)
		var problem struct{ Code, Write string }
		if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || response.StatusCode != http.StatusGatewayTimeout || problem.Code != "outcome_unknown" {
			t.Fatalf("%d, %+v, %v", response.StatusCode, problem, err)
		}
		node.fail(nil)
		exchange{request: `POST /v1/outcome {"write":"` + problem.Write + `"}`, status: 200, want: `{"revision":1,"else":false,"results":[null,5]}`}.check(t, handler)
	})
}
