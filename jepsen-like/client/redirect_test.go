package client_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"example.com/gstate/jepsen-like/history"
)

func TestARedirectedWriteIsNotSentAgain(t *testing.T) {
	var arrived atomic.Int64
	nodes := serving(t, func(w http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		http.Redirect(w, r, "/v1/state/elsewhere", http.StatusTemporaryRedirect)
	})
	kind, answer := nodes.Do(t.Context(), request(history.Insert))
	if kind != history.Info || arrived.Load() != 1 {
		t.Errorf("got %s %+v after %d arrivals, want info after 1", kind, answer, arrived.Load())
	}
}
