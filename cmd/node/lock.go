package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// The variables that tell the command which lock it runs under.
const (
	lockPathVariable  = environmentPrefix + "LOCK_PATH"
	lockTokenVariable = environmentPrefix + "LOCK_TOKEN"
)

// locking are the flags of lock.
type locking struct {
	calling
	// ttl is the lease of the place in line.
	ttl time.Duration
	// wait is how long others may have the lock, if limited says so.
	wait    time.Duration
	limited bool
}

// newLockCommand returns the command that runs another one under a lock.
func newLockCommand() *cobra.Command {
	var flags locking
	cmd := &cobra.Command{
		Use:   "lock [flags] PATH -- COMMAND [ARGS...]",
		Short: "Run a command while holding a lock",
		Long: `lock takes the lock at PATH, runs COMMAND, and gives the lock back when COMMAND
has ended. All who want the lock stand in line, in the order in which they
came; it is the same lock as recipe.Mutex has at that path. PATH belongs to the
lock: what else stands beneath it is taken for somebody in line.

COMMAND has GSTATE_LOCK_PATH and GSTATE_LOCK_TOKEN in its environment. A write
with --if-held "$GSTATE_LOCK_PATH:$GSTATE_LOCK_TOKEN" is refused once another
has the lock, however late it comes. The token rises with each holder; a store
outside of the tree is protected by refusing a token less than one it has seen.

The place in line is a lease that is refreshed three times in each --ttl. When
lock dies, the next one has the lock about a ttl later. When the lease cannot
be refreshed, COMMAND gets SIGTERM before another can have the lock, and soon
after it SIGKILL.

COMMAND has the input and output of lock, and a process group of its own that
ends with it; signals are passed to that group. Only in the foreground of a
terminal it stays in the group of lock, so that it may use the terminal, whose
Ctrl-C reaches it by itself.

Exit status: that of COMMAND, 128+n if signal n ended it; 124 others had the
lock for as long as --wait allows, 125 the lock was lost before COMMAND ended,
126 COMMAND cannot be run, 127 it is not found. Else COMMAND was not started,
and the status is that of every other command of this program.`,
		Example: `  node lock locks.nightly -- ./nightly.sh --full
  node lock locks.nightly --wait 0 -- ./nightly.sh
  node lock locks.deploy --ttl 30s --wait 10m -- sh -c '
    node set deploy.state "\"running\"" --if-held "$GSTATE_LOCK_PATH:$GSTATE_LOCK_TOKEN"'`,
		Args:                  lockArguments,
		DisableFlagsInUseLine: true,
	}
	flags.registerNodes(cmd)
	cmd.Flags().DurationVar(&flags.ttl, "ttl", recipe.DefaultTTL, "how long others wait when this process dies; 1s at least")
	cmd.Flags().DurationVar(&flags.wait, "wait", 0,
		"how long to wait for others who have the lock; 0 is not at all (default without a limit)")
	cmd.RunE = flags.run
	return cmd
}

// lockArguments is the check of the command line. The two dashes are demanded,
// since without them a flag of the command would be taken for one of lock.
func lockArguments(cmd *cobra.Command, args []string) error {
	dash := cmd.ArgsLenAtDash()
	switch {
	case len(args) == 0 || dash == 0:
		return usagef(cmd, "lock needs PATH before -- COMMAND: PATH is missing")
	case dash > 1:
		return usagef(cmd, "lock needs only PATH before --: %q is too much", args[1])
	case len(args) == 1:
		return usagef(cmd, "lock needs -- COMMAND after PATH: COMMAND is missing")
	case dash < 0:
		return usagef(cmd, "lock needs -- before COMMAND: it is missing before %q", args[1])
	}
	return nil
}

// run takes the lock, runs the command, and gives the lock back. What can be
// known to be wrong is said before the lock is asked for.
func (l *locking) run(cmd *cobra.Command, args []string) error {
	path, err := l.check(cmd, args[0])
	if err != nil {
		return err
	}
	command := exec.Command(args[1], args[2:]...)
	if command.Err != nil {
		return cannotRun(command.Err)
	}
	nodes, err := l.client(cmd)
	if err != nil {
		return err
	}
	defer nodes.close()
	note := func(format string, args ...any) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", cmd.Root().Name(), oneLine(fmt.Errorf(format, args...)))
	}
	line := &lockLine{nodes: nodes.steady(), path: path, ttl: l.ttl, who: whoAmI(args[1]), note: note}
	ctx := cmd.Context()
	held, err := line.enter(ctx, l.deadline())
	if err != nil {
		return err
	}
	command.Stdin, command.Stdout, command.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	command.Env = append(os.Environ(), lockPathVariable+"="+held.path.String(),
		lockTokenVariable+"="+strconv.FormatUint(held.token, 10))
	return runLocked(ctx, command, held, note)
}

// check returns the path of the lock. The error is a usage error.
func (l *locking) check(cmd *cobra.Command, text string) (tree.Path, error) {
	path, err := tree.ParsePath(text)
	switch {
	case err == nil && len(path) == 0:
		return nil, usagef(cmd, "PATH: the root of the tree cannot be a lock")
	case err == nil:
		_, err = statePath(path)
	}
	if err != nil {
		return nil, usagef(cmd, "PATH: %w", err)
	}
	if l.ttl < recipe.MinTTL {
		return nil, usagef(cmd, "--ttl %v: want %v or more", l.ttl, recipe.MinTTL)
	}
	if l.wait < 0 {
		return nil, usagef(cmd, "--wait %v: want 0 or more", l.wait)
	}
	l.limited = cmd.Flags().Changed("wait")
	return path, nil
}

// deadline is when the waiting for others ends; zero means never.
func (l *locking) deadline() time.Time {
	if !l.limited {
		return time.Time{}
	}
	return time.Now().Add(l.wait)
}

// whoAmI is what a place in line shows to people who look at it: the machine,
// the process, and the command without its arguments, which may be secret.
func whoAmI(command string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s, process %d: %s", host, os.Getpid(), filepath.Base(command))
}
