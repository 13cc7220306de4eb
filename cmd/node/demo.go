package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

const (
	// defaultWriting makes the whole demo last 15 to 20 s: the leader is down
	// long enough to see the others go on.
	defaultWriting = 12 * time.Second

	// minWriting leaves time for one election while the leader is down. A
	// slower one makes the demo longer and not fail.
	minWriting = 3 * time.Second
)

var (
	// errNotHeld is the end of a demo in which a check did not hold.
	errNotHeld = errors.New("the demo saw something that must not be")

	// errInterrupted is the end of a demo that could not show everything.
	errInterrupted = errors.New("the demo was interrupted before its end")
)

// demo are the flags of the demo.
type demo struct {
	// writing is how long the scene with the crash writes.
	writing time.Duration
	// keep leaves the members running after the last scene.
	keep bool
	// dir is the folder for data and logs; empty means one of the demo's own.
	dir string
}

// newDemoCommand returns the command that shows it all.
func newDemoCommand() *cobra.Command {
	var flags demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show three real nodes at work, with a crash",
		Long: `demo starts three members on this machine, each a process of its own with its
own folder and ports, and plays with them: one instance writes while another
watches, a stale update is refused, and the leader is killed while writes go
on. It ends with status 0 only if no acknowledged write was lost, no refused
one was made, and all three trees are equal.

With --keep the members then stay up to be tried with the other commands.`,
		Example: `  node demo
  node demo --for 1m
  node demo --keep --data ./demo`,
		Args:              arguments(),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.Flags().DurationVar(&flags.writing, "for", defaultWriting,
		"how long to write while the leader is killed, "+minWriting.String()+" or more")
	cmd.Flags().BoolVar(&flags.keep, "keep", false, "leave the members running until interrupted")
	cmd.Flags().StringVar(&flags.dir, "data", "",
		"`folder` for the members' data and logs (default: one that is removed at the end)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if flags.writing < minWriting {
			return usagef(cmd, "--for %v: want %v or more", flags.writing, minWriting)
		}
		return flags.run(cmd)
	}
	return cmd
}

// run plays the demo in its folder, and ends all its processes. A folder of the
// demo's own stays only when something was wrong, for its logs. When nobody
// reads what it tells any more (demo | head), that is an interruption: the
// signal would otherwise end the process with its folder left behind.
func (d *demo) run(cmd *cobra.Command) error {
	ctx, release := signal.NotifyContext(cmd.Context(), syscall.SIGPIPE)
	defer release()
	dir, remove, err := d.folder()
	if err != nil {
		return fmt.Errorf("folder for the demo: %w", err)
	}
	s := &stage{out: cmd.OutOrStdout(), dir: dir, program: cmd.Root().Name()}
	err = d.play(ctx, s)
	s.stop()
	switch {
	case err == nil:
		return remove()
	case ctx.Err() != nil && !errors.Is(err, errNotHeld):
		return errors.Join(errInterrupted, remove())
	}
	return &hintedError{err: err, hint: "the logs are " + filepath.Join(dir, "*.log")}
}

// folder makes the folder for the demo, and returns what removes it again, if
// it may be removed. A folder that the user names must be empty: members of an
// earlier demo have other addresses, and would not find each other.
func (d *demo) folder() (dir string, remove func() error, err error) {
	if d.dir == "" {
		dir, err = os.MkdirTemp("", "gstate-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return "", nil, err
	}
	entries, err := os.ReadDir(d.dir)
	if err == nil && len(entries) > 0 {
		err = &hintedError{fmt.Errorf("%s is not empty", d.dir), "give --data a new folder"}
	}
	return d.dir, func() error { return nil }, err
}

// play shows all scenes and, if asked to, leaves the stage open until ctx ends.
// A scene that cannot go on ends the demo with its error; checks that do not
// hold are counted, and end it with errNotHeld after the last scene.
func (d *demo) play(ctx context.Context, s *stage) error {
	s.say("gstate: three instances of a service share one state tree. Everything below happens in")
	s.say("real processes that talk over TCP and keep their data on disk.")
	if err := s.form(ctx); err != nil {
		return err
	}
	if err := s.sample(ctx); err != nil {
		return err
	}
	if err := s.staleUpdate(ctx); err != nil {
		return err
	}
	writes := newLedger()
	if err := s.crash(ctx, d.writing, writes); err != nil {
		return err
	}
	if err := s.summarize(ctx, writes); err != nil {
		return err
	}
	s.close(d.keep)
	if d.keep {
		s.stayOpen(ctx)
	}
	if s.broken > 0 {
		return fmt.Errorf("%w: %d of the checks above", errNotHeld, s.broken)
	}
	return nil
}

// close tells what the demo has shown, unless the error will say otherwise, and
// what to try next, unless that follows.
func (s *stage) close(kept bool) {
	if s.broken > 0 {
		return
	}
	fmt.Fprintln(s.out)
	s.say("All of it held: nothing acknowledged was lost, nothing refused was made, and the members agree.")
	if !kept {
		s.say("To try them yourself, let them stay: %s demo --keep", s.program)
	}
}

// stayOpen leaves the members running until ctx ends.
func (s *stage) stayOpen(ctx context.Context) {
	var bases []string
	for _, i := range s.instances {
		bases = append(bases, i.base)
	}
	s.title("The members stay up until you interrupt the demo (Ctrl-C). Try:")
	s.say("export GSTATE_ADDR=%s", strings.Join(bases, ","))
	s.say("%s status", s.program)
	s.say("%s get items", s.program)
	s.say("%s watch --query 'items[] $key'", s.program)
	<-ctx.Done()
	fmt.Fprintln(s.out)
	s.say("The members are stopping.")
}
