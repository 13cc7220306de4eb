package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowNode answers a request after some time; one without an answer refuses
// connections then.
type slowNode struct {
	after  time.Duration
	answer string
}

// slowClient returns a client of nodes at a, b and so on, and what they were
// asked: the node, when, and how long it was told to wait. It may be read when
// no call is under way.
func slowClient(timeout time.Duration, nodes ...slowNode) (c *client, asked *[]string) {
	asked = new([]string)
	begin := time.Now()
	requests := make(chan string, 1) // holds the right to append
	requests <- ""
	c = &client{timeout: timeout, http: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		<-requests
		*asked = append(*asked, fmt.Sprintf("%s at %v for %s", r.Host, time.Since(begin), r.URL.Query().Get("timeout")))
		requests <- ""
		node := nodes[r.Host[0]-'a']
		if err := pause(r.Context(), node.after); err != nil {
			return nil, err
		}
		if node.answer == "" {
			return nil, errors.New("connection refused")
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(node.answer))}, nil
	})}}
	for n := range nodes {
		c.bases = append(c.bases, "http://"+string(rune('a'+n)))
	}
	return c, asked
}

func TestCallsHaveTheWholeTimeoutHoweverManyAddressesThereAre(t *testing.T) {
	const first, second = `{"revision":1}`, `{"revision":2}`
	never := slowNode{after: time.Hour}
	tests := []struct {
		name    string
		write   bool
		timeout time.Duration
		nodes   []slowNode
		answer  string // empty means that the call fails
		took    time.Duration
		asked   []string
	}{
		{"a write", true, 20 * time.Second, []slowNode{{19 * time.Second, first}, {0, second}, {0, second}},
			first, 19 * time.Second, []string{"a at 0s for 20s"}},
		{"a write after an address where nobody is", true, 20 * time.Second, []slowNode{{time.Second, ""}, {18 * time.Second, second}},
			second, 19 * time.Second, []string{"a at 0s for 20s", "b at 1s for 19s"}},
		{"a read that waits, with others beside it", false, 20 * time.Second,
			[]slowNode{{19 * time.Second, first}, never, {time.Minute, second}},
			first, 19 * time.Second, []string{"a at 0s for 20s", "b at 2s for 18s", "c at 4s for 16s"}},
		{"a read at one address", false, 20 * time.Second, []slowNode{{19 * time.Second, first}},
			first, 19 * time.Second, []string{"a at 0s for 20s"}},
		{"a read whose first node hangs", false, 20 * time.Second, []slowNode{never, {0, second}},
			second, 2 * time.Second, []string{"a at 0s for 20s", "b at 2s for 18s"}},
		{"a read in a hurry whose first node hangs", false, time.Second, []slowNode{never, {0, second}},
			second, 500 * time.Millisecond, []string{"a at 0s for 1s", "b at 500ms for 500ms"}},
		{"a read whose first node is gone", false, 20 * time.Second, []slowNode{{0, ""}, {time.Second, second}},
			second, time.Second, []string{"a at 0s for 20s", "b at 0s for 20s"}},
		{"a read that nobody answers", false, 10 * time.Second, []slowNode{never, never},
			"", 11 * time.Second, []string{"a at 0s for 10s", "b at 2s for 8s"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, asked := slowClient(test.timeout, test.nodes...)
				begin := time.Now()
				body, err := c.call(t.Context(), request{method: http.MethodGet, path: "/v1/state/a", write: test.write})
				if took := time.Since(begin); string(body) != test.answer || (err == nil) != (test.answer != "") || took != test.took {
					t.Errorf("answer %q, error %v after %v, want %q after %v", body, err, took, test.answer, test.took)
				}
				if !slices.Equal(*asked, test.asked) {
					t.Errorf("asked %q, want %q", *asked, test.asked)
				}
			})
		})
	}
}
