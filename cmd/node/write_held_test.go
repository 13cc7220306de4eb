package main

import (
	"net/http"
	"testing"
)

func TestWriteUnderALockNamesItsToken(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want asked
	}{
		{"set", []string{"set", "a", "1"}, asked{method: "PUT", path: "/v1/state/a", query: "if-held=locks.K%3A17", body: "1"}},
		{"insert with a lease", []string{"insert", "a", "1", "--ttl", "1s"},
			asked{method: "POST", path: "/v1/state/a", query: "if-held=locks.K%3A17&ttl=1s", body: "1"}},
		{"replace", []string{"replace", "a", "1"},
			asked{method: "PUT", path: "/v1/state/a", query: "if-held=locks.K%3A17&replace=true", body: "1"}},
		{"update of a revision", []string{"update", "a", "1", "--if-unmodified", "3"},
			asked{method: "PATCH", path: "/v1/state/a", query: "if-held=locks.K%3A17", body: "1", ifMatch: "3"}},
		{"remove", []string{"remove", "a"}, asked{method: "DELETE", path: "/v1/state/a", query: "if-held=locks.K%3A17"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, `{"revision": 18}`)
			args := append(test.args, "--if-held", "locks.K:17", "--addr", node.url)
			runProgram(t.Context(), "", args...).check(t, exitOK, "revision 18\n", "")
			if test.want.body != "" {
				test.want.contentType = "application/json"
			}
			if arrived := node.only(t); arrived != test.want {
				t.Errorf("asked %+v\nwant  %+v", arrived, test.want)
			}
		})
	}
}

func TestWriteUnderNoLockIsAUsageError(t *testing.T) {
	for _, test := range []struct{ name, held, stderr string }{
		{"nothing", "", `--if-held "": want PATH:TOKEN`},
		{"variables that are empty", ":", `--if-held ":": the path is empty`},
		{"no token", "locks.K", `--if-held "locks.K": want PATH:TOKEN`},
		{"a token that is none", "locks.K:first", `--if-held "locks.K:first": the token is no whole number`},
		{"a path that is none", "locks..K:1", `--if-held: path byte 6`},
	} {
		t.Run(test.name, func(t *testing.T) {
			runProgram(t.Context(), "", "set", "a", "1", "--if-held", test.held).check(t, exitUsage, "", test.stderr)
		})
	}
}

func TestWriteOfAFormerHolderIsRefused(t *testing.T) {
	node := answerWith(t, http.StatusPreconditionFailed, `{"code":"conflict","detail":"condition held 17 locks.K: conflict","path":"locks.K","revision":20}`)
	got := runProgram(t.Context(), "", "set", "a", "1", "--if-held", "locks.K:17", "--addr", node.url)
	got.check(t, exitConflict, "", "condition held 17 locks.K: conflict")
}
