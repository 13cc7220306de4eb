package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// dialTimeout leaves room for one lost packet. It is far below the default
	// --timeout, so that an address where nobody answers leaves time for the
	// next one.
	dialTimeout = 2 * time.Second

	// answerGrace is how much longer than the node itself this side waits: the
	// node's own "too late" says more about a write than a connection that was
	// given up.
	answerGrace = time.Second

	// maxAnswerBytes limits what one answer, or one event of a stream, may
	// have: the whole of a large tree, but not the memory of the machine.
	maxAnswerBytes = 1 << 30
)

// client calls the nodes of a cluster over HTTP. It is safe for concurrent use.
type client struct {
	// bases are the URLs of the nodes without a slash at the end, in the order
	// in which they are tried. Not empty.
	bases []string
	// timeout bounds a call over all addresses, and how long a stream may take
	// to begin.
	timeout time.Duration
	// http keeps connections between calls, until close.
	http *http.Client
	// answered is the node that was the last to do what it was asked; nil if
	// nobody wants to know.
	answered *atomic.Pointer[string]
	// streaming is the node whose stream is open, and holds nil while none is;
	// nil if nobody wants to know.
	streaming *atomic.Pointer[string]
}

// newClient returns a client of the nodes at these addresses: URLs, or just
// host:port. The error names the address that is neither. It does not dial; the
// caller closes the client after its last call.
func newClient(addresses []string, timeout time.Duration) (*client, error) {
	c := &client{timeout: timeout, http: newHTTPClient()}
	for _, address := range addresses {
		base, err := baseURL(address)
		if err != nil {
			return nil, err
		}
		c.bases = append(c.bases, base)
	}
	if len(c.bases) == 0 {
		return nil, errors.New("no address of a node is given")
	}
	return c, nil
}

// newHTTPClient returns an http.Client that sends each request at most once: it
// follows no redirection, and net/http repeats by itself only what it could not
// send at all. Proxies of the environment are not used: the addresses are those
// of the nodes.
func newHTTPClient() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout: dialTimeout,
		},
	}
}

// baseURL completes the address of a node to a URL without a slash at the end.
// A path in it stays: the nodes may be served beneath a prefix.
func baseURL(address string) (string, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("%q is not the address of a node: want http://host:port", address)
	}
	return strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/"), nil
}

// close gives up the connections that wait for a further call.
func (c *client) close() { c.http.CloseIdleConnections() }

// request is one call, whichever node takes it. It is only read, so that it can
// be sent again to the next one.
type request struct {
	// method is that of HTTP.
	method string
	// path is percent-encoded and begins with a slash.
	path string
	// query are the parameters of the URL beside the timeout; nil means none.
	query url.Values
	// header has what the call needs beside the type of the body; nil is none.
	header http.Header
	// body is JSON; empty means none.
	body []byte
	// write says that a call that arrived may have changed the tree, so that it
	// is never sent twice.
	write bool
}

// call sends r to the first address that takes it, and returns the body of the
// answer. The next address is tried when r certainly did not arrive, and if r
// reads also when this node cannot serve it, or is silent. It waits until ctx
// ends, at the longest for the client's timeout and answerGrace. The error is a
// *problem from a node, a *lostError, or an *unreachableError when no address
// was left.
func (c *client) call(ctx context.Context, r request) ([]byte, error) {
	deadline := time.Now().Add(c.timeout)
	if r.write {
		return c.callOnce(ctx, r, deadline)
	}
	return c.callAny(ctx, r, deadline)
}

// callOnce sends r to one address after the other, until it may have arrived at
// one. That one has all the time that is left.
func (c *client) callOnce(ctx context.Context, r request, deadline time.Time) ([]byte, error) {
	failed := &unreachableError{}
	for _, base := range c.bases {
		body, err := c.ask(ctx, base, r, time.Until(deadline))
		if err == nil {
			return body, nil
		}
		failed.attempts = append(failed.attempts, err)
		if _, notSent := errors.AsType[*dialError](err); !notSent || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, failed.orOnly()
}

// ask makes one attempt at one address, and returns the body of a successful
// answer. budget is how long the node may take. The errors are those of call.
func (c *client) ask(ctx context.Context, base string, r request, budget time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, budget+answerGrace)
	defer cancel()
	r.query = withTimeout(r.query, budget)
	response, err := c.send(ctx, base, r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, &lostError{base: base, write: r.write, err: err}
	case len(body) > maxAnswerBytes:
		return nil, fmt.Errorf("answer of %s is larger than %d bytes", base, maxAnswerBytes)
	case response.StatusCode >= http.StatusMultipleChoices:
		return nil, readProblem(base, r, response, body)
	}
	// Success that does not come from a node, but from a login page between,
	// say, leaves open what became of a write.
	if _, err := parseAnswer(body); err != nil && r.write {
		return nil, &lostError{base: base, write: true, err: err}
	}
	if c.answered != nil {
		c.answered.Store(&base)
	}
	return body, nil
}

// send makes the HTTP request, and waits for the head of the answer until ctx
// ends. The error is a *dialError when nothing of the request left this
// process, else a *lostError. The caller closes the body.
func (c *client) send(ctx context.Context, base string, r request) (*http.Response, error) {
	// connected is set, perhaps by a goroutine of net/http, once there is a
	// connection on which the request may have gone out.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	out, err := r.at(ctx, base)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(out)
	switch {
	case err == nil:
		return response, nil
	case connected.Load():
		return nil, &lostError{base: base, write: r.write, err: err}
	}
	return nil, &dialError{base: base, err: err}
}

// at returns the HTTP request for one node.
func (r request) at(ctx context.Context, base string) (*http.Request, error) {
	target := base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	out, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		out.Header[name] = slices.Clone(values)
	}
	if len(r.body) > 0 {
		out.Header.Set("Content-Type", "application/json")
	}
	return out, nil
}

// withTimeout returns the query with the time that the node may take, in whole
// milliseconds and at least one, since a node refuses none. The query itself is
// left as it is.
func withTimeout(query url.Values, budget time.Duration) url.Values {
	extended := url.Values{"timeout": {max(budget, time.Millisecond).Round(time.Millisecond).String()}}
	for name, values := range query {
		extended[name] = values
	}
	return extended
}
