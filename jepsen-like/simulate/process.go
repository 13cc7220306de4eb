package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// memoryLimit is how much memory a run may take. One of ten minutes takes a
// tenth of it.
const memoryLimit = 4 << 30

// endGrace is how long a process that is to end may take to say where it stood.
const endGrace = 5 * time.Second

// ErrTooLong is the cause of the end of a run that took more than its limit.
var ErrTooLong = errors.New("the run has taken too long")

// Attempt is one run that was made.
type Attempt struct {
	swarm.Result
	// Took is the real time that it took.
	Took time.Duration
}

// Run makes a run in a process of its own, and waits for it. A process that
// breaks is a result, too; the error says that there is none, since it could not
// be started or ctx has ended.
func (p Program) Run(ctx context.Context, run swarm.Run) (Attempt, error) {
	dir := filepath.Join(p.Dir, fmt.Sprintf("run-%09d", p.runs.Add(1)))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return Attempt{}, err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	output, err := p.process(ctx, run, dir)
	took := time.Since(began)
	if ctx.Err() != nil {
		return Attempt{}, fmt.Errorf("seed %d: %w", run.Seed, context.Cause(ctx))
	}
	if err := errors.Join(p.keepTrace(run, dir), p.keepRecord(run, dir)); err != nil {
		return Attempt{}, fmt.Errorf("seed %d: what it has left cannot be kept: %w", run.Seed, err)
	}
	result, readErr := swarm.Read(filepath.Join(dir, resultName))
	if readErr != nil {
		return Attempt{}, fmt.Errorf("seed %d: the run was not made: %w: %w\n%s", run.Seed, readErr, err, tail(output))
	}
	if result.Outcome == swarm.Begun {
		result.Outcome = swarm.Crash
		result.Rules = []string{crashRule(output, err)}
		result.Findings = []string{tail(output)}
	}
	return Attempt{Result: result, Took: took}, nil
}

// resultName, traceName and recordName are in the folder of a run. The last one is
// a folder, which is there if the run has failed.
const (
	resultName = "result.json"
	traceName  = "trace.log"
	recordName = "record"
)

// process runs the process and returns all that it has printed. The error says
// how it ended, if that was not as it should be.
func (p Program) process(ctx context.Context, run swarm.Run, dir string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Limit, ErrTooLong)
	defer cancel()
	command := exec.CommandContext(ctx, p.Path, p.arguments(run)...)
	command.Env, command.Dir = p.Environment, dir
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	// A Go process that gets this signal says what all its goroutines do.
	command.Cancel = func() error {
		if command.Process.Signal(syscall.SIGQUIT) == nil {
			return nil
		}
		return command.Process.Kill()
	}
	command.WaitDelay = endGrace
	// The pipe breaks when this process is gone. Nothing is written to it.
	pipe, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	defer pipe.Close()
	err = command.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return output.Bytes(), err
}

// keepTrace copies what the run has recorded to where it is kept, if it is wanted.
// A run that was not made has recorded nothing.
func (p Program) keepTrace(run swarm.Run, dir string) error {
	if p.Traces == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, traceName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.Traces, fmt.Sprintf("seed-%d.log", run.Seed)), text, 0o644)
}

// keepRecord copies the record of a failed run to where it is kept, if it is wanted.
// That of a smaller run takes the place of the former.
func (p Program) keepRecord(run swarm.Run, dir string) error {
	record := filepath.Join(dir, recordName)
	if _, err := os.Stat(record); p.Keep == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	kept := filepath.Join(p.Keep, fmt.Sprintf("seed-%d", run.Seed))
	if err := os.RemoveAll(kept); err != nil {
		return err
	}
	return os.CopyFS(kept, os.DirFS(record))
}

// arguments returns the command line of a run: the same each time, since where
// its strings lie in memory is a part of what is to repeat.
func (p Program) arguments(run swarm.Run) []string {
	args := []string{
		"-test.run", "^TestSimulate$", "-test.timeout", "0", "-seeds", "1", "-first", strconv.FormatUint(run.Seed, 10),
		"-result", resultName, "-record", recordName, "-attached", "..", "-memory", strconv.Itoa(memoryLimit),
	}
	if p.Traces != "" {
		args = append(args, "-trace", traceName)
	}
	return slices.Concat(args, p.Extra, run.Args())
}

// crash is how Go begins to say why a process breaks.
var crash = regexp.MustCompile(`(?m)^(panic|fatal error|runtime): ([^\n:0-9]*)`)

// crashRule says in a few words how a process has ended, alike for alike ends.
func crashRule(output []byte, ended error) string {
	if errors.Is(ended, ErrTooLong) {
		return ErrTooLong.Error()
	}
	if said := crash.FindSubmatch(output); said != nil {
		return fmt.Sprintf("%s: %s", said[1], bytes.TrimSpace(said[2]))
	}
	if ended != nil {
		return ended.Error()
	}
	return "the process has ended without a result"
}

// tail returns what was printed from the crash on, or else the end of it, not
// more than a screen.
func tail(output []byte) string {
	const most = 4000
	if at := crash.FindIndex(output); at != nil {
		return string(output[at[0]:min(len(output), at[0]+most)])
	}
	return string(output[max(0, len(output)-most):])
}
