package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemoHoldsWithRealProcesses(t *testing.T) {
	t.Setenv(asProgram, "1") // for the members, which the demo starts from the test binary
	t.Setenv("GSTATE_LOG_LEVEL", "nonsense that must not reach the members")
	dir := filepath.Join(t.TempDir(), "demo")
	got := runProgram(t.Context(), "", "demo", "--for", minWriting.String(), "--data", dir)
	if got.code != exitOK || got.stderr != "" {
		t.Fatalf("exit status %d, stderr %q, stdout:\n%s", got.code, got.stderr, got.stdout)
	}
	for _, part := range []string{
		"[ ok ] the cluster was ready after ",
		"[ ok ] instance c was told of all 8 items, in their order",
		"[ ok ] 5) It comes after the removal, and is refused: update users.anna: item not found (revision 10).",
		"[ ok ] 6) No member's tree has changed",
		"which asks for the keys of all",
		"A digest is the fingerprint of a whole tree",
		"is killed (SIGKILL)",
		"[ ok ] writes went on without ",
		"is started again. After ",
		"[ ok ] a has every acknowledged write, no refused one, and nothing else",
		"[ ok ] all members have the same tree: equal digests at the same revision",
		"All of it held: nothing acknowledged was lost, nothing refused was made, and the members agree.\n" +
			"   To try them yourself, let them stay: node demo --keep\n",
	} {
		if !strings.Contains(got.stdout, part) {
			t.Errorf("nothing was said of %q in:\n%s", part, got.stdout)
		}
	}
	for _, name := range []string{"a", "a.log", "b", "b.log", "c", "c.log"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("the demo's folder lacks %s: %v", name, err)
		}
	}
	again := runProgram(t.Context(), "", "demo", "--data", dir)
	again.check(t, exitError, "", dir+" is not empty; give --data a new folder")
}

// startDemo starts the demo as a process whose temporary folder is dir, and
// returns it once its cluster has formed, with a stream from each of its
// members that breaks when the member ends.
func startDemo(t *testing.T, dir string) (demo *running, streams []io.Reader) {
	t.Helper()
	t.Setenv("TMPDIR", dir)
	demo = startProgram(t, "demo")
	var members []string
	for range stageSize {
		members = append(members, demo.await(t, `member .: (http://.*)$`)[0])
	}
	demo.await(t, `the cluster was ready`)
	for _, url := range members {
		streams = append(streams, openStream(t, url))
	}
	return demo, streams
}

// openStream begins to watch the root of a member's tree.
func openStream(t *testing.T, url string) io.Reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/watch?path=", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response.Body
}

// checkGone checks that the processes at the other end of the streams end, and
// whether they end their streams.
func checkGone(t *testing.T, streams []io.Reader, inOrder bool) {
	t.Helper()
	for n, stream := range streams {
		_, err := io.Copy(io.Discard, stream)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("member %d is still there", n)
		} else if inOrder && err != nil {
			t.Errorf("member %d did not end in order: %v", n, err)
		}
	}
}

func TestKilledDemoLeavesNoProcessBehind(t *testing.T) {
	demo, streams := startDemo(t, t.TempDir())
	demo.command.Process.Kill()
	checkGone(t, streams, false)
	demo.wait()
}

func TestInterruptedDemoLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	demo, streams := startDemo(t, dir)
	demo.command.Process.Signal(os.Interrupt)
	checkGone(t, streams, true)
	if code := demo.wait(); code != exitError || !strings.Contains(demo.stderr.String(), "interrupted before its end") {
		t.Errorf("exit status %d, stderr %q", code, demo.stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v, error %v", left, err)
	}
}

func TestDemoThatNobodyReadsLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	demo := startProgram(t, "demo")
	demo.await(t, `Three members form a cluster`)
	if err := demo.stdout.Close(); err != nil {
		t.Fatal(err)
	}
	if code := demo.wait(); code != exitError || !strings.Contains(demo.stderr.String(), "interrupted before its end") {
		t.Errorf("exit status %d, stderr %q", code, demo.stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v, error %v", left, err)
	}
}

func TestDemoThatFailsNamesItsLogs(t *testing.T) {
	t.Setenv(asProgram, "broken") // for the members
	dir := filepath.Join(t.TempDir(), "demo")
	got := runProgram(t.Context(), "", "demo", "--data", dir)
	if got.code != exitError || !strings.Contains(got.stderr, "member a: the process has ended; the logs are "+dir) {
		t.Errorf("exit status %d, stderr %q", got.code, got.stderr)
	}
	log, err := os.ReadFile(filepath.Join(dir, "a.log"))
	if err != nil || !strings.Contains(string(log), "broken on purpose") {
		t.Errorf("log of member a: %q, error %v", log, err)
	}
}

func TestProcessesAreStoppedInOrderAndKilled(t *testing.T) {
	t.Setenv(asProgram, "1")
	tests := []struct {
		name string
		end  func(p *process)
		code int
	}{
		{"stopped in order", (*process).stop, exitOK},
		{"killed", (*process).kill, -1},
		{"killed and then stopped", func(p *process) { p.kill(); p.stop() }, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			p, err := startProcess(log, append(single(t, t.TempDir()), "--until-input-ends")...)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.waitReady(t.Context()); err != nil {
				t.Fatal(err)
			}
			test.end(p)
			if code := p.command.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit status %d, want %d", code, test.code)
			}
			if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "member a is ready") {
				t.Errorf("log %q, error %v", text, err)
			}
		})
	}
}
