package client_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/client"
)

// silent is a transport whose streams begin and then say nothing.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	reader, writer := io.Pipe()
	go func() {
		<-r.Context().Done()
		writer.CloseWithError(r.Context().Err())
	}()
	return &http.Response{StatusCode: http.StatusOK, Body: reader, Request: r}, nil
}

func TestAStreamThatFallsSilentEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := client.New(map[string]string{"a": "http://a"}, silent{})
		start := time.Now()
		stream, err := nodes.Watch(t.Context(), "a", nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if event, err := stream.Next(); err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("got %+v, %v after %v, want an error after 3s", event, err, time.Since(start))
		}
	})
}
