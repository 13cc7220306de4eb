package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/gstate/tree"
)

func TestLockEndsWithTheStatusOfItsCommand(t *testing.T) {
	node := openLockNode(t)
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/no/such/shell\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		command []string
		code    int
		stdout  string
		stderr  string
	}{
		{"success", []string{"echo", "done"}, 0, "done\n", ""},
		{"failure", []string{"sh", "-c", "echo half; exit 3"}, 3, "half\n", ""},
		{"a status of this program's own", []string{"sh", "-c", "exit 124"}, 124, "", ""},
		{"a signal", []string{"sh", "-c", "kill -TERM $$"}, 128 + 15, "", ""},
		{"a kill", []string{"sh", "-c", "kill -KILL $$"}, 128 + 9, "", ""},
		{"no such command", []string{"no-such-command"}, 127, "", `COMMAND is not found: exec: "no-such-command"`},
		{"no such file", []string{script + "s"}, 127, "", "COMMAND is not found: "},
		{"a file whose shell is not there", []string{script}, 127, "", "COMMAND is not found: "},
		{"a file that is no program", []string{plain}, 126, "", "COMMAND cannot be run: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := lock(soon(t), node.url, append([]string{"--"}, test.command...)...)
			got.check(t, test.code, test.stdout, test.stderr)
			if test.stderr == "" && got.stderr != "" {
				t.Errorf("stderr %q", got.stderr)
			}
			node.checkFree(t)
		})
	}
}

func TestLockLeavesFlagsBehindTheDashesToTheCommand(t *testing.T) {
	node := openLockNode(t)
	got := lock(soon(t), node.url, "--ttl", "5s", "--", "sh", "-c", `printf '%s,' "$@"`, "sh", "--ttl", "1h", "--", "-h")
	got.check(t, exitOK, "--ttl,1h,--,-h,", "")
}

func TestLockGivesItsInputAndOutputsToTheCommand(t *testing.T) {
	node := openLockNode(t)
	got := runProgram(soon(t), "typed", "lock", lockText, "--addr", node.url, "--", "sh", "-c", "cat; echo complaint >&2")
	if got.code != exitOK || got.stdout != "typed" || got.stderr != "complaint\n" {
		t.Errorf("status %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}

// TestCommandWritesUnderItsLock writes with what stands in the environment, and
// again when another has the lock.
func TestCommandWritesUnderItsLock(t *testing.T) {
	node := openLockNode(t)
	file := filepath.Join(t.TempDir(), "environment")
	lock(soon(t), node.url, "--", "sh", "-c",
		`printf '%s:%s' "$GSTATE_LOCK_PATH" "$GSTATE_LOCK_TOKEN" >'`+file+`'`).check(t, exitOK, "", "")
	former, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, token, _ := strings.Cut(string(former), ":")
	if path, err := tree.ParsePath(text); err != nil || !path[:2].Equal(lockPath) || len(path) != 3 {
		t.Errorf("GSTATE_LOCK_PATH=%s", text)
	}
	if revision, err := strconv.ParseUint(token, 10, 64); err != nil || revision == 0 {
		t.Errorf("GSTATE_LOCK_TOKEN=%s", token)
	}
	t.Setenv(asProgram, "1") // for the command, which is this program
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got := lock(soon(t), node.url, "--", "sh", "-c", program+` set report 1 --addr `+node.url+
		` --if-held "$GSTATE_LOCK_PATH:$GSTATE_LOCK_TOKEN" && `+program+` set report 2 --addr `+node.url+` --if-held `+string(former))
	if value, _ := node.Tree().Get(tree.Path{"report"}); got.code != exitNotFound || value.Value().Int() != 1 {
		t.Errorf("status %d, report %v, stderr %q", got.code, value.Value(), got.stderr)
	}
}

func TestLockExcludesMutexesAndOtherLocks(t *testing.T) {
	node := openLockNode(t)
	file := filepath.Join(t.TempDir(), "counter")
	if err := os.WriteFile(file, []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	const rounds = 5
	var working sync.WaitGroup
	for range 2 {
		working.Go(func() {
			for range rounds {
				lock(soon(t), node.url, "--", "sh", "-c", `n=$(cat '`+file+`'); echo $((n+1)) >'`+file+`'`).check(t, exitOK, "", "")
			}
		})
		working.Go(func() {
			for range rounds {
				held := node.mutex(t)
				text, _ := os.ReadFile(file)
				n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
				if err := os.WriteFile(file, fmt.Append(nil, n+1), 0o600); err != nil {
					t.Error(err)
				}
				unlock(t, held)
			}
		})
	}
	working.Wait()
	if text, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(4*rounds) {
		t.Errorf("the counter is %q after %d rounds, error %v", text, 4*rounds, err)
	}
	node.checkFree(t)
}

func TestLockIsGivenInTheOrderOfComing(t *testing.T) {
	node := openLockNode(t)
	file := filepath.Join(t.TempDir(), "order")
	first := node.mutex(t)
	var waiting []<-chan result
	for n := range 3 {
		waiting = append(waiting, goLock(soon(t), node.url, "--", "sh", "-c", fmt.Sprintf("echo %d $GSTATE_LOCK_TOKEN >>'%s'", n, file)))
		node.awaitPlaces(t, n+2)
	}
	last := make(chan uint64)
	go func() {
		held := node.mutex(t)
		last <- held.Token()
		_ = held.Unlock(context.WithoutCancel(t.Context()))
	}()
	node.awaitPlaces(t, 5)
	unlock(t, first)
	token := <-last
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != len(waiting) {
		t.Fatalf("the commands have written %q", text)
	}
	for n, line := range lines {
		var who int
		var next uint64
		if _, err := fmt.Sscan(line, &who, &next); err != nil || who != n || next <= first.Token() || next >= token {
			t.Errorf("line %d is %q, tokens from %d to %d, error %v", n, line, first.Token(), token, err)
		}
	}
	for _, ended := range waiting {
		(<-ended).check(t, exitOK, "", "")
	}
}

func TestLockThatIsNotGotInTime(t *testing.T) {
	for _, wait := range []string{"0", "50ms"} {
		t.Run(wait, func(t *testing.T) {
			node := openLockNode(t)
			held := node.mutex(t)
			lock(soon(t), node.url, "--wait", wait, "--", "echo", "never").
				check(t, exitNotGot, "", "node: lock locks.report: not got in the time of --wait: "+held.Path()[2]+" has it; try again")
			if node.places() != 1 {
				t.Errorf("%d stand in line, want the holder alone", node.places())
			}
			unlock(t, held)
			lock(soon(t), node.url, "--wait", wait, "--", "echo", "now").check(t, exitOK, "now\n", "")
		})
	}
}

func TestLockThatIsNotGotNamesItsHolder(t *testing.T) {
	node := openLockNode(t)
	running := startProgram(t, "lock", lockText, "--addr", node.url, "--", "sh", "-c", "echo running; read x")
	running.await(t, "running")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	lock(soon(t), node.url, "--wait", "0", "--", "true").
		check(t, exitNotGot, "", fmt.Sprintf("%s, process %d: sh has it", host, running.command.Process.Pid))
	running.input.Close()
	if code := running.wait(); code != 1 { // read has met the end of its input
		t.Errorf("status %d, stderr %s", code, running.stderr)
	}
}

func TestLockWithNonsenseIsAUsageError(t *testing.T) {
	for _, test := range []struct{ name, args, stderr string }{
		{"nothing", "", "lock needs PATH before -- COMMAND: PATH is missing; see: node lock --help"},
		{"no path", "-- true", "PATH is missing"},
		{"no command", "a", "lock needs -- COMMAND after PATH: COMMAND is missing"},
		{"no command behind the dashes", "a --", "COMMAND is missing"},
		{"no dashes", "a true", `lock needs -- before COMMAND: it is missing before "true"`},
		{"two paths", "a b -- true", `lock needs only PATH before --: "b" is too much`},
		{"a path that is none", "a..b -- true", "PATH: path byte 2"},
		{"a path that no URL can name", `a."" -- true`, "has an empty key"},
		{"a ttl that is too short", "a --ttl 900ms -- true", "--ttl 900ms: want 1s or more"},
		{"a wait before the beginning", "a --wait -1s -- true", "--wait -1s: want 0 or more"},
		{"a timeout that is too long", "a --timeout 1h -- true", "--timeout 1h0m0s: want 1ms to 1m0s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			runProgram(t.Context(), "", append([]string{"lock"}, strings.Fields(test.args)...)...).check(t, exitUsage, "", test.stderr)
		})
	}
	t.Run("the root itself", func(t *testing.T) {
		runProgram(t.Context(), "", "lock", "", "--", "true").check(t, exitUsage, "", "PATH: the root of the tree cannot be a lock")
	})
}

func TestLockWithoutACluster(t *testing.T) {
	lock(soon(t), nobody(t), "--", "echo", "never").check(t, exitUnavailable, "", "lock locks.report: http://")
}
