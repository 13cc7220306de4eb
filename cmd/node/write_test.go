package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestWritesSpeakTheContract(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		stdin string
		want  asked
	}{
		{"set puts", []string{"set", "users.anna", `{"age": 41}`}, "",
			asked{method: "PUT", path: "/v1/state/users/anna", body: `{"age": 41}`}},
		{"set of the root", []string{"set", "", `{"a": 1}`}, "",
			asked{method: "PUT", path: "/v1/state/", body: `{"a": 1}`}},
		{"insert posts", []string{"insert", "a", "1"}, "",
			asked{method: "POST", path: "/v1/state/a", body: "1"}},
		{"update patches", []string{"update", "a", "null"}, "",
			asked{method: "PATCH", path: "/v1/state/a", body: "null"}},
		{"replace is a put that says so", []string{"replace", "a", "[]"}, "",
			asked{method: "PUT", path: "/v1/state/a", query: "replace=true", body: "[]"}},
		{"replace with a lease says both", []string{"replace", "a", "[]", "--ttl", "90s"}, "",
			asked{method: "PUT", path: "/v1/state/a", query: "replace=true&ttl=1m30s", body: "[]"}},
		{"insert with a lease", []string{"insert", "a", "1", "--ttl", "500ms"}, "",
			asked{method: "POST", path: "/v1/state/a", query: "ttl=500ms", body: "1"}},
		{"set with all that bounds its life", []string{"set", "a", "1", "--ttl", "1h", "--while", "b.c", "--ephemeral", "10s"}, "",
			asked{method: "PUT", path: "/v1/state/a", query: "ephemeral=10s&ttl=1h0m0s&while=b.c", body: "1"}},
		{"remove deletes", []string{"remove", "a"}, "",
			asked{method: "DELETE", path: "/v1/state/a"}},
		{"a link", []string{"set", "a", `{"_": "$ref", "path": "b.c"}`}, "",
			asked{method: "PUT", path: "/v1/state/a", body: `{"_": "$ref", "path": "b.c"}`}},
		{"a value from standard input", []string{"set", "a", "-"}, "[1,\n2]",
			asked{method: "PUT", path: "/v1/state/a", body: "[1,\n2]"}},
		{"a negative number after --", []string{"set", "--", "a", "-5"}, "",
			asked{method: "PUT", path: "/v1/state/a", body: "-5"}},
		{"a condition", []string{"update", "a", "1", "--if-unmodified", "17"}, "",
			asked{method: "PATCH", path: "/v1/state/a", body: "1", ifMatch: "17"}},
		{"a condition on revision 0", []string{"remove", "a", "--if-unmodified", "0"}, "",
			asked{method: "DELETE", path: "/v1/state/a", ifMatch: "0"}},
		{"keys that need encoding", []string{"set", `"a/b"."50%"."x y".".."."c+d"`, "1"}, "",
			asked{method: "PUT", path: "/v1/state/a%2Fb/50%25/x%20y/%2E%2E/c+d", body: "1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, `{"revision": 18}`)
			args := append([]string{"--addr", node.url}, test.args[1:]...)
			got := runProgram(t.Context(), test.stdin, append(test.args[:1:1], args...)...)
			got.check(t, exitOK, "revision 18\n", "")
			if test.want.body != "" {
				test.want.contentType = "application/json"
			}
			if arrived := node.only(t); arrived != test.want {
				t.Errorf("asked %+v\nwant  %+v", arrived, test.want)
			}
		})
	}
}

func TestJSONPrintsTheWholeAnswer(t *testing.T) {
	node := answerWith(t, http.StatusCreated, `{"revision":18}`+"\n")
	got := runProgram(t.Context(), "", "insert", "a", "1", "--json", "--addr", node.url)
	got.check(t, exitOK, `{"revision":18}`+"\n", "")
}

func TestExitStatusTellsRefusalsApart(t *testing.T) {
	tests := []struct {
		code   string
		status int
		exit   int
		hint   string
	}{
		{"not_found", 404, exitNotFound, "see what is there"},
		{"exists", 409, exitExists, "change it with 'node update'"},
		{"conflict", 412, exitConflict, "read it again"},
		{"wrong_kind", 409, exitWrongKind, "for another kind"},
		{"given_up", 410, exitGivenUp, "if it is still wanted"},
		{"invalid", 400, exitUsage, ""},
		{"too_large", 413, exitUsage, "split a value"},
		{"no_leader", 503, exitUnavailable, "a majority of the members must be up"},
		{"busy", 429, exitUnavailable, "try again later"},
		{"closed", 503, exitUnavailable, "another member"},
		{"timeout", 504, exitUnavailable, "--timeout"},
		{"outcome_unknown", 504, exitUnknown, "ask with 'node outcome'"},
		{"internal", 500, exitError, "log of the node"},
		{"from_a_later_release", 418, exitError, ""},
	}
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			node := refuseWith(t, test.status, test.code, "update a: the reason")
			got := runProgram(t.Context(), "", "update", "a", "1", "--addr", node.url)
			got.check(t, test.exit, "", "node: update a: the reason")
			if !strings.Contains(got.stderr, test.hint) {
				t.Errorf("stderr %q does not say %q", got.stderr, test.hint)
			}
			node.only(t)
		})
	}
}

func TestWriteIsSentOnce(t *testing.T) {
	unavailable := func(t *testing.T) *scripted { return refuseWith(t, 503, "no_leader", "no leader") }
	tests := []struct {
		name  string
		first func(t *testing.T) string // returns the first address
		exit  int
		// second says that the write was then sent to the second address.
		second bool
		stderr string
	}{
		{"and to the next address when nobody listens at the first", nobody, exitOK, true, ""},
		{"and to the next address when the first cannot be resolved",
			func(*testing.T) string { return "http://nowhere.invalid:1" }, exitOK, true, ""},
		{"and not repeated when the answer is lost",
			func(t *testing.T) string { return script(t, hangUp).url },
			exitUnknown, false, "outcome unknown, the answer was lost: http://"},
		{"and not repeated when the node refuses it",
			func(t *testing.T) string { return unavailable(t).url }, exitUnavailable, false, "no leader"},
		{"and not repeated when a proxy answers for the node",
			func(t *testing.T) string { return answerWith(t, http.StatusBadGateway, "<html>").url },
			exitUnknown, false, "502 Bad Gateway"},
		{"and not taken for made when the answer is no node's",
			func(t *testing.T) string { return answerWith(t, http.StatusOK, "<html>").url }, exitUnknown, false, "not understood"},
		{"and not followed to another place",
			func(t *testing.T) string {
				return script(t, func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				}).url
			}, exitError, false, "307 Temporary Redirect, which is not the answer of a gstate node"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			second := answerWith(t, http.StatusOK, `{"revision":2}`)
			got := runProgram(t.Context(), "", "set", "a", "1", "--addr", test.first(t)+","+second.url)
			stdout := ""
			if test.exit == exitOK {
				stdout = "revision 2\n"
			}
			got.check(t, test.exit, stdout, test.stderr)
			if arrived := len(second.requests()) == 1; arrived != test.second {
				t.Errorf("second address was asked: %v, want %v", arrived, test.second)
			}
		})
	}
}

func TestUnreachableNodesAreNamed(t *testing.T) {
	first, second := nobody(t), nobody(t)
	got := runProgram(t.Context(), "", "set", "a", "1", "--addr", first+","+second)
	got.check(t, exitUnavailable, "", "no node could be reached: "+first+": dial tcp")
	if !strings.Contains(got.stderr, second) || !strings.Contains(got.stderr, "'node run'") {
		t.Errorf("stderr lacks the second address or the next step: %s", got.stderr)
	}
}

func TestWriteThatIsCalledOffIsUnknown(t *testing.T) {
	arrived := make(chan struct{})
	node := script(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := contextEndingAfter(t, arrived)
	defer cancel()
	runProgram(ctx, "", "set", "a", "1", "--addr", node.url).check(t, exitUnknown, "", "context canceled")
}

func TestRefusalOfANodeIsJSONWhenAskedFor(t *testing.T) {
	node := answerWith(t, http.StatusPreconditionFailed, `{"type":"about:blank","title":"Precondition Failed","status":412,`+
		`"code":"conflict","detail":"update a: item was changed","path":"a","revision":18}`)
	got := runProgram(t.Context(), "", "update", "a", "1", "--if-unmodified", "17", "--json", "--addr", node.url)
	want := `{"code":"conflict","detail":"update a: item was changed","title":"Precondition Failed","path":"a","revision":18}` + "\n"
	if got.code != exitConflict || got.stdout != "" || got.stderr != want {
		t.Errorf("exit status %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
	// What no node has said stays text.
	got = runProgram(t.Context(), "", "update", "a", "1", "--json", "--addr", nobody(t))
	got.check(t, exitUnavailable, "", "node: http://")
}

func TestSlashInAPathThatIsNotFoundIsExplained(t *testing.T) {
	tests := []struct{ name, path, hint string }{
		{"between keys", `"users/anna"`, "keys are joined by dots: users.anna"},
		{"before and behind them", `"/users/anna/"`, "keys are joined by dots: users.anna"},
		{"beside a dot", `"users/anna@example.com".age`, `keys are joined by dots: users."anna@example.com".age`},
		{"nowhere", "users.anna", "see what is there with 'node get'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, 404, `{"code":"not_found","detail":"get: item not found","path":`+strconv.Quote(test.path)+`}`)
			got := runProgram(t.Context(), "", "remove", test.path, "--addr", node.url)
			got.check(t, exitNotFound, "", "get: item not found; "+test.hint)
			queried := answerWith(t, 200, `{"revision":9,"result":null,"exists":false}`)
			got = runProgram(t.Context(), "", "query", "1", "--path", test.path, "--addr", queried.url)
			got.check(t, exitNotFound, "", "nothing is there; "+test.hint)
		})
	}
}

func TestEmptyInputIsNamed(t *testing.T) {
	for _, args := range [][]string{{"set", "a", "-"}, {"query", "-"}} {
		runProgram(t.Context(), " \n", args...).check(t, exitUsage, "", ": standard input is empty; see: node "+args[0]+" --help")
	}
}

func TestOversizeInputIsRefusedHere(t *testing.T) {
	input := `"` + strings.Repeat("x", maxInputBytes) + `"`
	runProgram(t.Context(), input, "set", "a", "-").check(t, exitUsage, "", "standard input has more than 8388608 bytes")
}
