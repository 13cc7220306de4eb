package main

import (
	"bytes"
	"strings"
	"testing"
)

// runAs runs the program within the test process, as it was called.
func runAs(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

func TestProgramIsCalledWhatItsFileIsCalled(t *testing.T) {
	missing := refuseWith(t, 404, "not_found", "get a: item not found")
	tests := []struct {
		name, stderr string
		args         []string
	}{
		{"in a usage error", "gstate: get needs PATH: PATH is missing; see: gstate get --help", []string{"/opt/gstate", "get"}},
		{"in a hint", "gstate: get a: item not found; see what is there with 'gstate get' of the path above it",
			[]string{"./gstate", "get", "a", "--addr", missing.url}},
		{"on Windows", "gstate: unknown command", []string{"gstate.exe", "frobnicate"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := runAs(t, test.args...); !strings.HasPrefix(got.stderr, test.stderr) {
				t.Errorf("stderr %q, want %q", got.stderr, test.stderr)
			}
		})
	}
}

func TestHelpCallsTheProgramByItsName(t *testing.T) {
	root := newRootCommand("node")
	calls := commandsOf(root)
	for _, command := range append(root.Commands(), root) {
		t.Run(command.Name(), func(t *testing.T) {
			args := append([]string{"/opt/gstate"}, strings.Fields(command.CommandPath())[1:]...)
			got := runAs(t, append(args, "--help")...)
			if foreign := calls.pattern.FindString(got.stdout); foreign != "" || !strings.Contains(got.stdout, "  gstate ") {
				t.Errorf("help speaks of %q:\n%s", foreign, got.stdout)
			}
		})
	}
}

func TestNodesOfAClusterKeepTheirName(t *testing.T) {
	calls := commandsOf(newRootCommand("node"))
	const text = "each node says; node status, a node; 'node get --json'; one node watches"
	const want = "each node says; x status, a node; 'x get --json'; one node watches"
	if got := calls.as("x", text); got != want {
		t.Errorf("got %q", got)
	}
}

func TestVersionNamesTheBuild(t *testing.T) {
	got := runAs(t, "gstate", "--version")
	if got.code != exitOK || !strings.HasPrefix(got.stdout, "gstate version ") || !strings.Contains(got.stdout, " (go1.") {
		t.Errorf("exit status %d, stdout %q", got.code, got.stdout)
	}
}
