package main

import (
	"strconv"
	"strings"
	"testing"
)

// threeMembers starts three members as processes, and returns them and their
// addresses by their ids, and which of them leads.
func threeMembers(t *testing.T) (members map[string]*running, urls map[string]string, leader string) {
	t.Helper()
	addresses, err := freeAddresses(3)
	if err != nil {
		t.Fatal(err)
	}
	members, urls = map[string]*running{}, map[string]string{}
	for _, id := range []string{"a", "b", "c"} {
		members[id] = startProgram(t, "run", "--id", id, "--data", t.TempDir(), "--http", "127.0.0.1:0",
			"--peers", "a="+addresses[0]+",b="+addresses[1]+",c="+addresses[2], "--heartbeat", "500ms", "--election", "500ms")
	}
	for id, member := range members {
		ready := member.await(t, `^member . is ready: (http://127\.0\.0\.1:\d+) .* leader (\w),`)
		urls[id], leader = ready[0], ready[1]
	}
	return members, urls, leader
}

// TestLockOutlivesTheLeader kills the leader, which all that follows talks to,
// while one holds the lock and another waits for it.
func TestLockOutlivesTheLeader(t *testing.T) {
	members, urls, leader := threeMembers(t)
	addresses := urls[leader]
	for id, url := range urls {
		if id != leader {
			addresses += "," + url
		}
	}
	first := startProgram(t, "lock", lockText, "--addr", addresses, "--", "sh", "-c", "echo running $GSTATE_LOCK_TOKEN; read x; echo ended")
	former := first.await(t, `running (\d+)`)[0]
	second := startProgram(t, "lock", lockText, "--addr", addresses, "--", "sh", "-c", "echo running $GSTATE_LOCK_TOKEN")
	awaitStanding(t, addresses, 2)
	members[leader].command.Process.Kill()
	members[leader].wait()
	first.input.Close()
	first.await(t, "ended")
	if token := second.await(t, `running (\d+)`)[0]; revisionOf(t, token) <= revisionOf(t, former) {
		t.Errorf("the tokens are %s and %s", former, token)
	}
	for _, lock := range []*running{first, second} {
		if code := lock.wait(); code != exitOK || lock.stderr.String() != "" {
			t.Errorf("status %d, stderr %s", code, lock.stderr)
		}
	}
}

func revisionOf(t *testing.T, text string) uint64 {
	t.Helper()
	revision, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// awaitStanding waits until so many stand in line.
func awaitStanding(t *testing.T, addresses string, want int) {
	t.Helper()
	watching := startProgram(t, "watch", "--query", `{"locks":{"report":{"_":"$key"}}}`, "--addr", addresses)
	watching.await(t, `\[`+strings.Repeat(`"\w+",?`, want)+`\]`)
	watching.command.Process.Kill()
	watching.wait()
}
