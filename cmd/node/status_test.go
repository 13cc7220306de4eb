package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// statusOf starts a node with this status that knows the members a, b and c.
func statusOf(t *testing.T, status string) *scripted {
	t.Helper()
	return script(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/members" {
			io.WriteString(w, `{"members":[{"id":"a","address":"h1:7001","voter":true,"leader":true,"self":true},`+
				`{"id":"b","address":"h2:7001"},{"id":"c","address":"h3:7001"}]}`)
			return
		}
		io.WriteString(w, status)
	})
}

const (
	statusA = `{"id":"a","role":"leader","leader":"a","term":3,"ready":true,` +
		`"revision":17,"digest":"0123456789abcdef","items":4,"error":""}`
	statusB = `{"id":"b","role":"stopped","leader":"","term":3,"ready":false,` +
		`"revision":9,"digest":"fedcba9876543210","items":2,"error":"disk is full"}`
)

func TestStatusShowsWhatEachMemberSays(t *testing.T) {
	a, b := statusOf(t, statusA), statusOf(t, statusB)
	got := runProgram(t.Context(), "", "status", "--addr", a.url+","+b.url)
	if got.code != exitOK || got.stderr != "" {
		t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
	}
	want := []string{
		"MEMBER ROLE LEADER TERM READY REVISION DIGEST ITEMS URL",
		"a leader a 3 yes 17 0123456789ab 4 " + a.url,
		"b stopped - 3 no 9 fedcba987654 2 " + b.url,
		"c (not asked) h3:7001",
		"b has stopped: disk is full",
	}
	if rows := fields(got.stdout); !equalLines(rows, want) {
		t.Errorf("table:\n%s", got.stdout)
	}
}

func TestStatusOfAMissingMemberIsAnErrorAfterTheTable(t *testing.T) {
	a, missing := statusOf(t, statusA), nobody(t)
	got := runProgram(t.Context(), "", "status", "--addr", a.url+","+missing)
	want := "node: 1 of 2 nodes did not answer: " + missing + ": dial tcp"
	if got.code != exitUnavailable || !strings.HasPrefix(got.stderr, want) {
		t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
	}
	if rows := fields(got.stdout); len(rows) != 5 || rows[2] != "- unreachable "+missing {
		t.Errorf("table:\n%s", got.stdout)
	}
}

func TestStatusAsJSONHasEveryAnswer(t *testing.T) {
	a, missing := statusOf(t, statusA), nobody(t)
	got := runProgram(t.Context(), "", "status", "--json", "--addr", a.url+","+missing)
	first := `{"nodes":[{"url":"` + a.url + `","status":` + statusA + `,"members":` +
		`[{"id":"a","address":"h1:7001","voter":true,"leader":true,"self":true},`
	second := `,{"url":"` + missing + `","error":"`
	if got.code != exitUnavailable || !strings.HasPrefix(got.stdout, first) || !strings.Contains(got.stdout, second) {
		t.Errorf("exit status %d, stdout %s", got.code, got.stdout)
	}
}

// fields returns the lines of a table with single spaces between the cells.
func fields(table string) []string {
	var rows []string
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows
}

func equalLines(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }
