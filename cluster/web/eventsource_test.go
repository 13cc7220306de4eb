package web_test

import (
	"bufio"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// eventSource is the client that browsers have, as the HTML standard describes it
// (9.2, Server-sent events).
type eventSource struct {
	client *http.Client
	target string
	// lastID is sent with each request but the first.
	lastID string
}

// message is what an eventSource tells its listeners.
type message struct{ name, data, lastID string }

// receive connects and dispatches messages until take wants no more, or the
// stream ends.
func (s *eventSource) receive(t *testing.T, take func(message) bool) {
	t.Helper()
	header := http.Header{"Accept": {"text/event-stream"}}
	if s.lastID != "" {
		header.Set("Last-Event-ID", s.lastID)
	}
	w := watch(t, s.client, s.target, header)
	defer w.response.Body.Close()
	if got := w.response.Header.Get("Content-Type"); w.response.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("the connection fails for good: %s, %s", w.response.Status, got)
	}
	var name string
	var data []string
	id := s.lastID
	for line, err := readStreamLine(w.lines); err == nil; line, err = readStreamLine(w.lines) {
		if line == "" {
			s.lastID = id
			m := message{cmp.Or(name, "message"), strings.Join(data, "\n"), id}
			dispatched := len(data) > 0
			name, data = "", nil
			if dispatched && !take(m) {
				return
			}
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				id = value
			}
		}
	}
}

// readStreamLine reads a line that ends with any of the three ends that lines of a
// stream may have.
func readStreamLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return "", err
		case c == '\r':
			if next, err := r.Peek(1); err == nil && next[0] == '\n' {
				_, err = r.Discard(1)
				return string(line), err
			}
			return string(line), nil
		case c == '\n':
			return string(line), nil
		}
		line = append(line, c)
	}
}

// TestAnEventSourceThatConnectsAgainMissesNothing: it is cut off after every
// message, while others write texts that are hard to frame.
func TestAnEventSourceThatConnectsAgainMissesNothing(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		source := &eventSource{
			client: serve(t, &http.Server{Handler: web.Handler(node, web.Config{})}),
			target: "/v1/watch?path=users.anna.age&every=true&progress=1s",
		}
		written := []any{41, "a\nb", "\r", "\r\ndata: x\r\n\r\n", "\ufeff", "\x00", "\u2028\u2029", "id: 1\n\n", ": comment", "event: error"}
		var seen []string
		for round := range written {
			if round > 0 {
				apply(t, node, cluster.Set(tree.Path{"beside"}, round))
				apply(t, node, cluster.Set(age, written[round]))
			}
			source.receive(t, func(m message) bool {
				if m.name != "message" {
					return true // a mark, whose id counts all the same
				}
				got := decode[struct {
					Revision uint64
					Result   any
					Exists   bool
					Synced   bool
					Reasons  []string
				}](t, m.data)
				if fmt.Sprint(got.Revision) != m.lastID {
					t.Errorf("revision %d with id %s", got.Revision, m.lastID)
				}
				seen = append(seen, fmt.Sprint(got.Result))
				return false
			})
		}
		var want []string
		for _, value := range written {
			want = append(want, fmt.Sprint(value))
		}
		if !slices.Equal(seen, want) {
			t.Errorf("got  %q\nwant %q", seen, want)
		}
	})
}

// TestAWatchWhoseLinksBlowUpSaysWhyItEnds: else its client would only see the end
// of a stream, and open it again.
func TestAWatchWhoseLinksBlowUpSaysWhyItEnds(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		const width = 150
		var whole, links []cluster.Op
		for i := range width {
			path := tree.Path{"m", fmt.Sprint(i)}
			whole = append(whole, cluster.Set(path, 1))
			links = append(links, cluster.Set(path, tree.LinkValue(tree.Path{"m"})))
		}
		decide := func(operations []cluster.Op) {
			if _, err := node.Decide(t.Context(), cluster.Transaction{Then: operations}); err != nil {
				t.Fatal(err)
			}
		}
		decide(whole)
		source := &eventSource{
			client: serve(t, &http.Server{Handler: web.Handler(node, web.Config{})}),
			target: "/v1/watch?path=m&query=%7B%22_%22:%7B%22_%22:%7B%22_%22:1%7D%7D%7D",
		}
		var names []string
		var last message
		source.receive(t, func(m message) bool {
			if len(names) == 0 {
				decide(links)
			}
			names, last = append(names, m.name), m
			return true
		})
		if !slices.Equal(names, []string{"message", "error"}) {
			t.Fatalf("the stream had %q", names)
		}
		if got := decode[problem](t, last.data); got.Code != "too_large" || got.Path != "m" || last.lastID != "4" {
			t.Errorf("%+v with id %s", got, last.lastID)
		}
		exchange{request: "GET " + source.target, header: from(4), status: 413, code: "too_large", says: "looks at more than 1048576 items"}.
			check(t, web.Handler(node, web.Config{}))
	})
}
