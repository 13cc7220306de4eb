package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/gstate/tree"
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
		{"of every change", []string{"a", "--every", "--count", "1"}, "every=true&path=a&progress=10s", "revision 3: [\"a\"]\n"},
		{"since the beginning", []string{"a", "--since", "0", "--count", "1"}, "path=a&since=0", "revision 3: [\"a\"]\n"},
		{"with the changes", []string{"a", "--changes", "--count", "1"}, "changes=true&path=a", "revision 3: [\"a\"]\n"},
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

// TestWatchPrintsTheStep beside the result, in both forms.
func TestWatchPrintsTheStep(t *testing.T) {
	const data = `"exists":true,"synced":true,"reset":true,"reasons":["write","keeper"],` +
		`"changes":[{"path":"a.b","old":1,"new":null},{"path":"a.c","new":{}},{"path":"a.d","old":[2]}]}`
	node := streaming(t, `data: {"revision":9,"result":7,`+data+"\n\n", `data: {"revision":9,"result":7,`+data+"\n\n")
	runProgram(t.Context(), "", "watch", "--addr", node.url, "a", "--count", "1").
		check(t, exitOK, "revision 9: 7 (changes may have been missed) (a.b: 1 -> null) (a.c: (nothing) -> {}) (a.d: [2] -> (nothing))\n", "")
	want := `{"revision":9,"exists":true,"result":7,` + strings.TrimPrefix(data, `"exists":true,`) + "\n"
	runProgram(t.Context(), "", "watch", "--addr", node.url, "a", "--count", "1", "--json").check(t, exitOK, want, "")
}

// TestWatchGoesOnFromARevision at a real node.
func TestWatchGoesOnFromARevision(t *testing.T) {
	node := openLockNode(t)
	for i := range 4 {
		if _, err := node.Set(soon(t), tree.Path{"n"}, i); err != nil {
			t.Fatal(err)
		}
	}
	watched := func(args ...string) result {
		return runProgram(soon(t), "", append([]string{"watch", "n", "--addr", node.url}, args...)...)
	}
	watched("--since", "2", "--every", "--changes", "--count", "2").check(t, exitOK, "revision 3: 2 (n: 1 -> 2)\nrevision 4: 3 (n: 2 -> 3)\n", "")
	watched("--since", "2", "--changes", "--count", "1").check(t, exitOK, "revision 4: 3 (n: 1 -> 3)\n", "")
	watched("--since", "3", "--every", "--json", "--count", "1").check(t, exitOK, `{"revision":4,"exists":true,"result":3,"reasons":["write"]}`+"\n", "")
	watched("--since", "5", "--timeout", "100ms").check(t, exitUnavailable, "", "revision 5 is not reached")
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

// TestValuesOfOthersDoNotSteerTheTerminal: JSON needs to escape but few of the
// characters that would.
func TestValuesOfOthersDoNotSteerTheTerminal(t *testing.T) {
	const value, shown = "{\"\u009b2J\":\"\u202ea\U000e0001日\"}", `{"\u009b2J":"\u202ea\udb40\udc01日"}`
	node := script(t, func(w http.ResponseWriter, r *http.Request) {
		data := `{"revision":3,"value":` + value + `,"result":` + value + `}`
		if r.URL.Path == "/v1/watch" {
			w.Header().Set("Content-Type", "text/event-stream")
			data = "data: " + data + "\n\n"
		}
		io.WriteString(w, data)
	})
	inLines := strings.NewReplacer("{", "{\n  ", ":", ": ", "}", "\n}").Replace(shown) + "\n"
	runProgram(t.Context(), "", "get", "--addr", node.url, "a").check(t, exitOK, inLines, "")
	runProgram(t.Context(), "", "query", "--addr", node.url, "a").check(t, exitOK, inLines, "")
	runProgram(t.Context(), "", "watch", "--addr", node.url, "a", "--count", "1").check(t, exitOK, "revision 3: "+shown+"\n", "")
}
