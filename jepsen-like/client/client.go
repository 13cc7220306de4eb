package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// callTimeout bounds one operation of a workload. It is longer than an
	// election takes, so that a write usually outlives one.
	callTimeout = 2 * time.Second
	// nodeTimeout is how long the node is asked to try: less than callTimeout,
	// so that it can still say that it did not succeed.
	nodeTimeout = 1500 * time.Millisecond
	// statusTimeout bounds the question for a node's status. A node that is
	// paused does not answer, and the nemesis asks all nodes each second.
	statusTimeout = 200 * time.Millisecond
	// dialTimeout bounds the opening of a connection. On one machine that is
	// a matter of microseconds, unless the listener's queue is full.
	dialTimeout = 500 * time.Millisecond
	// idleConnections is how many connections to one node are kept. With
	// fewer than there are clients, each operation would open its own, and
	// use up the machine's ports.
	idleConnections = 64
)

// ErrUnexpected is matched by the error of an answer that is not what was
// asked for; the text has its status and its beginning.
var ErrUnexpected = errors.New("unexpected answer")

// Client asks the nodes of one cluster. Make one with New.
type Client struct {
	addresses map[string]string
	http      *http.Client
}

// New returns a client for the nodes at these base URLs, by node id. The map
// is the client's from now on.
func New(addresses map[string]string, transport http.RoundTripper) *Client {
	// A redirection would send a write once more.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{addresses: addresses, http: &http.Client{Transport: transport, CheckRedirect: stay}}
}

// Transport returns the transport for real nodes. It uses no proxy.
func Transport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		MaxIdleConnsPerHost: idleConnections,
		DisableCompression:  true,
	}
}

// send sends one request and returns the status and the whole body. The error
// is one of the connection or of ctx.
func (c *Client) send(ctx context.Context, method, node, path string, query url.Values, body []byte) (int, []byte, error) {
	address := c.addresses[node] + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	return c.roundTrip(request, body)
}

func (c *Client) roundTrip(request *http.Request, body []byte) (int, []byte, error) {
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// get asks for a JSON document and stores it in the value at into.
func (c *Client) get(ctx context.Context, node, path string, query url.Values, into any) error {
	status, body, err := c.send(ctx, http.MethodGet, node, path, query, nil)
	if err != nil {
		return err
	}
	return decode(status, body, into)
}

// decode stores the document of a 200 in the value at into.
func decode(status int, body []byte, into any) error {
	if status != http.StatusOK {
		return unexpected(status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", unexpected(status, body), err)
	}
	return nil
}

// unexpected quotes the beginning of an answer.
func unexpected(status int, body []byte) error {
	const quoted = 300
	return fmt.Errorf("%w: %d %s", ErrUnexpected, status, body[:min(len(body), quoted)])
}
