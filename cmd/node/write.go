package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"example.com/gstate/tree"
)

// maxInputBytes is more than a node takes (4 MiB and the room around it), so
// that the node's own limit decides.
const maxInputBytes = 8 << 20

// verb is one kind of write: what it is called here, and what it is in the
// contract of the HTTP interface.
type verb struct {
	// name is that of the command.
	name string
	// method and query are those of the request.
	method string
	query  url.Values
	// value says that the command takes a VALUE.
	value bool
	// short, long and example are the help that is the verb's own.
	short, long, example string
}

// verbs are the writes, in the order of HTTP's methods.
var verbs = []verb{
	{
		name: "set", method: http.MethodPut, value: true,
		short: "Merge a value into what stands at a path",
		long: `set merges VALUE into what stands at PATH: objects key by key, everything else
by replacing it. What is missing is created.`,
		example: `  node set users.anna '{"name": "Anna", "age": 41}'
  node set settings.motd '"good morning"'
  generate | node set config -`,
	},
	{
		name: "insert", method: http.MethodPost, value: true,
		short: "Store a value where nothing stands yet",
		long: `insert stores VALUE at PATH if nothing stands there; else it ends with status
4.`,
		example: `  node insert locks.nightly '{"by": "worker-7"}'`,
	},
	{
		name: "update", method: http.MethodPatch, value: true,
		short: "Merge a value into an item that must exist",
		long: `update merges VALUE into what stands at PATH, as set does; if nothing stands
there, because another instance has removed it, it ends with status 3.`,
		example: `  node update users.anna '{"age": 42}'
  node update users.anna '{"age": 42}' --if-unmodified 17`,
	},
	{
		name: "replace", method: http.MethodPut, query: url.Values{"replace": {"true"}}, value: true,
		short: "Make an item that must exist equal to a value",
		long: `replace makes what stands at PATH equal to VALUE: what VALUE does not mention
is removed. If nothing stands there, it ends with status 3.`,
		example: `  node replace config - <config.json`,
	},
	{
		name: "remove", method: http.MethodDelete,
		short: "Remove an item with everything beneath it",
		long: `remove removes what stands at PATH; if nothing stands there, it ends with
status 3.`,
		example: `  node remove users.anna`,
	},
}

// newWriteCommands returns a command for each verb.
func newWriteCommands() []*cobra.Command {
	commands := make([]*cobra.Command, len(verbs))
	for i, v := range verbs {
		commands[i] = newWriteCommand(v)
	}
	return commands
}

// newWriteCommand returns the command of one verb. --if-unmodified counts only
// when it is given: revision 0 is a condition too, which no item meets.
func newWriteCommand(v verb) *cobra.Command {
	var flags calling
	var unmodified uint64
	var lives life
	names, usage, help := []string{"PATH"}, v.name+" PATH", v.long+"\n\n"
	if v.value {
		names, usage, help = append(names, "VALUE"), usage+" VALUE|-", help+valueHelp
	}
	cmd := &cobra.Command{
		Use: usage, Short: v.short, Long: help + writeHelp, Example: v.example,
		Args:              arguments(names...),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.register(cmd)
	cmd.Flags().Uint64Var(&unmodified, "if-unmodified", 0,
		"write only if nothing at or beneath PATH was changed after this `revision`")
	held := registerIfHeld(cmd)
	if v.value {
		lives.register(cmd)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r, err := writeRequest(cmd, v, args)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("if-unmodified") {
			r.header = http.Header{"If-Match": {strconv.FormatUint(unmodified, 10)}}
		}
		if v.value {
			r.query = lives.addTo(cmd, r.query)
		}
		if r.query, err = held.add(cmd, r.query); err != nil {
			return err
		}
		return flags.write(cmd, r)
	}
	return cmd
}

// withParameter returns the parameters with another beside them.
func withParameter(query url.Values, name, value string) url.Values {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set(name, value)
	return query
}

// What the help of every write has at its end, and that of every write with a
// value before it.
const (
	valueHelp = `VALUE is JSON; - reads it from standard input, and a negative number needs --
before it.

`
	writeHelp = `With several addresses the next one is tried only if the write certainly did
not arrive; if its answer is lost, the status is 7, and it is not repeated.`
)

// writeRequest makes the request of a verb from its arguments, reading standard
// input if they say so. The error is a usage error, and nothing was sent.
func writeRequest(cmd *cobra.Command, v verb, args []string) (request, error) {
	path, err := parseTarget(args[0])
	if err != nil {
		return request{}, usagef(cmd, "PATH: %w", err)
	}
	r := request{method: v.method, path: path, query: v.query, write: true}
	if v.value {
		r.body, err = readValue(cmd, args[1])
	}
	return r, err
}

// readValue returns the VALUE of a write as it was given, once it has passed
// the checks that the node will make: an error here says more about what was
// typed.
func readValue(cmd *cobra.Command, arg string) ([]byte, error) {
	data, err := readInput(arg, cmd.InOrStdin())
	if err != nil {
		return nil, usagef(cmd, "VALUE: %w", err)
	}
	if _, err := tree.ParseJSON(data); err != nil {
		if !json.Valid(data) {
			return nil, usagef(cmd, `VALUE is not JSON (a text needs its quotes: '"text"'): %w`, err)
		}
		return nil, usagef(cmd, "VALUE: %w", err)
	}
	return data, nil
}

// readInput returns the argument itself or, for "-", all of stdin up to
// maxInputBytes, and an error if that is nothing. It waits until stdin ends.
func readInput(arg string, stdin io.Reader) ([]byte, error) {
	if arg != "-" {
		return []byte(arg), nil
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxInputBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxInputBytes:
		return nil, fmt.Errorf("standard input has more than %d bytes", maxInputBytes)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("standard input is empty")
	}
	return data, nil
}

// write sends a write and prints its revision.
func (c *calling) write(cmd *cobra.Command, r request) error {
	body, err := c.send(cmd, r)
	if err != nil {
		return err
	}
	answer, err := parseAnswer(body)
	if err != nil {
		return err
	}
	return c.printAnswer(cmd, body, fmt.Sprintf("revision %d", answer.Revision))
}
