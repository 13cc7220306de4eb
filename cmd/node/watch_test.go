package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// event is one event as a node sends it.
func event(revision int, result string) string {
	exists := "true"
	if result == "null" {
		exists = "false"
	}
	return fmt.Sprintf("id: %d\ndata: {\"revision\":%d,\"result\":%s,\"exists\":%s}\n\n", revision, revision, result, exists)
}

// streaming starts a node whose streams have this text and then break off;
// those after the last text are refused.
func streaming(t *testing.T, texts ...string) *scripted {
	t.Helper()
	var next atomic.Int64
	return script(t, func(w http.ResponseWriter, _ *http.Request) {
		n := int(next.Add(1)) - 1
		if n >= len(texts) {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, `{"code":"closed","detail":"node is closed"}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, texts[n])
	})
}

// TestWatchSaysWhyItemsWent, on the line of the result without them.
func TestWatchSaysWhyItemsWent(t *testing.T) {
	gone := func(reason string) string {
		return fmt.Sprintf(`id: 9`+"\n"+`data: {"revision":9,"result":null,"exists":false,"expelled":[{"path":"users.a","revision":8,"reason":%q}]}`+"\n\n", reason)
	}
	for reason, words := range map[string]string{
		"lease": "its time was over", "session": "its node has left", "keeper": "what kept it was removed",
	} {
		node := streaming(t, gone(reason), gone(reason))
		runProgram(t.Context(), "", "watch", "--addr", node.url, "users", "--count", "1").
			check(t, exitOK, "revision 9: (nothing) (users.a: "+words+")\n", "")
		runProgram(t.Context(), "", "watch", "--addr", node.url, "users", "--count", "1", "--json").
			check(t, exitOK, `{"revision":9,"exists":false,"result":null,"expelled":[{"path":"users.a","revision":8,"reason":"`+reason+`"}]}`+"\n", "")
	}
}

func TestWatchPrintsResults(t *testing.T) {
	stream := ": keep-alive\n\n" + event(3, `["a"]`) + ": keep-alive\n\n" + event(5, "null") + event(8, `["b"]`)
	tests := []struct {
		name  string
		args  []string
		query string
		want  string
	}{
		{"of a path", []string{"users.anna", "--count", "3"}, "path=users.anna",
			"revision 3: [\"a\"]\nrevision 5: (nothing)\nrevision 8: [\"b\"]\n"},
		{"of the root", []string{"", "--count", "1"}, "path=", "revision 3: [\"a\"]\n"},
		{"of a query", []string{"--query", `{"items":{"_":"$key"}}`, "--count", "2"},
			"query=%7B%22items%22%3A%7B%22_%22%3A%22%24key%22%7D%7D", "revision 3: [\"a\"]\nrevision 5: (nothing)\n"},
		{"of a query in text", []string{"--query", `{items[] $key}`, "--count", "2"},
			"query=%7B%22items%22%3A%7B%22_%22%3A%22%24key%22%7D%7D", "revision 3: [\"a\"]\nrevision 5: (nothing)\n"},
		{"as JSON", []string{"a", "--json", "--count", "2"}, "path=a",
			`{"revision":3,"exists":true,"result":["a"]}` + "\n" + `{"revision":5,"exists":false,"result":null}` + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			node := streaming(t, stream)
			runProgram(t.Context(), "", append([]string{"watch", "--addr", node.url}, test.args...)...).check(t, exitOK, test.want, "")
			if arrived := node.only(t); arrived != (asked{method: "GET", path: "/v1/watch", query: test.query}) {
				t.Errorf("asked %+v, want the query %s", arrived, test.query)
			}
		})
	}
}

func TestWatchThatIsRefusedDoesNotGoOn(t *testing.T) {
	first, second := refuseWith(t, 400, "invalid", "query: no"), streaming(t, event(1, "1"))
	got := runProgram(t.Context(), "", "watch", "a", "--addr", first.url+","+second.url)
	got.check(t, exitUsage, "", "query: no")
	if len(second.requests()) > 0 {
		t.Error("the second address was asked although the first one has decided")
	}
}

func TestInterruptedWatchEndsWell(t *testing.T) {
	opened := make(chan struct{})
	node := script(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, event(1, "1"))
		http.NewResponseController(w).Flush()
		close(opened)
		<-r.Context().Done()
	})
	ctx, cancel := contextEndingAfter(t, opened)
	defer cancel()
	if got := runProgram(ctx, "", "watch", "a", "--addr", node.url); got.code != exitOK || got.stderr != "" {
		t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
	}
}

func TestDamagedStreamIsAnError(t *testing.T) {
	node := streaming(t, "data: {\"revision\":\n\n")
	got := runProgram(t.Context(), "", "watch", "a", "--addr", node.url)
	if got.code != exitUnavailable || !strings.Contains(got.stderr, "not understood") {
		t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
	}
}
