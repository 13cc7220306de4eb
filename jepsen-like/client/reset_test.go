package client_test

import (
	"net"
	"net/http"
	"testing"

	"example.com/gstate/jepsen-like/history"
)

// TestAConnectionThatIsResetLeavesAWriteUnknown: the error is one of the
// network, as that of a connection that cannot be opened is.
func TestAConnectionThatIsResetLeavesAWriteUnknown(t *testing.T) {
	nodes := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if err := connection.(*net.TCPConn).SetLinger(0); err != nil { // so that Close resets
			t.Error(err)
		}
		connection.Close()
	})
	if kind, answer := nodes.Do(t.Context(), request(history.Insert)); kind != history.Info {
		t.Errorf("got %s %+v, want info", kind, answer)
	}
}
