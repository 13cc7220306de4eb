package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// The errors of a connection. They are told apart as those of the network are:
// a connection that cannot be opened is a net.OpError of a dial.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
)

// RoundTrip serves a request as the node in its URL would.
func (c *Cluster) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
	}
	id := request.URL.Host
	life, up := c.life(id)
	if !up {
		return nil, errRefused
	}
	time.Sleep(latency)
	if err := c.awaitResume(request.Context(), id); err != nil {
		return nil, err
	}
	if now, up := c.life(id); !up || now != life {
		return nil, errReset
	}
	if request.URL.Path == "/v1/watch" {
		return c.openWatch(request, id)
	}
	status, body, err := c.serve(request, id)
	if err != nil {
		return nil, err
	}
	time.Sleep(latency)
	if now, up := c.life(id); !up || now != life {
		return nil, errReset
	}
	return respond(request, status, body)
}

// life tells the lives of a node apart.
func (c *Cluster) life(id string) (kills int, up bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.mu.nodes[id]
	return n.kills, n.up
}

// awaitResume waits while the node is paused.
func (c *Cluster) awaitResume(ctx context.Context, id string) error {
	c.mu.Lock()
	resumed := c.mu.nodes[id].resumed
	c.mu.Unlock()
	if resumed == nil {
		return nil
	}
	select {
	case <-resumed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func respond(request *http.Request, status int, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(text)),
		Request:    request,
	}, nil
}
