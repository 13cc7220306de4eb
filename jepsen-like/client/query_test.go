package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"example.com/gstate/jepsen-like/client"
)

func TestAQueryAsksForWhatAWatchTells(t *testing.T) {
	for _, test := range []struct {
		name       string
		parameters url.Values
		body, want string
	}{
		{"a path", url.Values{"path": {"a.b"}, "every": {"true"}}, `{"path":"a.b"}`, `7 {"x":1} true`},
		{"a query at a path", url.Values{"path": {"a"}, "query": {`{"_":1}`}}, `{"path":"a","query":{"_":1}}`, `7 {"x":1} true`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked string
			nodes := serving(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				asked = string(body)
				fmt.Fprint(w, `{"revision":7,"result":{"x":1},"exists":true}`)
			})
			event, err := nodes.Query(t.Context(), "a", test.parameters)
			if got := fmt.Sprintf("%d %s %v", event.Revision, event.Result, event.Exists); err != nil || got != test.want || asked != test.body {
				t.Errorf("asked %s, got %s, %v; want %s, %s", asked, got, err, test.body, test.want)
			}
		})
	}
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	if _, err := serving(t, refuse).Query(t.Context(), "a", nil); !errors.Is(err, client.ErrUnexpected) {
		t.Errorf("a refusal gives %v", err)
	}
}
