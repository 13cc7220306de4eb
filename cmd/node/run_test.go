package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// patience bounds what a test waits for a real process.
const patience = 20 * time.Second

// running is a child process that is this program.
type running struct {
	command *exec.Cmd
	// stdout is what it prints, lines the lines of that.
	stdout io.Closer
	lines  *bufio.Scanner
	stderr *strings.Builder
	// input is its stdin.
	input io.Closer
}

// startProgram starts this program as a process of its own, which is killed at
// the end of the test at the latest.
func startProgram(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{command: exec.CommandContext(ctx, program, args...), stderr: new(strings.Builder)}
	r.command.Env = append(os.Environ(), asProgram+"=1")
	r.command.Stderr = r.stderr
	r.command.WaitDelay = time.Second // what it leaves behind may hold its stderr
	stdout, err := r.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if r.input, err = r.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	r.stdout, r.lines = stdout, bufio.NewScanner(stdout)
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// await reads lines up to one that matches, and returns what the pattern's
// groups matched.
func (r *running) await(t *testing.T, pattern string) []string {
	t.Helper()
	for expression := regexp.MustCompile(pattern); r.lines.Scan(); {
		if match := expression.FindStringSubmatch(r.lines.Text()); match != nil {
			return match[1:]
		}
	}
	t.Fatalf("no line matched %q; stderr: %s", pattern, r.stderr)
	return nil
}

// wait waits for the end and returns the exit status.
func (r *running) wait() int {
	_ = r.command.Wait()
	return r.command.ProcessState.ExitCode()
}

// single returns the arguments of a member that is a cluster by itself.
func single(t *testing.T, dir string) []string {
	t.Helper()
	addresses, err := freeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"run", "--id", "a", "--data", dir, "--peers", "a=" + addresses[0], "--http", "127.0.0.1:0",
		"--heartbeat", "100ms", "--election", "100ms"}
}

const readyLine = `^member a is ready: (http://127\.0\.0\.1:\d+) \(cluster gstate of 1 member, leader a, revision (\d+)\)$`

func TestMemberStopsInOrderOnSIGTERM(t *testing.T) {
	dir := t.TempDir()
	node := startProgram(t, single(t, dir)...)
	url := node.await(t, readyLine)[0]
	runProgram(t.Context(), "", "insert", "users.anna", `{"age":41}`, "--addr", url).check(t, exitOK, "revision 1\n", "")

	stream := openStream(t, url)
	begin := time.Now()
	if err := node.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	events, err := io.ReadAll(stream)
	if err != nil || !strings.Contains(string(events), `"age":41`) {
		t.Errorf("the open stream ended with %v after %q", err, events)
	}
	if code := node.wait(); code != exitOK {
		t.Errorf("exit status %d, stderr: %s", code, node.stderr)
	}
	if took := time.Since(begin); took > shutdownTimeout/2 {
		t.Errorf("the stop took %v: something was not ended but broken off", took)
	}

	again := startProgram(t, single(t, dir)...)
	if revision := again.await(t, readyLine)[1]; revision != "1" {
		t.Errorf("revision %s after the restart, want 1", revision)
	}
	again.input.Close()
	again.command.Process.Signal(os.Interrupt)
	if code := again.wait(); code != exitOK {
		t.Errorf("exit status %d after an interrupt, stderr: %s", code, again.stderr)
	}
}

func TestClosedTerminalStopsAMemberInOrder(t *testing.T) {
	// A signal that the tests ignore, since they were started by nohup, the
	// member would ignore too; one that they listen to, it would not.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP)
	defer signal.Stop(heard)
	node := startProgram(t, single(t, t.TempDir())...)
	node.await(t, readyLine)
	if err := node.command.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if code := node.wait(); code != exitOK {
		t.Errorf("exit status %d, stderr: %s", code, node.stderr)
	}
}

func TestMemberThatWasToOutliveItsTerminalDoes(t *testing.T) {
	nohup := func(s os.Signal) bool { return s == syscall.SIGHUP }
	if slices.Contains(endSignals(nohup), os.Signal(syscall.SIGHUP)) {
		t.Error("a terminal that is closed ends the program in spite of nohup")
	}
}

func TestMemberWithoutLeaderSaysSoAgainAndAgain(t *testing.T) {
	tests := []struct {
		name string
		// known is when a leader is known, after when the member ends.
		known, after time.Duration
		want         []time.Duration
	}{
		{"not when the cluster forms as it should", 2 * time.Second, time.Hour, nil},
		{"until there is one", 40 * time.Second, time.Hour, []time.Duration{5 * time.Second, 35 * time.Second}},
		{"until the member ends", time.Hour, time.Minute, []time.Duration{5 * time.Second, 35 * time.Second}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.after)
				defer cancel()
				begin := time.Now()
				var told []time.Duration
				remindUntil(ctx, func() bool { return time.Since(begin) >= test.known },
					func() { told = append(told, time.Since(begin)) })
				if !slices.Equal(told, test.want) {
					t.Errorf("told after %v, want %v", told, test.want)
				}
			})
		})
	}
}

func TestLoneMemberOfThreeNamesThoseItWaitsFor(t *testing.T) {
	addresses, err := freeAddresses(3)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	logs := &awaitedText{text: "no leader yet: waiting for a majority of a, b, c\n", then: cancel}
	code := run(ctx, []string{"node", "run", "--id", "b", "--data", t.TempDir(), "--http", "127.0.0.1:0",
		"--peers", "a=" + addresses[0] + ",b=" + addresses[1] + ",c=" + addresses[2]}, strings.NewReader(""), io.Discard, logs)
	if text := logs.written.String(); code != exitOK || !strings.Contains(text, logs.text) || strings.Count(text, "\n") > 15 {
		t.Errorf("exit status %d, log:\n%s", code, text)
	}
}

// awaitedText calls then when the text has been written to it. Only a logger
// writes to it, one line at a time.
type awaitedText struct {
	text    string
	then    func()
	written strings.Builder
}

func (a *awaitedText) Write(p []byte) (int, error) {
	n, err := a.written.Write(p)
	if strings.Contains(a.written.String(), a.text) {
		a.then()
	}
	return n, err
}

func TestMemberEndsWithItsInputWhenAskedTo(t *testing.T) {
	node := startProgram(t, append(single(t, t.TempDir()), "--until-input-ends")...)
	node.await(t, readyLine)
	node.input.Close()
	if code := node.wait(); code != exitOK {
		t.Errorf("exit status %d, stderr: %s", code, node.stderr)
	}
}

func TestMemberThatCannotStartSaysWhatToDo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().String()
	dir := t.TempDir()
	node := startProgram(t, single(t, dir)...)
	node.await(t, readyLine)
	foreign := filepath.Join(t.TempDir(), "a")
	if code := runOnce(t, append(single(t, foreign), "--cluster", "shop")); code.code != exitOK {
		t.Fatalf("exit status %d, stderr: %s", code.code, code.stderr)
	}
	file := settingsFile(t, "{}")
	tests := []struct {
		name, stderr string
		args         []string
	}{
		{"the folder is in use", "in use: " + dir + "; stop the node that uses it", single(t, dir)},
		{"the folder is another cluster's", "start it with the --id and --cluster that made the folder", single(t, foreign)},
		{"the folder is a file", file, single(t, file)},
		{"the address is in use", "; choose another --listen", append(single(t, t.TempDir()), "--listen", taken)},
		{"the HTTP address is in use", "; choose another --http", append(single(t, t.TempDir()), "--http", taken)},
		{"the HTTP address is none", "no-port", append(single(t, t.TempDir()), "--http", "no-port")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			runProgram(t.Context(), "", append(test.args, "--log-level", "off")...).check(t, exitError, "", test.stderr)
		})
	}
}

// runOnce runs a member in this process until it is ready, and stops it.
func runOnce(t *testing.T, args []string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reader, writer := io.Pipe()
	go func() {
		bufio.NewReader(reader).ReadString('\n')
		cancel()
		io.Copy(io.Discard, reader)
	}()
	var stderr strings.Builder
	code := run(ctx, slices.Concat([]string{"node"}, args, []string{"--log-level", "off"}), strings.NewReader(""), writer, &stderr)
	writer.Close()
	return result{code: code, stderr: stderr.String()}
}

func TestFreeAddressesAreDifferentAndBelowThePortsOfConnections(t *testing.T) {
	addresses, err := freeAddresses(50)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, address := range addresses {
		resolved, err := net.ResolveTCPAddr("tcp", address)
		if err != nil || seen[address] || resolved.Port < firstPort || resolved.Port > lastPort || !resolved.IP.IsLoopback() {
			t.Errorf("address %s, error %v, seen before: %v", address, err, seen[address])
		}
		seen[address] = true
	}
}
