package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/gstate/cluster/web"
)

// deadlineRecorder notes until when an answer may be written.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (r *deadlineRecorder) SetWriteDeadline(until time.Time) error {
	r.until = until
	return nil
}

func TestAClientThatDoesNotReadItsAnswerDoesNotHoldIt(t *testing.T) {
	for _, target := range []string{"/v1/state/users", "/v1/state/nobody"} {
		recorder := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		web.Handler(populated(t), web.Config{}).ServeHTTP(recorder, request)
		if left := time.Until(recorder.until); left <= 0 || left > time.Minute {
			t.Errorf("%s: the answer of status %d may take %v", target, recorder.Code, left)
		}
	}
}
