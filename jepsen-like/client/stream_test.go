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

// telling returns a handler that streams a text and then ends the stream.
func telling(t *testing.T, text string, asked *http.Request) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*asked = *r
		w.Header().Set("Content-Type", "text/event-stream")
		if _, err := io.WriteString(w, text); err != nil {
			t.Error(err)
		}
	}
}

func TestAStreamHasTheEventsOfTheContract(t *testing.T) {
	const text = `id: 7
data: {"revision":7,"result":{"set":{"s1":4}},"exists":true,"synced":true}

: keep-alive

id: 8
data: {"revision":8,"patch":[],"exists":true,"reasons":["write"],"changes":[{"path":"set.s2","new":5}]}

event: progress
id: 9
data: {"revision":9}

event: error
data: {"code":"slow"}

`
	var asked http.Request
	stream, err := serving(t, telling(t, text, &asked)).Watch(t.Context(), "a", url.Values{"query": {"null"}}, 6)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var got []string
	for {
		event, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %d %s %v %s %s", event.Name, event.Revision, event.Result, event.Synced, event.Changes, event.Code))
	}
	want := []string{
		` 7 {"set":{"s1":4}} true [] `,
		` 8  false [{set.s2  5}] `,
		`progress 9  false [] `,
		`error 0  false [] slow`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if asked.URL.Path != "/v1/watch" || asked.URL.Query().Get("query") != "null" || asked.Header.Get("Last-Event-ID") != "6" {
		t.Errorf("asked %s after %s", asked.URL, asked.Header.Get("Last-Event-ID"))
	}
}

func TestAStreamThatIsRefusedOrSpoiltIsAnError(t *testing.T) {
	for status, forgotten := range map[int]bool{http.StatusTooManyRequests: false, http.StatusGone: true} {
		refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		_, err := serving(t, refuse).Watch(t.Context(), "a", nil, 7)
		if !errors.Is(err, client.ErrUnexpected) || errors.Is(err, client.ErrForgotten) != forgotten {
			t.Errorf("a refusal with %d gives %v", status, err)
		}
	}
	var asked http.Request
	stream, err := serving(t, telling(t, "data: {\n\n", &asked)).Watch(t.Context(), "a", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if event, err := stream.Next(); !errors.Is(err, client.ErrUnexpected) {
		t.Errorf("half an event gives %+v, %v", event, err)
	}
}
