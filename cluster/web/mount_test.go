package web_test

import (
	"net/http"
	"testing"

	"example.com/gstate/cluster/web"
)

// mounted are requests of a handler beneath /gstate.
var mounted = []exchange{
	{name: "the root", request: "GET /gstate/v1/state/", status: 200,
		want: `{"revision":3,"value":` + wholeTree + `,"modified":3,"version":3}`},
	{name: "an encoded slash", request: "GET /gstate/v1/state/a%2Fb/c+d", status: 200, want: `{"revision":3,"value":true,"modified":1,"version":1}`},
	{name: "a write", request: "PUT /gstate/v1/state/x%2Fy 1", status: 200, want: `{"revision":4}`},
	{name: "health", request: "GET /gstate/healthz", status: 200, want: `{"status":"ok"}`},
	{name: "another resource", request: "GET /gstate/v2", status: 404, code: "invalid", says: `"/v2"`},
}

func TestTheHandlerServesBeneathAPrefix(t *testing.T) {
	for _, e := range mounted {
		t.Run(e.name, func(t *testing.T) {
			stripped := http.StripPrefix("/gstate", web.Handler(populated(t), web.Config{}))
			e.check(t, stripped)
		})
		t.Run(e.name+" on a ServeMux", func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("/gstate/", http.StripPrefix("/gstate", web.Handler(populated(t), web.Config{})))
			e.check(t, mux)
		})
	}
}

func TestWithoutAServeMuxNothingIsCleaned(t *testing.T) {
	stripped := http.StripPrefix("/gstate", web.Handler(populated(t), web.Config{}))
	exchange{request: "DELETE /gstate/v1/state/users//anna", status: 400, code: "invalid", says: "empty key"}.check(t, stripped)
	exchange{request: "DELETE /gstate/v1/state/users/./anna", status: 404, code: "not_found", path: `users.".".anna`}.check(t, stripped)
}

// What a ServeMux does is no choice of this package, but its documentation
// warns of it.
func TestAServeMuxRedirectsToAnotherItem(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", web.Handler(populated(t), web.Config{}))
	for _, request := range []string{"DELETE /v1/state/users//anna", "DELETE /v1/state/users/./anna"} {
		response := exchange{request: request}.perform(t, mux)
		if at := response.Header.Get("Location"); response.StatusCode != http.StatusTemporaryRedirect || at != "/v1/state/users/anna" {
			t.Errorf("%s: status %d, Location %s", request, response.StatusCode, at)
		}
	}
}
