package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// contextEndingAfter returns a context that ends when the channel is closed.
func contextEndingAfter(t *testing.T, closed <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		select {
		case <-closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func TestGetPrintsTheValue(t *testing.T) {
	const object = `{"revision":9,"value":{"age":41,"big":9007199254740993,"tags":[]},"modified":7,"version":2}`
	const text = `{"revision":9,"value":"good morning","modified":7,"version":2}`
	tests := []struct {
		name, answer string
		args         []string
		want         string
		query        string
	}{
		{"indented", object, nil, "{\n  \"age\": 41,\n  \"big\": 9007199254740993,\n  \"tags\": []\n}\n", ""},
		{"with everything around it as JSON", object, []string{"--json"}, object + "\n", ""},
		{"a text in quotes", text, nil, "\"good morning\"\n", ""},
		{"a text without quotes", text, []string{"--raw"}, "good morning\n", ""},
		{"an object although raw was asked for", object, []string{"--raw", "--json"}, object + "\n", ""},
		{"a link although raw was asked for", `{"revision":9,"value":{"_":"$ref","path":"a.b"},"modified":7,"version":2}`, []string{"--raw"},
			"{\n  \"_\": \"$ref\",\n  \"path\": \"a.b\"\n}\n", ""},
		{"linearizable", text, []string{"--read", "linearizable"}, "\"good morning\"\n", "read=linearizable"},
		{"at a revision", text, []string{"--at-revision", "9"}, "\"good morning\"\n", "revision=9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, test.answer+"\n")
			args := append([]string{"get", "users.anna", "--addr", node.url}, test.args...)
			runProgram(t.Context(), "", args...).check(t, exitOK, test.want, "")
			want := asked{method: "GET", path: "/v1/state/users/anna", query: test.query}
			if arrived := node.only(t); arrived != want {
				t.Errorf("asked %+v\nwant  %+v", arrived, want)
			}
		})
	}
}

func TestQueryPrintsTheResult(t *testing.T) {
	tests := []struct {
		name, answer string
		args         []string
		stdin        string
		body         string
		exit         int
		want, stderr string
	}{
		{"indented", `{"revision":9,"result":{"items":["1","2"]},"exists":true}`,
			[]string{`{"items": {"_": "$key"}}`}, "", `{"query":{"items":{"_":"$key"}}}`,
			exitOK, "{\n  \"items\": [\n    \"1\",\n    \"2\"\n  ]\n}\n", ""},
		{"of a text", `{"revision":9,"result":[],"exists":true}`,
			[]string{`users[age >= 18] $key`}, "",
			`{"query":{"_":"$at","path":"users","query":{"_":"$key","where":{"age":{"\u003e=":18}}}}}`, exitOK, "[]\n", ""},
		{"of a text that begins like JSON", `{"revision":9,"result":{},"exists":true}`,
			[]string{`{"a b", c}`}, "", `{"query":{"a b":1,"c":1}}`, exitOK, "{}\n", ""},
		{"of a text at a path", `{"revision":9,"result":[],"exists":true}`,
			[]string{`[] $key`, "--path", "users"}, "", `{"query":{"_":"$key"},"path":"users"}`, exitOK, "[]\n", ""},
		{"of a shape from standard input", `{"revision":9,"result":{},"exists":true}`,
			[]string{"-"}, "1", `{"query":1}`, exitOK, "{}\n", ""},
		{"at a path", `{"revision":9,"result":{},"exists":true}`,
			[]string{"1", "--path", "users.anna"}, "", `{"query":1,"path":"users.anna"}`, exitOK, "{}\n", ""},
		{"which is nothing", `{"revision":9,"result":null,"exists":false}`,
			[]string{"1", "--path", "a"}, "", `{"query":1,"path":"a"}`, exitNotFound, "", "node: nothing is there"},
		{"which is nothing, as JSON", `{"revision":9,"result":null,"exists":false}`,
			[]string{"1", "--json"}, "", `{"query":1}`, exitNotFound,
			`{"revision":9,"result":null,"exists":false}` + "\n", "node: nothing is there"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, test.answer)
			args := append([]string{"query", "--addr", node.url}, test.args...)
			runProgram(t.Context(), test.stdin, args...).check(t, test.exit, test.want, test.stderr)
			want := asked{method: "POST", path: "/v1/query", body: test.body, contentType: "application/json"}
			if arrived := node.only(t); arrived != want {
				t.Errorf("asked %+v\nwant  %+v", arrived, want)
			}
		})
	}
}

func TestQueriesAreJSONOrText(t *testing.T) {
	for text, want := range map[string]string{
		`1`: `1`, ` 1.0 `: `1`, `{}`: `1`, `.`: `{"_":"$at","path":""}`, `"1"`: `{"_":"$at","path":"1"}`, `10`: `{"_":"$at","path":"10"}`,
		`{"a":1}`: `{"a":1}`, ` { "a \"b\" \\" : {} }`: `{"a \"b\" \\":1}`, `{"a"}`: `{"a":1}`, `{"a" {b}}`: `{"a":{"b":1}}`,
		`users[] $key`: `{"_":"$at","path":"users","query":{"_":"$key"}}`,
	} {
		if got, err := parseQuery(text); err != nil || got.String() != want {
			t.Errorf("%s is read as %v, %v, want %s", text, got, err, want)
		}
	}
	for text, says := range map[string]string{`{"a":2}`: "query a: want 1", `{"a" 2}`: "column 6", `[1]`: "column 3", `{"a":`: "json byte 5"} {
		if got, err := parseQuery(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s is read as %v, %v, want an error that says %q", text, got, err, says)
		}
	}
}

func TestReadsGoOnWithTheNextAddress(t *testing.T) {
	const value = `{"revision":2,"value":1,"modified":1,"version":1}`
	tests := []struct {
		name  string
		first func(t *testing.T) string
		exit  int
	}{
		{"when nobody listens", nobody, exitOK},
		{"when the answer is lost", func(t *testing.T) string { return script(t, hangUp).url }, exitOK},
		{"when there is no leader",
			func(t *testing.T) string { return refuseWith(t, 503, "no_leader", "no leader").url }, exitOK},
		{"when the node is closed",
			func(t *testing.T) string { return refuseWith(t, 503, "closed", "node is closed").url }, exitOK},
		{"when a proxy answers", func(t *testing.T) string { return answerWith(t, 502, "<html>").url }, exitOK},
		{"but not when the answer is that nothing is there",
			func(t *testing.T) string { return refuseWith(t, 404, "not_found", "item not found").url }, exitNotFound},
		{"but not when the request is wrong",
			func(t *testing.T) string { return refuseWith(t, 400, "invalid", "invalid").url }, exitUsage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			second := answerWith(t, http.StatusOK, value)
			got := runProgram(t.Context(), "", "get", "a", "--addr", test.first(t)+","+second.url)
			if got.code != test.exit {
				t.Errorf("exit status %d, want %d; stderr: %s", got.code, test.exit, got.stderr)
			}
			if arrived := len(second.requests()) == 1; arrived != (test.exit == exitOK) {
				t.Errorf("second address was asked: %v", arrived)
			}
		})
	}
}

func TestRefusalOfOneNodeSaysMoreThanSilenceOfAnother(t *testing.T) {
	first := refuseWith(t, 503, "no_leader", "no leader is known to a")
	got := runProgram(t.Context(), "", "get", "a", "--addr", first.url+","+nobody(t))
	got.check(t, exitUnavailable, "", "node: no leader is known to a; a majority")
}

func TestSilentNodeLeavesTimeForTheNext(t *testing.T) {
	silent := script(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	second := answerWith(t, http.StatusOK, `{"revision":2,"value":1,"modified":1,"version":1}`)
	got := runProgram(t.Context(), "", "get", "a", "--timeout", "500ms", "--addr", silent.url+","+second.url)
	if got.code == exitOK {
		return
	}
	t.Errorf("exit status %d: %s", got.code, got.stderr)
}

func TestAnswerThatIsNoneIsAnError(t *testing.T) {
	tests := []struct{ name, body, stderr string }{
		{"no JSON", "hello", "answer is not understood"},
		{"another form", `{"revision":"soon"}`, "answer is not understood"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, test.body)
			runProgram(t.Context(), "", "get", "a", "--addr", node.url).check(t, exitError, "", test.stderr)
		})
	}
}
