package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

// defaultHTTP is loopback, since whoever reaches the HTTP port may read and
// write the tree.
const defaultHTTP = "127.0.0.1:8001"

// runConfig is everything that 'node run' can be told.
type runConfig struct {
	// node is what the cluster package is told; a zero field is its default.
	node cluster.Config
	// http is the address of the HTTP server.
	http string
	// logLevel is the name of the least level that is logged, one of hclog's.
	logLevel string
	// logJSON asks for a log for programs.
	logJSON bool
	// file is the settings file; empty means none.
	file string
	// untilInputEnds stops the node when standard input ends. A program that
	// starts nodes holds the other end of that pipe, and so takes them with it
	// however it dies.
	untilInputEnds bool
}

// register adds the flags to cmd and returns the names of those that are
// settings, which may also come from the environment and the settings file.
func (c *runConfig) register(cmd *cobra.Command) (settings []string) {
	// A request waits as long as it says itself.
	c.node.LeaderWait = web.MaxTimeout
	flags := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	flags.StringVar(&c.node.ID, "id", "", "`name` of this member; --peers has it too")
	flags.StringVar(&c.node.Dir, "data", "", "data `folder`; one node at a time uses it")
	flags.Var((*peerList)(&c.node.Peers), "peers", "all members with their addresses, the same on every one")
	flags.StringVar(&c.node.Listen, "listen", "", "`address` for the other members (default: this member's in --peers)")
	flags.StringVar(&c.http, "http", defaultHTTP, "`address` to serve HTTP on")
	flags.StringVar(&c.node.Cluster, "cluster", cluster.DefaultCluster, "`name` of the cluster, the same on every member")
	flags.DurationVar(&c.node.HeartbeatTimeout, "heartbeat", cluster.DefaultHeartbeatTimeout,
		"silence of the leader after which a member calls an election")
	flags.DurationVar(&c.node.ElectionTimeout, "election", 0,
		"how long a candidate waits for votes (default: the greater of 1s and --heartbeat)")
	flags.Uint64Var(&c.node.SnapshotEntries, "snapshot-entries", cluster.DefaultSnapshotEntries,
		"take a snapshot after this many log entries")
	flags.Uint64Var(&c.node.SnapshotBytes, "snapshot-bytes", cluster.DefaultSnapshotBytes,
		"take a snapshot after this many bytes of log entries")
	flags.DurationVar(&c.node.SnapshotAge, "snapshot-age", cluster.DefaultSnapshotAge,
		"take a snapshot when entries have waited so long for one")
	flags.Uint64Var(&c.node.TrailingLogs, "trailing-logs", cluster.DefaultTrailingLogs,
		"log entries kept after a snapshot for members that are behind")
	flags.StringVar(&c.logLevel, "log-level", "info",
		"least `level` to log: trace, debug, info (of the engine only warn), warn, error or off")
	flags.BoolVar(&c.logJSON, "log-json", false, "log in JSON, one object a line")
	flags.VisitAll(func(flag *pflag.Flag) { settings = append(settings, flag.Name) })
	cmd.Flags().AddFlagSet(flags)
	cmd.Flags().StringVar(&c.file, "config", "", "settings `file`: a JSON object with the names of these flags as keys")
	cmd.Flags().BoolVar(&c.untilInputEnds, "until-input-ends", false, "stop when standard input ends")
	return settings
}

// fill completes the flags from the environment and the settings file, and
// checks them. The error is a usage error.
func (c *runConfig) fill(cmd *cobra.Command, settings []string) error {
	if err := fillFlags(cmd, []string{"config"}, fromEnvironment()); err != nil {
		return err
	}
	sources := []source{fromEnvironment()}
	if c.file != "" {
		file, err := fromFile(c.file, settings)
		if err != nil {
			return usagef(cmd, "%w", err)
		}
		sources = append(sources, file)
	}
	if err := fillFlags(cmd, settings, sources...); err != nil {
		return err
	}
	return c.check(cmd)
}

// check reports what is missing or contradicts itself, in the words of the
// flags. The finer rules are cluster's own, in the words of its Config.
func (c *runConfig) check(cmd *cobra.Command) error {
	switch {
	case c.node.ID == "":
		return usagef(cmd, "--id is missing: give this member a name, such as --id a")
	case c.node.Dir == "":
		return usagef(cmd, "--data is missing: give this member a folder of its own")
	case len(c.node.Peers) == 0:
		return usagef(cmd, "--peers is missing: give every member, such as --peers %s=127.0.0.1:7001", c.node.ID)
	case !slices.ContainsFunc(c.node.Peers, func(p cluster.Peer) bool { return p.ID == c.node.ID }):
		return usagef(cmd, "--id %s is not among --peers %s: correct one of them", c.node.ID, (*peerList)(&c.node.Peers))
	case hclog.LevelFromString(c.logLevel) == hclog.NoLevel:
		return usagef(cmd, "--log-level %s: want trace, debug, info, warn, error or off", c.logLevel)
	}
	if err := c.node.Validate(); err != nil {
		return usagef(cmd, "%w", err)
	}
	return nil
}

// logTime is the form of a time in the log. Unlike time.RFC3339Nano it keeps
// zeros at the end, so that what follows stands in one column.
const logTime = "2006-01-02T15:04:05.000000Z07:00"

// logger returns the logger that the settings describe.
func (c *runConfig) logger(out io.Writer) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{
		Name:              "node",
		Level:             hclog.LevelFromString(c.logLevel),
		JSONFormat:        c.logJSON,
		Output:            out,
		TimeFormat:        logTime,
		IndependentLevels: true,
		SubloggerHook:     quietEngine,
	})
}

// quietEngine leaves the news of the parts beneath the member to the level of
// debugging: what matters of them to an operator, the member says in its own
// words.
func quietEngine(logger hclog.Logger) hclog.Logger {
	_, part, _ := strings.Cut(logger.Name(), ".gstate.")
	if (part == "raft" || part == "transport") && logger.GetLevel() == hclog.Info {
		logger.SetLevel(hclog.Warn)
	}
	return logger
}

// peerList is the flag form of the members: a=host:port,b=host:port. It
// implements pflag.Value.
type peerList []cluster.Peer

// String returns the form that Set reads.
func (l *peerList) String() string {
	pairs := make([]string, len(*l))
	for i, peer := range *l {
		pairs[i] = peer.ID + "=" + peer.Address
	}
	return strings.Join(pairs, ",")
}

// Set replaces the list by the one in text. The error names the part of it that
// is no member, or one that is there twice.
func (l *peerList) Set(text string) error {
	*l = nil
	for pair := range strings.SplitSeq(text, ",") {
		id, address, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || id == "" || address == "" {
			return fmt.Errorf("%q: want id=host:port", pair)
		}
		if slices.ContainsFunc(*l, func(known cluster.Peer) bool { return known.ID == id }) {
			return errors.New("member " + id + " is there twice")
		}
		*l = append(*l, cluster.Peer{ID: id, Address: address})
	}
	return nil
}

// Type names the form in the help.
func (l *peerList) Type() string { return "id=address,..." }
