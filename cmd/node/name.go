package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// sourceName is what the program is called in the texts of this package: the
// name of its folder, which 'go run' gives it too. Whoever builds it chooses
// another, since node is also the name of a JavaScript runtime.
const sourceName = "node"

// programName is what the program was called, without the folder that it lies
// in and without the ending that executables have on Windows.
func programName(arg0 string) string {
	return strings.TrimSuffix(filepath.Base(arg0), ".exe")
}

// invocations finds the calls of this program in a text, such as 'node get':
// its name with a command behind it. A node of a cluster is none.
type invocations struct{ pattern *regexp.Regexp }

// commandsOf returns what finds the calls of root's commands.
func commandsOf(root *cobra.Command) invocations {
	var names []string
	for _, command := range root.Commands() {
		names = append(names, command.Name())
	}
	return invocations{regexp.MustCompile(`\b` + sourceName + ` (` + strings.Join(names, "|") + `)\b`)}
}

// as returns the text with the program called by its name.
func (i invocations) as(name, text string) string {
	return i.pattern.ReplaceAllStringFunc(text, func(call string) string {
		return name + strings.TrimPrefix(call, sourceName)
	})
}

// nameProgram puts the program's name into the help of root and its commands,
// so that what a reader copies from there runs.
func nameProgram(root *cobra.Command, name string) {
	calls := commandsOf(root)
	for _, command := range append(root.Commands(), root) {
		command.Long = calls.as(name, command.Long)
		command.Example = calls.as(name, command.Example)
	}
}
