package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"example.com/gstate/tree"
)

// watching are the flags of watch.
type watching struct {
	calling
	// shape is the query to watch, if the flag was given.
	shape string
	// count ends the watch after so many results; zero means never.
	count uint64
	// plain asks for a line for each result on a terminal too.
	plain bool
}

// newWatchCommand returns the command that follows a result.
func newWatchCommand() *cobra.Command {
	var flags watching
	cmd := &cobra.Command{
		Use:   "watch [PATH]",
		Short: "Print a result, and each new one when it changes",
		Long: `watch prints what stands at PATH, or the result of --query, and again each
time it has changed. A result that changes faster than it is printed is
printed in its latest form. What was removed by no write to it is named, with
the reason. When a node goes away, the next address is taken.

On a terminal the result is a tree that is drawn in place: + is before lines
that have come since the result before, - before those that went, and ! before
the reasons. What the terminal has no room for is counted. Everywhere else, and
with --plain or --json, each result is one line. NO_COLOR turns colours off.
Ends with status 0 when it is interrupted.`,
		Example: `  node watch users
  node watch --query 'items[] $key' --json
  node watch --query 'jobs[state = "waiting" order created limit 5]'
  node watch deploy.state --count 2
  node watch users --plain`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&flags.shape, "query", "", "watch the result of this `shape`, as the query command takes it, instead of a path")
	cmd.Flags().Uint64Var(&flags.count, "count", 0, "end after this many results (0: never)")
	cmd.Flags().BoolVar(&flags.plain, "plain", false, "print a line for each result on a terminal too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		query, err := flags.query(cmd, args)
		if err != nil {
			return err
		}
		nodes, err := flags.client(cmd)
		if err != nil {
			return err
		}
		defer nodes.close()
		if screen, ok := screenOn(cmd.OutOrStdout()); ok && !flags.plain && !flags.json {
			nodes.streaming = new(atomic.Pointer[string])
			shown := &live{nodes: nodes, screen: screen, view: liveView{subject: cmp.Or(flags.shape, strings.Join(args, ""))}, count: flags.count}
			return shown.follow(cmd.Context(), query)
		}
		return flags.follow(cmd, nodes, query)
	}
	return cmd
}

// query returns the parameters of the stream for the path or the shape that is
// watched: one of them must be given. The error is a usage error.
func (w *watching) query(cmd *cobra.Command, args []string) (url.Values, error) {
	byShape := cmd.Flags().Changed("query")
	if byShape == (len(args) == 1) || len(args) > 1 {
		return nil, usagef(cmd, "watch needs either one PATH or --query")
	}
	if byShape {
		query, err := parseQuery(w.shape)
		if err != nil {
			return nil, usagef(cmd, "--query: %w", err)
		}
		return url.Values{"query": {query.String()}}, nil
	}
	if _, err := tree.ParsePath(args[0]); err != nil {
		return nil, usagef(cmd, "PATH: %w", err)
	}
	return url.Values{"path": {args[0]}}, nil
}

// follow prints results until the watch ends. That the user interrupts it is
// how a watch ends well.
func (w *watching) follow(cmd *cobra.Command, nodes *client, query url.Values) error {
	var printed uint64
	for event, err := range nodes.watch(cmd.Context(), query) {
		if err == nil {
			err = w.print(cmd, event)
		}
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		if printed++; printed == w.count {
			return nil
		}
	}
	return nil
}

// print writes one result on one line, so that a program can read line by line.
func (w *watching) print(cmd *cobra.Command, event answer) error {
	text := fmt.Sprintf("revision %d: %s", event.Revision, event.Result)
	if !event.found() {
		text = fmt.Sprintf("revision %d: (nothing)", event.Revision)
	}
	if !w.json {
		for _, gone := range event.Expelled {
			text += fmt.Sprintf(" (%v)", gone)
		}
		return w.printAnswer(cmd, nil, text)
	}
	line, err := json.Marshal(watchLine{event.Revision, event.found(), event.Result, event.Expelled})
	if err != nil {
		return fmt.Errorf("result is not understood: %w", err)
	}
	return w.printAnswer(cmd, line, "")
}

// watchLine is a result as --json prints it.
type watchLine struct {
	Revision uint64 `json:"revision"`
	// Exists is false when there is nothing; Result is null then, as it is for
	// a null in the tree.
	Exists bool            `json:"exists"`
	Result json.RawMessage `json:"result"`
	// Expelled is what was removed since the line before by no write to it.
	Expelled []expelled `json:"expelled,omitempty"`
}
