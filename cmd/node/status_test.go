package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// statusOf starts a node with this status that knows the members a, b and c.
func statusOf(t *testing.T, status string) *scripted {
	t.Helper()
	return statusAmong(t, status, `[{"id":"a","address":"h1:7001","voter":true,"leader":true,"self":true},`+
		`{"id":"b","address":"h2:7001"},{"id":"c","address":"h3:7001"}]`)
}

// statusAmong starts a node with this status that knows these members.
func statusAmong(t *testing.T, status, members string) *scripted {
	t.Helper()
	return script(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/members" {
			io.WriteString(w, `{"members":`+members+`}`)
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
		"no report from c: give --addr the URLs of all nodes to see them",
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
	if rows := fields(got.stdout); len(rows) != 4 || rows[2] != "? unreachable "+missing {
		t.Errorf("table:\n%s", got.stdout)
	}
}

func TestStatusShowsEachMemberOnceWhenOthersAreUnreachable(t *testing.T) {
	a, first, second := statusOf(t, statusA), nobody(t), nobody(t)
	got := runProgram(t.Context(), "", "status", "--addr", a.url+","+first+","+second)
	want := []string{
		"MEMBER ROLE LEADER TERM READY REVISION DIGEST ITEMS URL",
		"a leader a 3 yes 17 0123456789ab 4 " + a.url,
		"? unreachable " + first,
		"? unreachable " + second,
		"no report from b, c",
	}
	if rows := fields(got.stdout); got.code != exitUnavailable || !equalLines(rows, want) {
		t.Errorf("exit status %d, table:\n%s", got.code, got.stdout)
	}
	for line := range strings.Lines(got.stdout) {
		if len(line) > 100 {
			t.Errorf("line is too long for a terminal: %s", line)
		}
	}
}

func TestStatusWarnsOfNodesThatContradictEachOther(t *testing.T) {
	const members = `[{"id":"a"},{"id":"b"}]`
	answer := func(id, cluster, leader string, term, revision int, digest string) string {
		return fmt.Sprintf(`{"id":%q,"cluster":%q,"leader":%q,"term":%d,"revision":%d,"digest":%q}`,
			id, cluster, leader, term, revision, digest)
	}
	first := answer("a", "shop", "a", 3, 17, "0123")
	tests := []struct {
		name, second, members string
		want                  string // empty means that the two are of one cluster
	}{
		{"who are equal", answer("b", "shop", "a", 3, 17, "0123"), members, ""},
		{"who are at different terms and revisions", answer("b", "shop", "b", 4, 18, "4567"), members, ""},
		{"of whom one knows no leader", answer("b", "shop", "", 3, 17, "0123"), members, ""},
		{"who name their members in another order", answer("b", "shop", "a", 3, 17, "0123"), `[{"id":"b"},{"id":"a"}]`, ""},
		{"in the leader", answer("b", "shop", "b", 3, 16, "4567"), members,
			"the leader of term 3 is a to a, and b to b; give --addr"},
		{"in the digest", answer("b", "shop", "a", 3, 17, "4567"), members,
			"the digest of revision 17 is 0123 to a, and 4567 to b"},
		{"in the name of the cluster", answer("b", "depot", "a", 3, 17, "0123"), members,
			"the cluster is shop to a, and depot to b"},
		{"in the members", answer("b", "shop", "a", 3, 17, "0123"), `[{"id":"b"},{"id":"c"}]`,
			"the list of members is a, b to a, and b, c to b"},
		{"in two things", answer("b", "depot", "b", 3, 16, "4567"), members,
			"the cluster is shop to a, and depot to b; the leader of term 3 is a to a, and b to b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := statusAmong(t, first, members), statusAmong(t, test.second, test.members)
			got := runProgram(t.Context(), "", "status", "--addr", a.url+","+b.url)
			if test.want == "" && (got.code != exitOK || got.stderr != "") {
				t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
			}
			if test.want != "" && (got.code != exitError ||
				!strings.HasPrefix(got.stderr, "node: the nodes contradict each other: "+test.want)) {
				t.Errorf("exit status %d, stderr %q, want %q", got.code, got.stderr, test.want)
			}
		})
	}
}

func TestNodeAskedInTheMidstOfAnElectionIsAskedAgain(t *testing.T) {
	a := statusOf(t, statusA)
	var asked atomic.Int64
	b := script(t, func(w http.ResponseWriter, r *http.Request) {
		leader := "b"
		if r.URL.Path == "/v1/status" && asked.Add(1) > 1 {
			leader = "a"
		}
		fmt.Fprintf(w, `{"id":"b","leader":%q,"term":3}`, leader)
	})
	got := runProgram(t.Context(), "", "status", "--addr", a.url+","+b.url)
	if got.code != exitOK || got.stderr != "" || strings.Contains(got.stdout, " b ") {
		t.Errorf("exit status %d, stderr %q, stdout:\n%s", got.code, got.stderr, got.stdout)
	}
}

func TestContradictionIsToldBeforeSilence(t *testing.T) {
	a, b := statusOf(t, statusA), statusOf(t, strings.Replace(statusA, `"leader":"a"`, `"leader":"b"`, 1))
	missing := nobody(t)
	got := runProgram(t.Context(), "", "status", "--addr", a.url+","+b.url+","+missing)
	want := "the leader of term 3 is a to a, and b to a; 1 of 3 nodes did not answer: " + missing
	if got.code != exitError || !strings.Contains(got.stderr, want) {
		t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
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
