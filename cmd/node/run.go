package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
)

const (
	// shutdownTimeout bounds an orderly stop. Handing over leadership takes one
	// election at most; service managers commonly kill after 10 s or more, and
	// a node that was killed loses nothing.
	shutdownTimeout = 8 * time.Second

	// firstReminder is longer than a first election, so that a cluster that
	// forms as it should is not complained of.
	firstReminder = 5 * time.Second

	// nextReminder keeps the last reminder on the screen of who looks, and the
	// log small.
	nextReminder = 30 * time.Second

	// headerTimeout ends connections that open and then say nothing.
	headerTimeout = 5 * time.Second

	// idleTimeout is longer than the pause between the requests of a client
	// that polls each minute.
	idleTimeout = 2 * time.Minute

	// maxHeaderBytes holds the longest path: 64 keys of 1 KiB, each byte
	// percent-encoded as three, are 192 KiB, and a query may stand behind it.
	maxHeaderBytes = 512 << 10
)

// newRunCommand returns the command that runs a member.
func newRunCommand() *cobra.Command {
	var config runConfig
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run one member of a cluster",
		Long: `run opens a member in its data folder and serves the tree over HTTP until it
gets SIGTERM, SIGINT or SIGHUP; it then hands over leadership and ends with
status 0. Start it on every member with the same --peers, in any order, as
often as you like.

It prints one line when the member knows a leader and has caught up. Each flag
can also be given as an environment variable (--snapshot-age as
GSTATE_SNAPSHOT_AGE) or in a settings file (--config), in this order of
precedence. Whoever reaches the HTTP port can read and write: keep it on
loopback or behind a proxy that checks who calls.

A settings file is a JSON object with the names of flags as keys, such as this
cluster.json for the last example:

` + settingsExample,
		Example: `  # a cluster of one
  node run --id solo --data ./solo --peers solo=127.0.0.1:7000 --http 127.0.0.1:8000

  # a and b of a cluster of three on one machine
  node run --id a --data ./a --http 127.0.0.1:8001 \
    --peers a=127.0.0.1:7001,b=127.0.0.1:7002,c=127.0.0.1:7003
  node run --id b --data ./b --http 127.0.0.1:8002 \
    --peers a=127.0.0.1:7001,b=127.0.0.1:7002,c=127.0.0.1:7003

  # and c, with the settings file above
  GSTATE_ID=c node run --config cluster.json`,
		Args:              arguments(),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	settings := config.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := config.fill(cmd, settings); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(cmd.Context())
		defer cancel()
		if config.untilInputEnds {
			// This goroutine ends with its input, at the latest with the
			// process: a read cannot be called off.
			go cancelAtEnd(cancel, cmd.InOrStdin())
		}
		return serve(ctx, &config, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	if err := cmd.Flags().MarkHidden("until-input-ends"); err != nil {
		panic(err) // register has just added it
	}
	return cmd
}

// cancelAtEnd calls cancel when there is no more input.
func cancelAtEnd(cancel context.CancelFunc, input io.Reader) {
	_, _ = io.Copy(io.Discard, input)
	cancel()
}

// serve runs a member until ctx ends, which is no error, or until the member
// stops by itself. The HTTP address is taken first, so that a wrong one costs
// no election; who connects before the member is open waits for it.
func serve(ctx context.Context, config *runConfig, out, logs io.Writer) error {
	logger := config.logger(logs)
	listener, err := net.Listen("tcp", config.http)
	if err != nil {
		return explainStart(err, config)
	}
	defer listener.Close()
	config.node.Logger = logger
	node, err := cluster.Open(ctx, config.node)
	if err != nil {
		return explainStart(err, config)
	}
	m := &member{node: node, url: "http://" + listener.Addr().String(), server: newServer(node, logger), logger: logger}
	return m.serve(ctx, listener, out)
}

// newServer returns the HTTP server of a member. It has no deadline for whole
// requests and answers, because watches have no end: package web has its own
// for what it reads and writes. What the server has to say is seldom, and a
// warning: that it cannot accept connections, above all.
func newServer(node *cluster.Node, logger hclog.Logger) *http.Server {
	return &http.Server{
		Handler:           web.Handler(node, web.Config{}),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          logger.Named("http").StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Warn}),
	}
}

// member is a running member with its HTTP server.
type member struct {
	node *cluster.Node
	// server serves the node, and nothing else.
	server *http.Server
	// url is where the server can be reached.
	url    string
	logger hclog.Logger
}

// serve serves until ctx ends or the node or the server stops, and leaves
// nothing running behind. The error says why it stopped without being asked to.
func (m *member) serve(ctx context.Context, listener net.Listener, out io.Writer) error {
	working, stop := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		if err := m.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("HTTP server: %w", err))
		}
	})
	work.Go(func() { m.announce(working, out) })
	work.Go(func() { m.remind(working) })
	var failed error
	select {
	case <-working.Done():
		if ctx.Err() == nil {
			failed = context.Cause(working)
		}
	case <-m.node.Done():
		failed = fmt.Errorf("member stopped by itself: %w", m.node.Err())
	}
	stop(nil)
	failed = errors.Join(failed, m.shutdown())
	work.Wait()
	return failed
}

// announce waits until the member is ready or ctx ends, and prints the line
// that tells people and programs so.
func (m *member) announce(ctx context.Context, out io.Writer) {
	if m.node.WaitReady(ctx) != nil {
		return
	}
	status := m.node.Status()
	fmt.Fprintf(out, "member %s is ready: %s (cluster %s of %s, leader %s, revision %d)\n",
		status.ID, m.url, status.Cluster, counted(len(m.node.Members()), "member"), status.Leader, status.Revision)
}

// counted is a number with the noun it counts.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// remind says what the member waits for as long as it has known no leader, so
// that whoever has started one member of three is told to start another.
func (m *member) remind(ctx context.Context) {
	var ids []string
	for _, known := range m.node.Members() {
		ids = append(ids, known.ID)
	}
	remindUntil(ctx, func() bool { _, ok := m.node.Leader(); return ok }, func() {
		m.logger.Warn("no leader yet: waiting for a majority of " + strings.Join(ids, ", "))
	})
}

// remindUntil calls remind some time after it was called, and then again and
// again, until known is true or ctx ends. known is asked before each time.
func remindUntil(ctx context.Context, known func() bool, remind func()) {
	for wait := firstReminder; pause(ctx, wait) == nil && !known(); wait = nextReminder {
		remind()
	}
}

// shutdown stops in order: no new connections, leadership handed over, streams
// and requests ended. What does not end within shutdownTimeout is broken off.
func (m *member) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var draining sync.WaitGroup
	draining.Go(func() {
		if m.server.Shutdown(ctx) != nil {
			_ = m.server.Close()
		}
	})
	// The node's end is what ends the streams that the server waits for.
	err := m.node.Shutdown(ctx)
	draining.Wait()
	if err != nil {
		return fmt.Errorf("orderly stop: %w", err)
	}
	return nil
}

// explainStart adds to an error of the start what the operator can do about it.
// The first match counts: cluster's own error for an address in use wraps the
// system's, which alone means the HTTP address.
func explainStart(err error, config *runConfig) error {
	for _, known := range []struct {
		err  error
		hint string
	}{
		{cluster.ErrInUse, "stop the node that uses it, or give this one a --data of its own"},
		{cluster.ErrAddressInUse, "choose another --listen, and the same address in --peers on every member"},
		{syscall.EADDRINUSE, "choose another --http"},
		{cluster.ErrWrongIdentity, "start it with the --id and --cluster that made the folder, or give it another --data"},
		{cluster.ErrVersion, "start the later release that wrote the folder"},
		{cluster.ErrCorrupt, "keep the folder as it is and this member off; a majority of the others goes on without it"},
		{fs.ErrPermission, "give this user the right to write to --data " + config.node.Dir},
	} {
		if errors.Is(err, known.err) {
			return &hintedError{err: err, hint: known.hint}
		}
	}
	return err
}
