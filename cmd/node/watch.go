package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

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
	// every asks for each change, and changes for the parts that differ.
	every, changes bool
	// since is the revision to go on from, if the flag was given.
	since uint64
}

// progressTime is how often a watch of every change wants to hear how far the
// node is: when it goes on elsewhere, that node must remember from there on.
const progressTime = 10 * time.Second

// newWatchCommand returns the command that follows a result.
func newWatchCommand() *cobra.Command {
	var flags watching
	cmd := &cobra.Command{
		Use:   "watch [PATH]",
		Short: "Print a result, and each new one when it changes",
		Long: `watch prints what stands at PATH, or the result of --query, and again each
time it has changed. A result that changes faster than it is printed is
printed in its latest form. What was removed by no write to it is named, with
the reason. When a node goes away, the next address is taken; when none is
left, watch ends with status 6.

With --every no change is left out, also not when the next address is taken;
--since goes on from a revision that was printed before. Where a node does
not remember so far back, the line says that changes may have been missed.
--changes adds what has changed, item by item, and --json also the reasons.

On a terminal the result is a tree that is drawn in place: + is before lines
that have come since the result before, - before those that went, and ! before
why items went. What the terminal has no room for is counted. Everywhere else,
and with --plain, --json, --every, --since or --changes, each result is one
line. NO_COLOR turns colours off.
Ends with status 0 when it is interrupted.`,
		Example: `  node watch users
  node watch --query 'items[] $key' --json
  node watch --query 'jobs[state = "waiting" order created limit 5]'
  node watch deploy.state --count 2
  node watch users --plain
  node watch orders --every --changes --since 1207`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.register(cmd)
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
		if screen, ok := screenOn(cmd.OutOrStdout()); ok && !flags.lines(cmd) {
			nodes.streaming = new(atomic.Pointer[string])
			shown := &live{nodes: nodes, screen: screen, view: liveView{subject: cmp.Or(flags.shape, strings.Join(args, ""))}, count: flags.count}
			return shown.follow(cmd.Context(), query)
		}
		return flags.follow(cmd, nodes, query)
	}
	return cmd
}

// register adds the flags to cmd.
func (w *watching) register(cmd *cobra.Command) {
	w.calling.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&w.shape, "query", "", "watch the result of this `shape`, as the query command takes it, instead of a path")
	flags.Uint64Var(&w.count, "count", 0, "end after this many results (0: never)")
	flags.BoolVar(&w.plain, "plain", false, "print a line for each result on a terminal too")
	flags.BoolVar(&w.every, "every", false, "print each change, however fast they come")
	flags.Uint64Var(&w.since, sinceFlag, 0, "print only what has changed since this `revision`")
	flags.BoolVar(&w.changes, "changes", false, "print also which items have changed, and from what to what")
}

// sinceFlag is the name of the flag that asks to go on from a revision; any
// revision may be given, also 0.
const sinceFlag = "since"

// lines says whether each result is to be a line on a terminal too. What is drawn
// in place shows the latest result and what has changed in it, but not each
// change, and nothing before there is a result.
func (w *watching) lines(cmd *cobra.Command) bool {
	return w.plain || w.json || w.every || w.changes || cmd.Flags().Changed(sinceFlag)
}

// query returns the parameters of the stream. The error is a usage error.
func (w *watching) query(cmd *cobra.Command, args []string) (url.Values, error) {
	query, err := w.subject(cmd, args)
	if err != nil {
		return nil, err
	}
	if w.every {
		query.Set("every", "true")
		query.Set("progress", progressTime.String())
	}
	if w.changes {
		query.Set("changes", "true")
	}
	if cmd.Flags().Changed(sinceFlag) {
		query.Set("since", strconv.FormatUint(w.since, 10))
	}
	return query, nil
}

// subject returns the parameters for the path or the shape that is watched: one
// of them must be given. The error is a usage error.
func (w *watching) subject(cmd *cobra.Command, args []string) (url.Values, error) {
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
	if !w.json {
		return w.printAnswer(cmd, nil, eventText(event))
	}
	line, err := json.Marshal(watchLine{
		event.Revision, event.found(), event.Result, event.Synced, event.Reset, event.Reasons, event.Expelled, event.Changes,
	})
	if err != nil {
		return fmt.Errorf("result is not understood: %w", err)
	}
	return w.printAnswer(cmd, line, "")
}

// missedText tells that Reset is set in an event.
const missedText = "changes may have been missed"

// eventText is a result as people read it, with what there is to say of it in
// brackets.
func eventText(event answer) string {
	text := fmt.Sprintf("revision %d: %s", event.Revision, event.Result)
	if !event.found() {
		text = fmt.Sprintf("revision %d: (nothing)", event.Revision)
	}
	if event.Reset {
		text += " (" + missedText + ")"
	}
	for _, gone := range event.Expelled {
		text += fmt.Sprintf(" (%v)", gone)
	}
	for _, part := range event.Changes {
		text += fmt.Sprintf(" (%v)", part)
	}
	return visible(text)
}

// watchLine is a result as --json prints it.
type watchLine struct {
	Revision uint64 `json:"revision"`
	// Exists is false when there is nothing; Result is null then, as it is for
	// a null in the tree.
	Exists bool            `json:"exists"`
	Result json.RawMessage `json:"result"`
	// Synced is set where all is told that was missed before, and Reset where
	// changes may have been missed.
	Synced bool `json:"synced,omitempty"`
	Reset  bool `json:"reset,omitempty"`
	// Reasons say what has made the change.
	Reasons []string `json:"reasons,omitempty"`
	// Expelled is what was removed since the line before by no write to it.
	Expelled []expelled `json:"expelled,omitempty"`
	// Changes say in what the result differs from that of the line before.
	Changes []change `json:"changes,omitempty"`
}
