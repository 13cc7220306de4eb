package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// asProgram is the environment variable that makes the test binary behave as
// the program itself, so that tests and the demo in them start real processes
// without building anything: "1" for the program, "broken" for one that ends at
// once.
const asProgram = "NODE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "1":
		main()
	case "broken":
		fmt.Fprintln(os.Stderr, "this program is broken on purpose")
		os.Exit(exitError)
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, environmentPrefix) {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// result is what a run of the program left behind.
type result struct {
	code           int
	stdout, stderr string
}

// runProgram runs the program within the test process.
func runProgram(ctx context.Context, stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := run(ctx, append([]string{"node"}, args...), strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// check compares a result with what is wanted: the status, the whole of stdout,
// and a part of stderr.
func (r result) check(t *testing.T, code int, stdout, stderrPart string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit status %d, want %d; stderr: %s", r.code, code, r.stderr)
	}
	if r.stdout != stdout {
		t.Errorf("stdout:\n%s\nwant:\n%s", r.stdout, stdout)
	}
	if !strings.Contains(r.stderr, stderrPart) {
		t.Errorf("stderr %q does not have %q", r.stderr, stderrPart)
	}
	if lines := strings.Count(r.stderr, "\n"); lines > 1 {
		t.Errorf("stderr has %d lines, want one:\n%s", lines, r.stderr)
	}
}

func TestUsageErrorsNameTheMistakeAndTheHelp(t *testing.T) {
	tests := []struct {
		name, args, stderr string
	}{
		{"an unknown command", "gte users", `unknown command "gte": did you mean get?; see: node --help`},
		{"a command unlike any", "frobnicate", `unknown command "frobnicate"; see: node --help`},
		{"an unknown flag", "get users --colour", `unknown flag: --colour; see: node get --help`},
		{"a missing path", "get", `get needs PATH: PATH is missing`},
		{"a missing value", "set users", `set needs PATH and VALUE: VALUE is missing; see: node set --help`},
		{"too many arguments", "remove a b", `remove needs only PATH: "b" is too much`},
		{"arguments where none belong", "status now", `status takes no arguments, got ["now"]`},
		{"a path that is none", "get a..b", `PATH: path byte 2: key "" must be quoted`},
		{"a path that no URL can name", `get a.""`, `path a."" has an empty key`},
		{"a value that is no JSON", "set a hello", `VALUE is not JSON (a text needs its quotes: '"text"')`},
		{"a value with a reserved key", `set a {"_":1}`, `VALUE: `},
		{"a shape that is none", `query [1]`, `SHAPE: query`},
		{"a query path that is none", `query 1 --path a..b`, `--path: path byte 2`},
		{"an unknown read level", "get a --read sometimes", `--read sometimes: want local or linearizable`},
		{"a revision that is no number", "update a 1 --if-unmodified new", `invalid argument "new"`},
		{"an address that is none", "get a --addr ftp://there", `--addr: "ftp://there" is not the address of a node`},
		{"no address", "get a --addr=", `--addr: no address of a node is given`},
		{"a timeout too long for a node", "get a --timeout 1h", `--timeout 1h0m0s: want 1ms to 1m0s`},
		{"watch without a subject", "watch", `watch needs either one PATH or --query`},
		{"watch with two subjects", `watch a --query 1`, `watch needs either one PATH or --query`},
		{"watch with a wrong shape", `watch --query [nonsense]`, `--query: query column 10: want one of the operators`},
		{"a query in JSON with a mistake", `query {"a":{"_":"keys"}}`, `SHAPE: query a._: want 1, "$value" or an object`},
		{"a query with a path, and another one", `query users{} --path a`, `--path: the shape begins with a path too`},
		{"watch of a path that is none", `watch a..b`, `PATH: path byte 2`},
		{"a demo too short to show anything", "demo --for 1s", `--for 1s: want 3s or more`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			runProgram(t.Context(), "", strings.Fields(test.args)...).check(t, exitUsage, "", test.stderr)
		})
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, command := range newRootCommand("node").Commands() {
		t.Run(command.Name(), func(t *testing.T) {
			got := runProgram(t.Context(), "", command.Name(), "--help")
			if got.code != exitOK || !strings.Contains(got.stdout, "Examples:\n  ") {
				t.Errorf("status %d, help:\n%s", got.code, got.stdout)
			}
			for line := range strings.Lines(command.Long) {
				if len(line) > 80 {
					t.Errorf("line of the description is too long for a terminal: %s", line)
				}
			}
		})
	}
	t.Run("no command at all", func(t *testing.T) {
		if got := runProgram(t.Context(), ""); got.code != exitOK || !strings.Contains(got.stdout, "node [command]") {
			t.Errorf("status %d, stdout:\n%s", got.code, got.stdout)
		}
	})
}

func TestShellCompletionKnowsCommandsAndReadLevels(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"commands", "__complete in", "insert\tStore a value where nothing stands yet\n"},
		{"read levels", "__complete get --read ", "local\nlinearizable\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := runProgram(t.Context(), "", strings.Split(test.args, " ")...)
			if got.code != exitOK || !strings.HasPrefix(got.stdout, test.want) {
				t.Errorf("status %d, completions %q, want %q first", got.code, got.stdout, test.want)
			}
		})
	}
}
