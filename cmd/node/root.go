package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// defaultAddress is where 'node run' serves HTTP unless told otherwise.
	defaultAddress = "http://127.0.0.1:8001"

	// defaultTimeout covers an election with much to spare; it is also what a
	// node allows by itself.
	defaultTimeout = 10 * time.Second

	// maxTimeout is the longest wait that a node accepts.
	maxTimeout = time.Minute
)

// The groups of the root command's help.
const (
	groupServe = "serve"
	groupWork  = "work"
)

// newRootCommand returns the program's command with all that hang below it,
// for a program of this name. It prints neither errors nor usage by itself: run
// prints one line.
func newRootCommand(name string) *cobra.Command {
	root := &cobra.Command{
		Use:     name,
		Version: buildVersion(),
		Short:   "A member of a gstate cluster, and the tool to look at one",
		Long: `This program runs the members of a gstate cluster: services whose instances
share one state tree, kept equal by Raft. It also reads, writes and watches
the tree over HTTP.

Paths are keys joined by dots, such as users.anna.age. A key that has a dot or
another special character in it is quoted, and the shell must leave the quotes
alone: 'users."anna@example.com"'. The empty path "" is the root. Values are
JSON.

Exit status: 0 done, 1 other error, 2 wrong usage or value, 3 not found, 4
exists already, 5 conflict, 6 no node could serve it and nothing was written,
7 outcome of a write unknown, 8 wrong kind of item, 9 not applied for good.
lock ends with the status of its command.`,
		Example: `  node demo
  node run --id solo --data ./solo --peers solo=127.0.0.1:7000
  node set users.anna '{"age": 41}'
  node get users.anna
  node watch users`,
		SilenceErrors: true,
		SilenceUsage:  true,
		// A suggestion is at most two letters away from what was typed.
		SuggestionsMinimumDistance: 2,
		// The library's own check of arguments has several lines to say about
		// an unknown command; so all pass here, to get one line below.
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usagef(cmd, "%w", err) })
	root.AddGroup(&cobra.Group{ID: groupServe, Title: "Run nodes:"})
	root.AddGroup(&cobra.Group{ID: groupWork, Title: "Work with the tree:"})
	addCommands(root, groupServe, newDemoCommand(), newRunCommand(), newStatusCommand())
	addCommands(root, groupWork, newGetCommand(), newQueryCommand(), newWatchCommand())
	addCommands(root, groupWork, newWriteCommands()...)
	addCommands(root, groupWork, newTransactionCommand(), newOutcomeCommand(), newLockCommand())
	nameProgram(root, name)
	return root
}

// addCommands hangs commands below root, in one group of its help.
func addCommands(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, command := range commands {
		command.GroupID = group
		root.AddCommand(command)
	}
}

// unknownCommand is the usage error for a command that does not exist, with one
// that was perhaps meant.
func unknownCommand(root *cobra.Command, name string) error {
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return usagef(root, "unknown command %q: did you mean %s?", name, strings.Join(near, " or "))
	}
	return usagef(root, "unknown command %q", name)
}

// arguments makes the check that a command was given exactly what these names
// stand for.
func arguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == len(names):
			return nil
		case len(names) == 0:
			return usagef(cmd, "%s takes no arguments, got %q", cmd.Name(), args)
		case len(args) < len(names):
			return usagef(cmd, "%s needs %s: %s is missing", cmd.Name(), strings.Join(names, " and "), names[len(args)])
		}
		return usagef(cmd, "%s needs only %s: %q is too much", cmd.Name(), strings.Join(names, " and "), args[len(names)])
	}
}

// calling are the flags of every command that calls nodes.
type calling struct {
	// addresses are those of the nodes, as newClient takes them.
	addresses []string
	// timeout bounds the call over all addresses, or how long a stream may take
	// to begin.
	timeout time.Duration
	// json asks for the node's answer as it is, for programs; for its refusal
	// too.
	json bool
}

// jsonFlag is the name of the flag that asks for JSON.
const jsonFlag = "json"

// register adds the flags to cmd.
func (c *calling) register(cmd *cobra.Command) {
	c.registerNodes(cmd)
	cmd.Flags().BoolVar(&c.json, jsonFlag, false, "print the whole answer as JSON, on stderr also a node's refusal")
}

// registerNodes adds those of the flags to cmd that say whom to call.
func (c *calling) registerNodes(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&c.addresses, "addr", []string{defaultAddress}, "`URL`s of nodes, tried in order (GSTATE_ADDR)")
	flags.DurationVar(&c.timeout, "timeout", defaultTimeout,
		"how long the call may take, over all addresses; 1m at most (GSTATE_TIMEOUT)")
}

// client returns the client that the flags and the environment describe. The
// caller closes it. The error is a usage error.
func (c *calling) client(cmd *cobra.Command) (*client, error) {
	if err := fillFlags(cmd, []string{"addr", "timeout"}, fromEnvironment()); err != nil {
		return nil, err
	}
	if c.timeout < time.Millisecond || c.timeout > maxTimeout {
		return nil, usagef(cmd, "--timeout %v: want 1ms to %v", c.timeout, maxTimeout)
	}
	made, err := newClient(c.addresses, c.timeout)
	if err != nil {
		return nil, usagef(cmd, "--addr: %w", err)
	}
	return made, nil
}

// send makes one call and returns the body of the answer. It waits until
// --timeout is over at the latest.
func (c *calling) send(cmd *cobra.Command, r request) ([]byte, error) {
	nodes, err := c.client(cmd)
	if err != nil {
		return nil, err
	}
	defer nodes.close()
	return nodes.call(cmd.Context(), r)
}

// printAnswer writes the answer of a node as one line of JSON if --json asks
// for it, else the text for people.
func (c *calling) printAnswer(cmd *cobra.Command, answer []byte, text string) error {
	if c.json {
		text = strings.TrimSpace(string(answer))
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), text)
	return err
}
