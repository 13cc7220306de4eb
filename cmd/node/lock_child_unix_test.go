//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// makePipe makes a named pipe. As long as a command or what it has started has
// it open, its reader has no end.
func makePipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openPipe opens the pipe when the command has done so.
func openPipe(t *testing.T, path string) *bufio.Reader {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if err := file.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(file)
}

// awaitLine waits until the command has written a line, and returns it.
func awaitLine(t *testing.T, lives *bufio.Reader) string {
	t.Helper()
	line, err := lives.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// awaitEnd waits until nobody has the pipe open any more.
func awaitEnd(t *testing.T, lives *bufio.Reader) {
	t.Helper()
	if text, err := lives.ReadString('\n'); !errors.Is(err, io.EOF) {
		t.Fatalf("the command still lives, and has written %q: %v", text, err)
	}
}

// TestCommandIsGoneBeforeAnotherCanHaveTheLock cuts a holder off. Its command
// does not listen to SIGTERM; it holds the end of a pipe, as does what it has
// started. When that ends the item must still be there.
func TestCommandIsGoneBeforeAnotherCanHaveTheLock(t *testing.T) {
	t.Parallel()
	node, pipe := openLockNode(t), makePipe(t)
	var cut atomic.Bool
	server := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		if cut.Load() {
			hang(r)
			return
		}
		node.handler.ServeHTTP(w, r)
	})
	holding := startProgram(t, "lock", lockText, "--ttl", "3s", "--addr", server.URL, "--",
		"sh", "-c", `trap '' TERM; exec 3>'`+pipe+`'; sleep 1000 & echo running >&3; while :; do sleep 0.05; done`)
	lives := openPipe(t, pipe)
	awaitLine(t, lives)
	cut.Store(true)
	awaitEnd(t, lives)
	if node.places() != 1 {
		t.Error("the command has outlived the lock")
	}
	if code := holding.wait(); code != exitLockLost || !strings.Contains(holding.stderr.String(),
		"lock locks.report was lost while COMMAND ran: its lease was not refreshed within 2.4s") {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
	node.awaitPlaces(t, 0)
}

// signalled starts lock with a command that runs until it has ended by itself,
// and has said so.
func signalled(t *testing.T, url, script string) (*running, *bufio.Reader) {
	t.Helper()
	pipe := makePipe(t)
	holding := startProgram(t, "lock", lockText, "--addr", url, "--", "sh", "-c", "exec 3>'"+pipe+"' 2>/dev/null; "+script)
	lives := openPipe(t, pipe)
	if line := awaitLine(t, lives); line != "running" {
		t.Fatalf("the command has written %q", line)
	}
	return holding, lives
}

// TestSignalsReachTheCommand has commands that wait in steps: a shell that a
// signal meets right before it reads would read on, and handle it afterwards.
func TestSignalsReachTheCommand(t *testing.T) {
	for _, test := range []struct {
		name   string
		script string
		signal syscall.Signal
		code   int
		said   string
	}{
		{"SIGINT, which it handles", `trap 'echo INT >&3; exit 7' INT; echo running >&3; while :; do sleep 0.05; done`, syscall.SIGINT, 7, "INT"},
		{"SIGTERM, which it handles", `trap 'echo TERM >&3; exit 0' TERM; echo running >&3; while :; do sleep 0.05; done`, syscall.SIGTERM, 0, "TERM"},
		{"SIGUSR1, which does not ask for an end", `trap 'echo USR1 >&3; got=1' USR1; echo running >&3; until [ "$got" ]; do sleep 0.05; done; exit 8`, syscall.SIGUSR1, 8, "USR1"},
		{"SIGTERM, which it does not handle", `echo running >&3; read x`, syscall.SIGTERM, 128 + 15, ""},
		{"SIGTERM, which what it has started handles", `sh -c 'trap "sleep 0.2; echo TERM >&3; exit 4" TERM; echo running >&3; while :; do sleep 0.05; done'; exit $?`,
			syscall.SIGTERM, 128 + 15, "TERM"},
		{"SIGTERM, for which it waits", `trap 'echo TERM >&3' TERM; (echo running >&3; exec sleep 1000) & wait; wait; exit 5`, syscall.SIGTERM, 5, "TERM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := openLockNode(t)
			holding, lives := signalled(t, node.url, test.script)
			if err := holding.command.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			if test.said != "" {
				if line := awaitLine(t, lives); line != test.said {
					t.Errorf("the command has written %q, want %q", line, test.said)
				}
				holding.input.Close()
			}
			if code := holding.wait(); code != test.code || holding.stderr.String() != "" {
				t.Errorf("status %d, want %d; stderr %s", code, test.code, holding.stderr)
			}
			node.checkFree(t)
		})
	}
}

func TestSignalsReachTheCommandAgain(t *testing.T) {
	node := openLockNode(t)
	holding, lives := signalled(t, node.url, `trap 'echo INT >&3' INT; trap 'exit 6' TERM; echo running >&3; while :; do sleep 0.05; done`)
	for range 2 {
		if err := holding.command.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if line := awaitLine(t, lives); line != "INT" {
			t.Errorf("the command has written %q", line)
		}
	}
	if node.places() != 1 {
		t.Error("the lock was given back while the command runs")
	}
	holding.command.Process.Signal(syscall.SIGTERM)
	if code := holding.wait(); code != 6 {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
}

// TestSignalWhileTheLockIsGivenBack sends a second signal when the command has
// ended after the first.
func TestSignalWhileTheLockIsGivenBack(t *testing.T) {
	node := openLockNode(t)
	removing, again := make(chan struct{}, 1), make(chan struct{})
	server := node.front(t, func(w http.ResponseWriter, r *http.Request) {
		if isRemoval(r) {
			removing <- struct{}{}
			<-again
		}
		node.handler.ServeHTTP(w, r)
	})
	holding, lives := signalled(t, server.URL, `trap 'echo TERM >&3; read x; exit 3' TERM; echo running >&3; while :; do sleep 0.05; done`)
	terminate := func() {
		if err := holding.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	terminate()
	awaitLine(t, lives)
	holding.input.Close()
	arrives(t, removing)
	terminate()
	close(again)
	if code := holding.wait(); code != 3 || holding.stderr.String() != "" {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
	node.checkFree(t)
}

// TestWhatTheCommandLeavesBehindEndsWithIt starts something that would outlive
// the command.
func TestWhatTheCommandLeavesBehindEndsWithIt(t *testing.T) {
	node := openLockNode(t)
	holding, lives := signalled(t, node.url, `(trap 'echo TERM >&3; exit' TERM; echo running >&3; sleep 1000 & wait) & read x; exit 0`)
	holding.input.Close()
	if line := awaitLine(t, lives); line != "TERM" {
		t.Errorf("what was left behind has written %q", line)
	}
	awaitEnd(t, lives)
	if code := holding.wait(); code != exitOK {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
	node.checkFree(t)
}

// TestWhatTheCommandLeavesBehindIsKilledInTheEnd starts something that does not
// listen to SIGTERM.
func TestWhatTheCommandLeavesBehindIsKilledInTheEnd(t *testing.T) {
	t.Parallel()
	node := openLockNode(t)
	holding, lives := signalled(t, node.url, `(trap '' TERM; echo running >&3; exec sleep 1000) & read x; exit 3`)
	holding.input.Close()
	awaitEnd(t, lives)
	if code := holding.wait(); code != 3 {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
	node.checkFree(t)
}

// TestPausedHolderEndsItsCommand stops a holder until another has the lock.
func TestPausedHolderEndsItsCommand(t *testing.T) {
	t.Parallel()
	node, pipe := openLockNode(t), makePipe(t)
	holding := startProgram(t, "lock", lockText, "--ttl", "1s", "--addr", node.url, "--",
		"sh", "-c", "exec 3>'"+pipe+"'; echo running >&3; while :; do sleep 0.05; done")
	lives := openPipe(t, pipe)
	awaitLine(t, lives)
	holding.command.Process.Signal(syscall.SIGSTOP)
	lock(soon(t), node.url, "--", "echo", "mine").check(t, exitOK, "mine\n", "")
	holding.command.Process.Signal(syscall.SIGCONT)
	awaitEnd(t, lives)
	if code := holding.wait(); code != exitLockLost || !strings.Contains(holding.stderr.String(), "was lost while COMMAND ran") {
		t.Errorf("status %d, stderr %s", code, holding.stderr)
	}
	node.checkFree(t)
}
